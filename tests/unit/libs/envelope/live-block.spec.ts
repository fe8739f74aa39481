import { encodeLiveBlock, NO_BLOCK_BEFORE, parseLiveBlock, sealLiveBlock, type LiveBlock } from '#libs/envelope';

const BLOCK: LiveBlock = {
  end: false, stream: 'ab'.repeat(16), seq: 7, capturedAt: 1_793_000_000_123_456, previous: NO_BLOCK_BEFORE,
  packets: [Uint8Array.of(1, 2, 3), Uint8Array.of(4), Uint8Array.of(5, 6)],
};
const SIGNATURE = new Uint8Array(64).fill(9);
const bytes = sealLiveBlock(encodeLiveBlock(BLOCK), SIGNATURE);

/** These bytes with one changed. */
function withByte(at: number, value: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = value;
  return changed;
}

describe('a block of living voice', () => {
  it('is read back as it was written, its signature over every byte before it', () => {
    const read = parseLiveBlock(bytes);
    expect(read?.block).toEqual({ ...BLOCK, packets: BLOCK.packets });
    expect(read?.signed).toEqual(encodeLiveBlock(BLOCK));
    expect(read?.signature).toEqual(SIGNATURE);
  });

  it('stands in the bytes where the protocol says', () => {
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('CLR1');
    expect([...bytes.subarray(4, 6)]).toEqual([0, 3]);
    expect([...bytes.subarray(22, 26)]).toEqual([0, 0, 0, 7]);
    expect(Buffer.from(bytes.subarray(26, 34)).readBigUInt64BE()).toBe(1_793_000_000_123_456n);
    expect([...bytes.subarray(50, 55)]).toEqual([0, 3, 1, 2, 3]);
    expect(bytes.length).toBe(50 + 5 + 3 + 4 + 64);
  });

  it('may hold no packet only as the end of its stream', () => {
    expect(parseLiveBlock(sealLiveBlock(encodeLiveBlock({ ...BLOCK, end: true, packets: [] }), SIGNATURE))?.block).toMatchObject({ end: true, packets: [] });
    expect(() => encodeLiveBlock({ ...BLOCK, packets: [] })).toThrow(RangeError);
    expect(parseLiveBlock(Uint8Array.from([...bytes.subarray(0, 4), 0, 0, ...bytes.subarray(6, 50), ...SIGNATURE]))).toBeUndefined();
  });

  it('holds no empty packet, even one that leaves no byte over', () => {
    expect(parseLiveBlock(Uint8Array.from([...bytes.subarray(0, 4), 0, 1, ...bytes.subarray(6, 50), 0, 0, ...SIGNATURE]))).toBeUndefined();
    expect(parseLiveBlock(Uint8Array.from([...bytes.subarray(0, 4), 0, 1, ...bytes.subarray(6, 50), 0, 1, 7, ...SIGNATURE]))?.block.packets).toEqual([Uint8Array.of(7)]);
  });

  it.each<[string, Uint8Array]>([
    ['cut anywhere', bytes.subarray(0, 100)], ['with a byte more', Uint8Array.from([...bytes, 0])], ['of another magic', withByte(3, 0x32)],
    ['with a flag that nobody knows', withByte(4, 2)], ['with a packet more than it has', withByte(5, 4)], ['with one less', withByte(5, 2)], ['numbered 0', withByte(25, 0)],
    ['captured beyond what a number holds', withByte(26, 1)], ['with an empty packet', withByte(51, 0)], ['with a packet longer than Opus has', withByte(50, 9)], ['empty', new Uint8Array()],
  ])('is not read %s', (_what, wrong) => {
    expect(parseLiveBlock(wrong)).toBeUndefined();
  });

  it.each<[string, Partial<LiveBlock>]>([
    ['seq 0', { seq: 0 }], ['a seq beyond 32 bits', { seq: 2 ** 32 }], ['no whole microsecond', { capturedAt: 1.5 }], ['a short stream', { stream: 'ab' }],
    ['eleven packets', { packets: Array.from({ length: 11 }, () => Uint8Array.of(1)) }], ['a packet too long', { packets: [new Uint8Array(1_276)] }],
  ])('is not written with %s', (_what, wrong) => {
    expect(() => encodeLiveBlock({ ...BLOCK, ...wrong })).toThrow(RangeError);
  });
});
