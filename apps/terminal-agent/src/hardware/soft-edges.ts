import { FADE_FRAMES } from './sound-card';

/** The share of its level at which a job stands `frame` frames after its first: what begins in its middle fades in. */
export function riseAt(fromFrame: number, frame: number): number {
  return fromFrame === 0 ? 1 : Math.min(1, frame / FADE_FRAMES);
}

/**
 * The samples that a card sounded of a job from its first frame on, `count` of them, as loud as they were: gain, fade in
 * where it began in its middle, fade out where it was cut off. For cards that sound nothing and are listened to afterwards.
 */
export function sounded(job: { readonly fromFrame: number; readonly gainDb: number }, rest: Float32Array, count: number): Float32Array {
  const gain = 10 ** (job.gainDb / 20);
  const wasCut = count < rest.length;
  return rest.subarray(0, count).map((sample, at) => sample * gain * riseAt(job.fromFrame, at) * (wasCut ? Math.min(1, (count - at) / FADE_FRAMES) : 1));
}
