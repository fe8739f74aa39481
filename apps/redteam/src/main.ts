import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { knownAnswerGate } from '#libs/suites';
import { seededRandom } from '../../../tests/support/seeded-random';
import { systemClock } from '../../cli/src';
import { Tally, type AttackRow, type Family } from './attack';
import { DISTRICT_FAMILIES, MEMORY_FAMILIES } from './families';
import { Lab } from './lab';
import { withRange, type Range } from './range';
import { reportOf } from './report';
import { districtTheftRows } from './theft/district';
import { permitRows } from './theft/permit';
import { theftRows, type TheftRow } from './theft/matrix';

const DIST = path.resolve(__dirname, '../../..');
const USAGE = 'usage: npm run redteam -- [--json FILE] [--small] [--whole] [--only PATTERN] [--in-memory] [--seed N] [--port-offset N] [--keep]';
/** Added to every port: beside a district that runs and beside a scripted day. */
const PORT_OFFSET = 20_000;
const SMALL_SHARE = 10;
/** Of the pairs of stolen keys, one in so many in the standard size; the seed says which. */
const PAIRS_SHARE = 16;
const SEED = 20_261_122;

/** `npm run redteam`: every family of attacks, in memory while a district of its own starts, then on that. Exit 0 only when it held. */
export async function main(args: readonly string[]): Promise<number> {
  const say = (line: string): void => { process.stdout.write(`${line}\n`); };
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: {
      json: { type: 'string' }, small: { type: 'boolean' }, whole: { type: 'boolean' }, only: { type: 'string' }, 'in-memory': { type: 'boolean' }, seed: { type: 'string' },
      'port-offset': { type: 'string' }, keep: { type: 'boolean' },
    } }));
  } catch {
    say(USAGE);
    return 2;
  }
  knownAnswerGate();
  const startedAt = systemClock.now();
  const seed = Number(values.seed ?? SEED);
  const { only } = values;
  const wanted = ({ family, threat }: Family): boolean => only === undefined || new RegExp(only).test(`${family} ${threat}`);
  const lab = await Lab.open();
  const rows: AttackRow[] = [];
  const runAll = async (families: readonly Family[], range: () => Range): Promise<void> => {
    for (const family of families.filter(wanted)) rows.push(await runOne(family, { lab, range, seed, thin: values.small === true ? SMALL_SHARE : 1, whole: values.whole === true }, say));
  };
  const noRange = (): Range => { throw new Error('this family asked for a running district'); };
  const isTheft = only === undefined || new RegExp(only).test('theft');
  const theft: TheftRow[] = [];
  const inMemory = async (): Promise<void> => {
    say('in memory');
    await runAll(MEMORY_FAMILIES, noRange);
    if (isTheft) theft.push(...await theftRows(lab, say, { every: values.whole === true ? 1 : values.small === true ? PAIRS_SHARE * SMALL_SHARE : PAIRS_SHARE, from: seed }), ...await permitRows(lab, say));
  };
  if (values['in-memory'] === true || !(isTheft || DISTRICT_FAMILIES.some(wanted))) await inMemory();
  else {
    await withRange({ dist: DIST, portOffset: Number(values['port-offset'] ?? PORT_OFFSET), keep: values.keep === true, say }, inMemory, async (range) => {
      say('on the running district');
      if (isTheft) theft.push(...await districtTheftRows(range, say));
      await runAll(DISTRICT_FAMILIES, () => range);
    });
  }
  const report = reportOf(rows, theft, systemClock.now() - startedAt);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  const { totals } = report;
  say(`${totals.tried} attacks in ${totals.families} families: ${totals.refused} refused, ${(totals.rightShare * 100).toFixed(2)} % with the right code, ${totals.sounded} sounded, ${totals.through} got through otherwise; ${totals.controls - totals.controlsFailed} of ${totals.controls} controls; thefts: ${totals.theftOutside} of ${theft.length} other than expected; ${Math.round(totals.ms / 1000)} s`);
  return totals.held ? 0 : 1;
}

interface Means { readonly lab: Lab; readonly range: () => Range; readonly seed: number; readonly thin: number; readonly whole: boolean }

async function runOne(family: Family, { lab, range, seed, thin, whole }: Means, say: (line: string) => void): Promise<AttackRow> {
  const tally = new Tally();
  const startedAt = systemClock.now();
  try {
    await family.run({ tally, random: seededRandom(seed), thin, whole, lab, get range() { return range(); } });
  } catch (cause) {
    // A family that cannot be tried has shown nothing.
    tally.control(`tried to its end: ${cause instanceof Error ? cause.stack ?? cause.message : String(cause)}`, false);
  }
  const row = tally.row(family, systemClock.now() - startedAt);
  say(`  ${row.threat}, ${row.family} (${row.where}): ${row.tried} tried, ${row.refused} refused, ${row.rightCode} by the right code, ${row.sounded} sounded${row.through === 0 ? '' : `, ${row.through} GOT THROUGH`}${row.alarmed === null ? '' : `, ${row.alarmed} alarmed`}; ${row.ms} ms`);
  for (const admitted of row.admitted) say(`       admitted: ${admitted}`);
  for (const wrong of new Set(row.wrong)) say(`       ${wrong}`);
  for (const { name } of row.controls.filter(({ ok }) => !ok)) say(`       CONTROL FAILED ${name}`);
  return row;
}
