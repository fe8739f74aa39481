import { StampReader, stampInto } from '../../../bench/live/stamp';

describe('stamps by which a benchmark counts blocks', () => {
  const packets = [1, 2, 3].map((seq) => {
    const packet = Buffer.alloc(60, 0x11);
    stampInto(packet, 1_000.25 + seq, seq);
    return packet;
  });
  // Before, between and behind them bytes that begin like a mark.
  const stream = Buffer.concat([Buffer.from([0xa5, 0x5a]), ...packets.flatMap((packet) => [packet, Buffer.from([0xa5, 0x5a, 0xc3])])]);
  const found = (chunks: readonly Buffer[]) => {
    const stamps: (readonly [number, number])[] = [];
    const reader = new StampReader((sentAt, seq) => stamps.push([sentAt, seq]));
    chunks.forEach((chunk) => reader.read(chunk));
    return stamps;
  };

  it('are found each once, wherever the stream is cut', () => {
    const whole = [[1_001.25, 1], [1_002.25, 2], [1_003.25, 3]];
    for (let at = 0; at <= stream.length; at += 1) expect(found([stream.subarray(0, at), stream.subarray(at)])).toEqual(whole);
    expect(found([...stream].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });
});
