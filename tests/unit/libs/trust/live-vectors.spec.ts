import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RefusalCode } from '#libs/contracts';
import { liveGrantOf } from '#libs/trust';
import { BLOCK_ATTACKS } from '../../../support/block-attacks';
import { givesOf, takenOf, type LiveVectors } from '../../../support/live-vectors';
import { writeLiveVectors } from '../../../support/write-live-vectors';

/** With CLARION_WRITE_LIVE=1 the file is written anew first, under new keys: then every other reader of it must agree, too. */
const FILE = path.join(__dirname, '../../../vectors/live-blocks.json');
if (process.env['CLARION_WRITE_LIVE'] === '1') writeLiveVectors(FILE);
const vectors = JSON.parse(readFileSync(FILE, 'utf8')) as LiveVectors;

describe('the vectors of living voice', () => {
  it.each(vectors.cases.map((one) => [one.name, one] as const))('%s', (_name, { grant: name, steps, evidence }) => {
    const given = vectors.grants[name];
    if (given === undefined) throw new Error('a case without its grant');
    const said = takenOf(liveGrantOf(given.messageDigest, given.live, given), steps);
    expect(said.verdicts.map(givesOf)).toEqual(steps.map(({ expect: verdict, heardAt }) => (heardAt === undefined ? { expect: verdict } : { expect: verdict, heardAt })));
    expect(said.evidence).toEqual(evidence);
  });

  it('hold every attack with a right code, every code of a block, and what is good', () => {
    const codes = new Set(vectors.cases.flatMap(({ steps }) => steps.map(({ expect: verdict }) => verdict)));
    const asked: readonly (RefusalCode | 'taken')[] = ['taken', 'REJ_SIZE', 'REJ_SHAPE', 'REJ_STREAM', 'REJ_SEQ_REPLAY', 'REJ_NOT_YET', 'REJ_EXPIRED', 'REJ_SIGNATURE', 'REJ_BLOCK_CHAIN'];
    expect([...codes].sort()).toEqual([...asked].sort());
    const ofEdge = (edge: string): readonly string[] => vectors.cases.filter(({ name }) => name.endsWith(edge)).flatMap(({ steps }) => steps.map(({ expect: verdict }) => verdict));
    expect(ofEdge('on the limit')).toEqual(['taken', 'taken', 'taken', 'taken']);
    expect(ofEdge('over the limit')).toEqual(['REJ_NOT_YET', 'REJ_EXPIRED', 'REJ_EXPIRED', 'REJ_EXPIRED']);
    for (const { name, codes: right } of BLOCK_ATTACKS) {
      const steps = vectors.cases.find((one) => one.name === name)?.steps.map(({ expect: verdict }) => verdict) ?? [];
      expect(right).toContain(steps[2]);
      expect([steps[0], steps[1], steps[3]]).toEqual(['taken', 'taken', 'taken']);
    }
  });
});
