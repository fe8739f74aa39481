/** Where chirps are looked for: high enough for their highest tone. */
export const LOOK_RATE = 12_000;
export const CHIRP_MS = 100;
const [LOWEST, HIGHEST] = [500, 3_500];
/** So alike must sound and chirp be, 1 the same. */
const ALIKE = 0.5;

function chirp(rate: number): Float32Array {
  const length = (CHIRP_MS / 1000) * rate;
  return Float32Array.from({ length }, (_, n) => {
    const at = n / rate;
    const fade = Math.min(1, n / (0.005 * rate), (length - n) / (0.005 * rate));
    return fade * Math.sin(2 * Math.PI * (LOWEST + ((HIGHEST - LOWEST) / (0.002 * CHIRP_MS)) * at) * at);
  });
}

/** What the microphone hears: a rising chirp each second, silence between. */
export function chirps(seconds: number, rate: number): Float32Array {
  const one = chirp(rate);
  const samples = new Float32Array(seconds * rate);
  for (let second = 0; second < seconds; second += 1) one.forEach((sample, n) => { samples[Math.round((second + 0.5) * rate) + n] = 0.5 * sample; });
  return samples;
}

/** Every fourth sample, of four each their mean: 48 kHz made 12. */
export function thinned(samples: Float32Array): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / 4) }, (_, n) => ((samples[4 * n] ?? 0) + (samples[4 * n + 1] ?? 0) + (samples[4 * n + 2] ?? 0) + (samples[4 * n + 3] ?? 0)) / 4);
}

/** Where in a sound of `LOOK_RATE` chirps begin, by likeness however loud they are; the sample's number. */
export function findChirps(samples: Float32Array): readonly number[] {
  const one = chirp(LOOK_RATE);
  const own = Math.sqrt(one.reduce((sum, sample) => sum + sample * sample, 0));
  const found: number[] = [];
  let [best, at] = [0, -1];
  let energy = 0;
  for (let n = 0; n < one.length; n += 1) energy += (samples[n] ?? 0) ** 2;
  for (let from = 0; from + one.length <= samples.length; from += 1) {
    if (energy > 1e-4) {
      let sum = 0;
      for (let n = 0; n < one.length; n += 1) sum += (one[n] ?? 0) * (samples[from + n] ?? 0);
      const alike = Math.abs(sum) / (own * Math.sqrt(energy));
      if (alike > ALIKE && alike > best) [best, at] = [alike, from];
    }
    if (at >= 0 && from - at > one.length) {
      found.push(at);
      [best, at] = [0, -1];
    }
    energy += (samples[from + one.length] ?? 0) ** 2 - (samples[from] ?? 0) ** 2;
  }
  return at >= 0 ? [...found, at] : found;
}
