import type { ServerFrame } from '#libs/contracts';

/** Opcodes with the FIN bit (RFC 6455 5.2); frames from a server are never masked. */
const TEXT = 0x81;
const BINARY = 0x82;
const PING = 0x89;
const PONG = 0x8a;

/** One complete WebSocket frame, built once and written as the same bytes to every socket. */
export interface WireFrame {
  readonly kind: ServerFrame['kind'] | 'ping' | 'pong';
  readonly bytes: Buffer;
  /** Length of the JSON text in bytes. */
  readonly payloadBytes: number;
}

/** A server frame as one unmasked, unfragmented, uncompressed text frame. */
export function textFrame(frame: ServerFrame): WireFrame {
  const payload = Buffer.from(JSON.stringify(frame), 'utf8');
  return { kind: frame.kind, bytes: wrap(TEXT, payload), payloadBytes: payload.length };
}

/** Bytes as one unmasked, unfragmented binary frame. */
export function binaryFrame(payload: Buffer): Buffer {
  return wrap(BINARY, payload);
}

/** An empty ping; the same bytes for everybody. */
export const PING_FRAME: WireFrame = { kind: 'ping', bytes: wrap(PING, Buffer.alloc(0)), payloadBytes: 0 };

/** The answer to a ping, with its application data (RFC 6455 5.5.3). */
export function pongFrame(applicationData: Buffer): WireFrame {
  return { kind: 'pong', bytes: wrap(PONG, applicationData), payloadBytes: applicationData.length };
}

function wrap(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([header(opcode, payload.length), payload]);
}

/** RFC 6455 5.2: 7-bit length, or 126 and 16 bits, or 127 and 64 bits, big-endian. */
function header(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([opcode, length]);
  if (length < 65_536) {
    const head = Buffer.from([opcode, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
    return head;
  }
  const head = Buffer.alloc(10);
  head[0] = opcode;
  head[1] = 127;
  head.writeUIntBE(length, 4, 6);
  return head;
}
