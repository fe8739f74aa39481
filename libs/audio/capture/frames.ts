/** 20 ms of sound: 960 samples, 48 kHz, mono. */
export const FRAME_BYTES = 1_920;

/** Frames of what comes as 16 bit samples (little-endian), byte by byte; what is left at the end is filled up with silence. */
export async function* framesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Int16Array> {
  let rest: Uint8Array = new Uint8Array();
  for await (const piece of pieces) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let at = 0;
    for (; at + FRAME_BYTES <= rest.length; at += FRAME_BYTES) yield samplesOf(rest.subarray(at, at + FRAME_BYTES));
    rest = rest.subarray(at);
  }
  if (rest.length > 0) yield samplesOf(Buffer.concat([rest, new Uint8Array(FRAME_BYTES - rest.length)]));
}

function samplesOf(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, FRAME_BYTES);
  return Int16Array.from({ length: FRAME_BYTES / 2 }, (_, n) => view.getInt16(2 * n, true));
}
