import fc from 'fast-check';
import { NO_BLOCK_BEFORE } from '#libs/envelope';
import { sha256, sha256Hex } from '#libs/suites';
import { LiveEvidence } from '../../../../../apps/terminal-agent/src/live/live-evidence';
import { asked } from '../../../../support/properties';

const block = (seq: number): { readonly end: boolean; readonly stream: string; readonly seq: number; readonly capturedAt: number; readonly previous: string; readonly packets: readonly Uint8Array[] } =>
  ({ end: false, stream: '0'.repeat(32), seq, capturedAt: 0, previous: NO_BLOCK_BEFORE, packets: [] });

it('counts and chains what anybody works out from the recording, whatever was left out', () => {
  const recordings = fc.array(fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }), came: fc.boolean(), isLate: fc.boolean() }), { maxLength: 60 });
  fc.assert(fc.property(recordings, fc.integer({ min: 1, max: 5_000 }), (recording, from) => {
    const evidence = new LiveEvidence();
    const came = recording.map((one, index) => ({ ...one, seq: from + index })).filter((one) => one.came);
    for (const { bytes, seq, isLate } of came) {
      evidence.take({ block: block(seq), digest: sha256Hex(bytes) }, isLate);
      evidence.blocksTaken();
    }
    const seqs = came.map(({ seq }) => seq);
    const [firstSeq, lastSeq] = [Math.min(...seqs), Math.max(...seqs)];
    const absent = recording.filter((one, index) => !one.came && from + index > firstSeq && from + index < lastSeq);
    expect(evidence.blocksTaken()).toEqual({
      firstSeq: came.length === 0 ? 0 : firstSeq, lastSeq: came.length === 0 ? 0 : lastSeq, blocks: came.length,
      late: came.filter(({ isLate }) => isLate).length, lost: absent.length, blocksDigest: sha256Hex(...came.map(({ bytes }) => sha256(bytes))),
    });
  }), asked(60));
});

it('says that the platform held the key where the grant does, and nothing of it elsewhere', () => {
  expect(new LiveEvidence(true).blocksTaken()).toMatchObject({ held: true });
  expect(new LiveEvidence().blocksTaken()).not.toHaveProperty('held');
});

it('chains the packets that sounded one by one: cut elsewhere or in another order is another digest', () => {
  const digestOf = (...packets: readonly Uint8Array[]): string => {
    const evidence = new LiveEvidence();
    packets.forEach((packet) => evidence.sounded(packet));
    expect(evidence.playedDigest()).toBe(evidence.playedDigest());
    return evidence.playedDigest();
  };
  const [one, two] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  expect(digestOf(one, two)).toBe(sha256Hex(sha256(one), sha256(two)));
  expect(new Set([digestOf(), digestOf(one, two), digestOf(two, one), digestOf(Uint8Array.of(1, 2, 3)), digestOf(one)]).size).toBe(5);
});
