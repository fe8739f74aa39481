import { sha256Hex } from '#libs/suites';
import { heardAt, packetsDigest, saidPackets, spreadMs, type HeardPackets } from '../../../../apps/scripted-day/src/voice/heard-packets';
import { grantFor, sessionKey, speak } from '../../../support/live-speaker';
import { seededRandom } from '../../../support/seeded-random';

const key = sessionKey();
const blocks = speak(grantFor('day', key), key, 3, seededRandom(1));
const said = saidPackets(blocks.map(({ bytes }) => bytes));
const heardWhole: HeardPackets = said.map(({ digest, capturedAt }) => [capturedAt + 800, digest.slice(0, 16)] as const);

describe('what was said beside what was heard', () => {
  it('gives every packet with the time at which it was captured', () => {
    expect(said).toHaveLength(15);
    expect(said.map(({ capturedAt }) => capturedAt - (said[0]?.capturedAt ?? 0))).toEqual(Array.from({ length: 15 }, (_, n) => n * 20));
    expect(said[7]?.digest).toBe(sha256Hex(blocks[1]?.block.packets[2] ?? new Uint8Array()));
  });

  it('has another digest when one packet is missing or two change places', () => {
    const [first, second, ...rest] = said;
    if (first === undefined || second === undefined) throw new Error('nothing was said');
    expect(new Set([packetsDigest(said), packetsDigest([second, ...rest]), packetsDigest([second, first, ...rest])]).size).toBe(3);
  });

  it('finds each packet by its place, also those that are the same', () => {
    const silence = said.map((packet) => ({ ...packet, digest: said[0]?.digest ?? '' }));
    const name = silence[0]?.digest.slice(0, 16) ?? '';
    expect([...heardAt(silence, [[1, name], [2, name]])]).toEqual([[0, 1], [1, 2]]);
    expect([...heardAt(said, heardWhole.filter((_, place) => place !== 4)).keys()]).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });

  it('tells packets that are the same apart by their time where some before them are missing', () => {
    const [first, ...rest] = said;
    if (first === undefined) throw new Error('nothing was said');
    const silence = [first, ...rest.map((packet) => ({ ...packet, digest: rest[0]?.digest ?? '' }))];
    const late = (place: number): readonly [number, string] => [(silence[place]?.capturedAt ?? 0) + 801, silence[place]?.digest.slice(0, 16) ?? ''];
    expect([...heardAt(silence, [late(0), late(1), late(9)]).keys()]).toEqual([0, 1, 9]);
  });

  it('counts nothing that was not said', () => {
    expect(heardAt(said, [[5, 'f'.repeat(16)]]).size).toBe(0);
  });

  it('tells how far apart neighbours sound the same packet, and nothing of one that stands alone', () => {
    const heard = heardAt(said, heardWhole);
    const later = new Map([...heard].map(([place, at]) => [place, at + 3] as const));
    expect(spreadMs([heard, later])).toEqual(said.map(() => 3));
    expect(spreadMs([heard])).toEqual([]);
  });
});
