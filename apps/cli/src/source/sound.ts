/** 20 ms of sound: 960 samples, 48 kHz, mono. */
export const FRAME_BYTES = 1_920;

/** What a source says, 20 ms after 20 ms. */
export interface Sound {
  /**
   * `live`: a frame is handed over when it has been heard, and what it says was said then. `paced`: frames lie ready sooner, and
   * are said at the pace of the clock on the wall; while the platform is not reached they wait.
   */
  readonly kind: 'live' | 'paced';
  readonly bitrate: number;
  /** How long it is where that is known, ms. */
  readonly durationMs?: number;
  readonly frames: AsyncIterable<Int16Array>;
  /** Nothing more is wanted of it. */
  close(): void;
}

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
