/** Sounds are compared at this rate: what a voice's words are made of lies below half of it. */
export const LOOK_RATE = 8_000;
const THIN = 48_000 / LOOK_RATE;

/** 48 kHz made `LOOK_RATE`, of each few samples their mean. */
export function thinned(samples: Float32Array): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / THIN) }, (_, n) => {
    let sum = 0;
    for (let k = 0; k < THIN; k += 1) sum += samples[n * THIN + k] ?? 0;
    return sum / THIN;
  });
}

/** Where in `whole`, said over and over, `part` lies, and how alike they are there: 1 is the same sound however loud. */
export function placeOf(part: Float32Array, whole: Float32Array): { readonly at: number; readonly likeness: number } {
  const energyOf = (sound: Float32Array): number => sound.reduce((sum, sample) => sum + sample * sample, 0);
  const around = new Float32Array(whole.length + part.length);
  around.set(whole);
  for (let n = 0; n < part.length; n += 1) around[whole.length + n] = whole[n % whole.length] ?? 0;
  const own = energyOf(part);
  let energy = energyOf(around.subarray(0, part.length));
  let [likeness, at] = [0, 0];
  for (let from = 0; from < whole.length; from += 1) {
    let sum = 0;
    for (let n = 0; n < part.length; n += 1) sum += (part[n] ?? 0) * (around[from + n] ?? 0);
    const alike = Math.abs(sum) / Math.sqrt(own * energy + 1e-9);
    if (alike > likeness) [likeness, at] = [alike, from];
    energy += (around[from + part.length] ?? 0) ** 2 - (around[from] ?? 0) ** 2;
  }
  return { at, likeness };
}
