import { createBlockBuilder, type SealedBlock } from '#libs/domain';
import { parseLiveBlock } from '#libs/envelope';
import { judgeBlock, type BlockBefore } from '#libs/trust';
import { grantOf, sealOf, sessionKey, spokenPackets, START, STREAM } from '../../../../support/live-voice';

const key = sessionKey();
const grant = grantOf(key);
const packets = spokenPackets(23);

async function spoken(builder = createBlockBuilder(STREAM, { blockMs: 100 }, sealOf(key))): Promise<readonly SealedBlock[]> {
  const made = await Promise.all(packets.map((packet, n) => builder.add(packet, START + n * 20)));
  return [...made.flat(), await builder.end(START)];
}

/** What loudspeakers say to them, one after the other. */
function judged(blocks: readonly SealedBlock[]): readonly string[] {
  let before: BlockBefore | null = null;
  return blocks.map(({ bytes, capturedAt }) => {
    const verdict = judgeBlock(grant, before, bytes, capturedAt);
    if (verdict.ok) before = verdict.value.before;
    return verdict.ok ? 'taken' : verdict.code;
  });
}
const packetsOf = ({ bytes }: SealedBlock): readonly Uint8Array[] => parseLiveBlock(bytes)?.block.packets ?? [];

describe('a voice in blocks', () => {
  it('is taken by loudspeakers, whole and in order, and ends with what was left', async () => {
    const blocks = await spoken();
    expect(blocks.map(({ seq, capturedAt }) => [seq, capturedAt - START])).toEqual([[1, 0], [2, 100], [3, 200], [4, 300], [5, 400]]);
    expect(blocks.flatMap(packetsOf)).toEqual(packets);
    expect(judged(blocks)).toEqual(Array.from(blocks, () => 'taken'));
    expect(blocks.map(({ bytes }) => parseLiveBlock(bytes)?.block.end)).toEqual([false, false, false, false, true]);
  });

  it('begins a block of its own behind a gap', async () => {
    const builder = createBlockBuilder(STREAM, { blockMs: 100 }, sealOf(key));
    const at = [0, 20, 40, 2_040, 2_060, 2_080, 2_100, 2_120];
    const blocks = (await Promise.all(at.map((ms, n) => builder.add(packets[n] ?? new Uint8Array(1), START + ms)))).flat();
    expect(blocks.map((block) => [block.capturedAt - START, packetsOf(block).length])).toEqual([[0, 3], [2_040, 5]]);
    expect(judged(blocks)).toEqual(['taken', 'taken']);
  });

  it('gives before a pause what is not whole yet, and nothing twice', async () => {
    const builder = createBlockBuilder(STREAM, { blockMs: 100 }, sealOf(key));
    await builder.add(packets[0] ?? new Uint8Array(1), START);
    expect((await builder.flush()).map(packetsOf)).toEqual([[packets[0]]]);
    expect(await builder.flush()).toEqual([]);
    expect(packetsOf(await builder.end(START))).toEqual([]);
  });

  it('ends behind the last word, and after a pause now: an end from then would be refused as too old', async () => {
    const atOnce = createBlockBuilder(STREAM, { blockMs: 100 }, sealOf(key));
    await atOnce.add(packets[0] ?? new Uint8Array(1), START);
    await atOnce.flush();
    expect((await atOnce.end(START + 300)).capturedAt).toBe(START + 20);
    const later = createBlockBuilder(STREAM, { blockMs: 100 }, sealOf(key));
    await later.add(packets[0] ?? new Uint8Array(1), START);
    const blocks = await later.flush();
    const end = await later.end(START + 30_000);
    expect([end.capturedAt, packetsOf(end)]).toEqual([START + 30_000, []]);
    expect(judged([...blocks, end])).toEqual(['taken', 'taken']);
  });

  it('ends without a word where nobody spoke', async () => {
    const end = await createBlockBuilder(STREAM, { blockMs: 100 }, sealOf(key)).end(START + 5);
    expect([end.capturedAt, judged([end])]).toEqual([START + 5, ['taken']]);
  });

  it('takes nothing after its end', async () => {
    const builder = createBlockBuilder(STREAM, { blockMs: 100 }, sealOf(key));
    await builder.end(START);
    await expect(builder.add(Uint8Array.of(1), START)).rejects.toThrow(RangeError);
    await expect(builder.end(START)).rejects.toThrow(RangeError);
  });

  it('is over when its key does not sign', async () => {
    const seal = sealOf(key);
    let left = 1;
    const builder = createBlockBuilder(STREAM, { blockMs: 20 }, { ...seal, sign: (bytes) => (left-- > 0 ? seal.sign(bytes) : Promise.reject(new Error('gone'))) });
    await expect(builder.add(Uint8Array.of(1), START)).resolves.toHaveLength(1);
    await expect(builder.add(Uint8Array.of(2), START + 20)).rejects.toThrow('gone');
    left = 9;
    await expect(builder.end(START)).rejects.toThrow('gone');
  });
});
