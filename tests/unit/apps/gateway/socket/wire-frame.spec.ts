import WebSocket from 'ws';
import { PING_FRAME, pongFrame, textFrame } from '../../../../../apps/gateway/src/socket/wire-frame';

interface Framer { frame(data: Buffer, options: object): Buffer[] }
const { Sender } = WebSocket as unknown as { Sender: Framer };
const unmasked = { fin: true, mask: false, readOnly: true, rsv1: false };

describe('pre-built frames', () => {
  // `{"kind":"refused","code":""}` is 28 bytes: lengths on both sides of each change of the header.
  it.each([0, 97, 98, 65_507, 65_508, 200_000])('are byte for byte what the library itself would send, with %i more characters', (length) => {
    const frame = { kind: 'refused', code: 'x'.repeat(length) } as const;
    const built = textFrame(frame);
    const expected = Buffer.concat(Sender.frame(Buffer.from(JSON.stringify(frame)), { ...unmasked, opcode: 1 }));
    expect(built.bytes.equals(expected)).toBe(true);
    expect(built.payloadBytes).toBe(28 + length);
  });

  it('count bytes, not characters', () => {
    const frame = { kind: 'refused', code: '播'.repeat(50) } as const;
    expect(textFrame(frame).bytes.equals(Buffer.concat(Sender.frame(Buffer.from(JSON.stringify(frame)), { ...unmasked, opcode: 1 })))).toBe(true);
  });

  it('hold an empty ping and a pong with the data of its ping', () => {
    expect(PING_FRAME.bytes.toString('hex')).toBe('8900');
    expect(pongFrame(Buffer.from('ab')).bytes.toString('hex')).toBe('8a026162');
  });
});
