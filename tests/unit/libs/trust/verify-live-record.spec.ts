import { createOpusDecoder, readOggOpusPackets, writeVoiceOgg } from '#libs/audio';
import { createBlockBuilder, type SealedBlock } from '#libs/domain';
import { frameLiveBlock, readLiveBlocks } from '#libs/envelope';
import { sha256, sha256Hex } from '#libs/suites';
import { verifyLiveRecord, type LiveRecord } from '#libs/trust';
import { grantOf, sealOf, sessionKey, spokenPackets, START, STREAM } from '../../../support/live-voice';

const key = sessionKey();
const grant = grantOf(key);
const packets = spokenPackets(40);
let blocks: readonly SealedBlock[];

/** Forty packets, silent for a second behind the twentieth; eight blocks and an end. */
async function spoken(by = key, stream = STREAM): Promise<readonly SealedBlock[]> {
  const builder = createBlockBuilder(stream, { blockMs: 100 }, sealOf(by));
  const made = await Promise.all(packets.map((packet, n) => builder.add(packet, START + n * 20 + (n < 20 ? 0 : 1_000))));
  return [...made.flat(), await builder.end(START)];
}
beforeAll(async () => {
  blocks = await spoken();
});

const fileOf = (...of: readonly (SealedBlock | undefined)[]): Uint8Array => Buffer.concat(of.map((block) => frameLiveBlock(block?.bytes ?? new Uint8Array(1))));
const without = (...seqs: readonly number[]): Uint8Array => fileOf(...blocks.filter(({ seq }) => !seqs.includes(seq)));

function verified(file: Uint8Array): LiveRecord {
  const verdict = verifyLiveRecord(grant, file);
  if (!verdict.ok) throw new Error(verdict.code);
  return verdict.value;
}
function refusal(file: Uint8Array): unknown {
  const verdict = verifyLiveRecord(grant, file);
  return verdict.ok ? 'verified' : [verdict.code, verdict.block];
}

describe('the record of a living voice', () => {
  it('proves what was said, when, and that it ended', () => {
    const record = verified(fileOf(...blocks));
    expect(record).toMatchObject({ stream: STREAM, firstSeq: 1, lastSeq: 9, capturedFrom: START, capturedUntil: START + 1_800, ended: true, cutBytes: 0 });
    expect(record.gaps).toEqual([{ afterSeq: 4, lostBlocks: 0, packets: 50 }]);
    expect(record.packets.filter((packet) => packet !== null)).toEqual(packets);
    expect(record.digests).toEqual(blocks.map(({ bytes }) => sha256Hex(bytes)));
    expect(record.blocksDigest).toBe(sha256Hex(...blocks.map(({ bytes }) => sha256(bytes))));
    expect(record.packetsDigest).toBe(sha256Hex(...packets.map((packet) => sha256(packet))));
  });

  it('names what is missing: at the beginning, in the middle, at the end', () => {
    expect(verified(without(1, 3)).gaps).toEqual([{ afterSeq: 0, lostBlocks: 1, packets: 0 }, { afterSeq: 2, lostBlocks: 1, packets: 5 }, { afterSeq: 4, lostBlocks: 0, packets: 50 }]);
    expect(verified(without(9))).toMatchObject({ ended: false, lastSeq: 8 });
  });

  it('goes on without a block that a crash has cut', () => {
    const whole = without(9);
    expect(verified(whole.subarray(0, -1))).toMatchObject({ lastSeq: 7, ended: false, cutBytes: whole.length - without(8, 9).length - 1 });
    expect(verified(Buffer.concat([whole, Uint8Array.of(0, 0)]))).toMatchObject({ lastSeq: 8, cutBytes: 2 });
  });

  it('is refused with a block changed, from another voice, out of order, said twice, or behind the end', async () => {
    const file = fileOf(...blocks);
    const changed = Uint8Array.from(file);
    const at = fileOf(blocks[0]).length + 80;
    changed[at] = (changed[at] ?? 0) ^ 1;
    const [one, two, three, , , , , , end] = blocks;
    const [foreign, , foreignThird] = await spoken(sessionKey());
    expect(refusal(changed)).toEqual(['REJ_SIGNATURE', 1]);
    expect(refusal(fileOf(foreign, two))).toEqual(['REJ_SIGNATURE', 0]);
    expect(refusal(fileOf(one, two, foreignThird))).toEqual(['REJ_SIGNATURE', 2]);
    expect(refusal(fileOf(...await spoken(key, 'ef'.repeat(16))))).toEqual(['REJ_STREAM', 0]);
    expect(refusal(fileOf(one, three, two))).toEqual(['REJ_SEQ_REPLAY', 2]);
    expect(refusal(fileOf(one, one))).toEqual(['REJ_SEQ_REPLAY', 1]);
    expect(refusal(fileOf(end, one))).toEqual(['REJ_STREAM', 1]);
  });

  it('is refused where it cannot be taken apart, and empty', () => {
    expect(refusal(Uint8Array.of(0, 0, 0x20, 1, 5))).toEqual(['REJ_SHAPE', null]);
    expect(refusal(new Uint8Array())).toEqual(['REJ_SHAPE', null]);
    expect(readLiveBlocks(Uint8Array.of(0, 0, 0, 0), 8)).toBeUndefined();
    expect(readLiveBlocks(Uint8Array.of(0, 0, 0, 8, 1), 8)).toMatchObject({ blocks: [], rest: Uint8Array.of(0, 0, 0, 8, 1) });
  });

  it('becomes an Ogg Opus file of the signed packets, each at its time, always the same', () => {
    const record = verified(fileOf(...blocks));
    const ogg = writeVoiceOgg(record.packets);
    const read = readOggOpusPackets(ogg.bytes);
    if (!read.ok) throw new Error(read.code);
    expect([ogg.durationMs, read.durationMs, ogg.unsound]).toEqual([1_800, 1_800, []]);
    expect([...read.packets.slice(0, 20), ...read.packets.slice(70)].map((packet) => Uint8Array.from(packet))).toEqual(packets);
    const decoder = createOpusDecoder();
    const lengths = read.packets.map((packet) => decoder.decode(packet).length);
    expect(new Set(lengths)).toEqual(new Set([960]));
    expect(writeVoiceOgg(verified(fileOf(...blocks)).packets).bytes).toEqual(ogg.bytes);
  });

  it('conceals signed packets that are no sound of 20 ms, and bears the longest', () => {
    const longest = new Uint8Array(1_275).fill(0xf8);
    const forty = Uint8Array.of(0xf9, 1, 2);
    const ogg = writeVoiceOgg([...Array.from({ length: 60 }, () => longest), forty, packets[0] ?? null]);
    const read = readOggOpusPackets(ogg.bytes);
    expect(ogg.unsound).toEqual([60]);
    expect(read.ok && [read.packets.length, read.durationMs]).toEqual([62, 1_240]);
    expect(read.ok && Array.from(read.packets[60] ?? [])).toEqual([0xf8]);
    expect(() => writeVoiceOgg([])).toThrow(RangeError);
  });
});
