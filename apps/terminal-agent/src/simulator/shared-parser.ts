import { parseFrame, type FrameParser } from '../uplink/parse-frame';

/** Frames remembered: a few orders and documents on their way to everybody. */
const REMEMBERED = 32;
/** Short frames are parsed faster than they are looked up. */
const SHORTEST = 500;

/** The gateway writes one and the same frame to all targets; units of one process read it once. */
export function sharedParser(): FrameParser {
  const known = new Map<string, ReturnType<FrameParser>>();
  return (text) => {
    if (text.length < SHORTEST || text.startsWith('{"kind":"exchange"')) return parseFrame(text);
    if (known.has(text)) return known.get(text);
    const frame = parseFrame(text);
    known.set(text, frame);
    for (const oldest of known.keys()) {
      if (known.size <= REMEMBERED) break;
      known.delete(oldest);
    }
    return frame;
  };
}
