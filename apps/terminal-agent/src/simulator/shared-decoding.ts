import { decodeSamples, decodedFrom, decodeSounds, type Decoded } from '../playout/decode-sound';
import type { Decode } from './virtual-card';
import type { TrueTime } from './true-time';

const REMEMBERED = 64;
/** A named unit decodes one second of sound, then leaves the processor to the others for this long. */
const NAMED_PAUSE_MS = 250;

/** Decoded bodies kept, some MiB each: hundreds of units that go on at hundreds of places decode one body once. */
const BODIES = 6;

/** One decoding for all units that sound the same: digest and level are those of the decoder, computed once per place. */
export function sharedDecoding(): Decode {
  const bodies = new Map<string, Promise<Float32Array | null>>();
  const known = new Map<string, Promise<Decoded | null>>();
  const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return (sounds, fromFrame) => {
    const body = sounds.map((sound) => sound.sha256).join(' ');
    return kept(known, `${fromFrame} ${body}`, REMEMBERED, async () => {
      const samples = await kept(bodies, body, BODIES, () => decodeSamples(sounds, pause));
      await pause();
      return samples === null ? null : decodedFrom(samples, fromFrame);
    });
  };
}

/** The value of this name, made when it is not there; beyond `most` the oldest is forgotten. */
function kept<T>(values: Map<string, Promise<T>>, name: string, most: number, make: () => Promise<T>): Promise<T> {
  const before = values.get(name);
  if (before !== undefined) return before;
  const made = make();
  values.set(name, made);
  for (const oldest of values.keys()) {
    if (values.size <= most) break;
    values.delete(oldest);
  }
  return made;
}

/** A real decoding for every play, four times as fast as it sounds: what the twelve named units do. */
export function ownDecoding(truth: TrueTime): Decode {
  return (sounds, fromFrame) => decodeSounds(sounds, fromFrame, () => new Promise((resolve) => truth.setTimer(NAMED_PAUSE_MS, () => resolve())));
}
