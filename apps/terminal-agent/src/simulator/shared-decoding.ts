import { decodeSounds, type Decoded } from '../playout/decode-sound';
import type { Decode } from './virtual-card';
import type { TrueTime } from './true-time';

const REMEMBERED = 64;
/** A named unit decodes one second of sound, then leaves the processor to the others for this long. */
const NAMED_PAUSE_MS = 250;

/** One decoding for all units that sound the same: digest and level are those of the decoder, computed once. */
export function sharedDecoding(): Decode {
  const known = new Map<string, Promise<Decoded | null>>();
  return (sounds, fromFrame) => {
    const name = [fromFrame, ...sounds.map((sound) => sound.sha256)].join(' ');
    const before = known.get(name);
    if (before !== undefined) return before;
    const decoded = decodeSounds(sounds, fromFrame, () => new Promise((resolve) => setImmediate(resolve)));
    known.set(name, decoded);
    for (const oldest of known.keys()) {
      if (known.size <= REMEMBERED) break;
      known.delete(oldest);
    }
    return decoded;
  };
}

/** A real decoding for every play, four times as fast as it sounds: what the twelve named units do. */
export function ownDecoding(truth: TrueTime): Decode {
  return (sounds, fromFrame) => decodeSounds(sounds, fromFrame, () => new Promise((resolve) => truth.setTimer(NAMED_PAUSE_MS, () => resolve())));
}
