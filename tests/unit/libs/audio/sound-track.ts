/**
 * What a listener would note down of a sound: when it sounds, and at which pitch. Only for tests.
 * Every 20 ms one frame: level, and the strongest tone between 200 and 4000 Hz in the 85 ms around it.
 */
export interface Frame {
  readonly sounding: boolean;
  readonly hertz: number;
}
export interface Run {
  readonly sounding: boolean;
  readonly fromMs: number;
  readonly ms: number;
}
export interface Note {
  readonly hertz: number;
  readonly fromMs: number;
  readonly ms: number;
}

export const HOP_MS = 20;
const DECIMATE = 4;
const RATE = 48_000 / DECIMATE;
const WINDOW = 1024;
/** Below the loudest frame by this much it counts as silence. */
const SILENCE_DB = -32;

export function framesOf(samples: Float32Array): readonly Frame[] {
  const slow = decimated(samples);
  const hop = (RATE * HOP_MS) / 1000;
  const measured = Array.from({ length: Math.max(0, Math.floor(slow.length / hop)) }, (_, at) => {
    const middle = at * hop + hop / 2;
    let level = 0;
    for (let index = at * hop; index < (at + 1) * hop; index += 1) level += (slow[index] ?? 0) ** 2 / hop;
    return { level, hertz: level < 1e-9 ? 0 : strongest(slow, middle - WINDOW / 2) };
  });
  const loudest = measured.reduce((most, { level }) => Math.max(most, level), 1e-12);
  return measured.map(({ level, hertz }) => ({ sounding: 10 * Math.log10(level / loudest + 1e-12) > SILENCE_DB, hertz }));
}

/** Sounding and silent stretches; a silence below `bridgeMs` is none. */
export function runsOf(frames: readonly Frame[], bridgeMs: number): readonly Run[] {
  const runs: { sounding: boolean; fromMs: number; ms: number }[] = [];
  frames.forEach(({ sounding }, at) => {
    const last = runs.at(-1);
    if (last?.sounding === sounding) last.ms += HOP_MS;
    else runs.push({ sounding, fromMs: at * HOP_MS, ms: HOP_MS });
  });
  return runs.reduce<Run[]>((kept, run, at) => {
    const before = kept.at(-1);
    const bridged = !run.sounding && run.ms < bridgeMs && at > 0 && at < runs.length - 1;
    if (before !== undefined && (bridged || before.sounding === run.sounding)) kept[kept.length - 1] = { ...before, ms: before.ms + run.ms };
    else kept.push(run);
    return kept;
  }, []);
}

/** Stretches of at least 60 ms at one pitch (within 2 %). */
export function notesOf(frames: readonly Frame[]): readonly Note[] {
  const notes: { hertz: number; fromMs: number; ms: number; open: boolean }[] = [];
  frames.forEach(({ sounding, hertz }, at) => {
    const last = notes.at(-1);
    if (sounding && last?.open === true && Math.abs(hertz / last.hertz - 1) < 0.02) last.ms += HOP_MS;
    else {
      if (last !== undefined) last.open = false;
      if (sounding) notes.push({ hertz, fromMs: at * HOP_MS, ms: HOP_MS, open: true });
    }
  });
  return notes.filter(({ ms }) => ms >= 60);
}

function decimated(samples: Float32Array): Float32Array {
  const slow = new Float32Array(Math.floor(samples.length / DECIMATE));
  for (let at = 0; at < slow.length; at += 1) {
    let sum = 0;
    for (let index = 0; index < DECIMATE; index += 1) sum += samples[at * DECIMATE + index] ?? 0;
    slow[at] = sum / DECIMATE;
  }
  return slow;
}

const HANN = Float64Array.from({ length: WINDOW }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / WINDOW));
const COS = Float64Array.from({ length: WINDOW / 2 }, (_, at) => Math.cos((2 * Math.PI * at) / WINDOW));
const SIN = Float64Array.from({ length: WINDOW / 2 }, (_, at) => -Math.sin((2 * Math.PI * at) / WINDOW));
const real = new Float64Array(WINDOW);
const imaginary = new Float64Array(WINDOW);

/** The strongest tone of one window, Hz, between two bins by the neighbours' levels. */
function strongest(samples: Float32Array, from: number): number {
  for (let at = 0; at < WINDOW; at += 1) real[at] = (samples[from + at] ?? 0) * (HANN[at] ?? 0);
  imaginary.fill(0);
  transform();
  const level = (bin: number): number => Math.hypot((real[bin] ?? 0), (imaginary[bin] ?? 0));
  let best = Math.ceil((200 * WINDOW) / RATE);
  for (let bin = best; bin < (4000 * WINDOW) / RATE; bin += 1) if (level(bin) > level(best)) best = bin;
  const [below, at, above] = [Math.log(level(best - 1) + 1e-12), Math.log(level(best) + 1e-12), Math.log(level(best + 1) + 1e-12)];
  const shift = (below - above) / (2 * (below - 2 * at + above) || 1);
  return ((best + Math.max(-0.5, Math.min(0.5, shift))) * RATE) / WINDOW;
}

/** Fourier transform of `real` and `imaginary` in place, radix 2. Written plainly: it runs some ten thousand times. */
function transform(): void {
  for (let i = 1, j = 0; i < WINDOW; i += 1) {
    let bit = WINDOW >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    const kept = (real[i] ?? 0);
    real[i] = (real[j] ?? 0);
    real[j] = kept;
  }
  for (let size = 2; size <= WINDOW; size <<= 1) {
    const half = size >> 1;
    const step = WINDOW / size;
    for (let start = 0; start < WINDOW; start += size) {
      for (let k = 0; k < half; k += 1) {
        const i = start + k;
        const j = i + half;
        const cos = (COS[k * step] ?? 0);
        const sin = (SIN[k * step] ?? 0);
        const x = (real[j] ?? 0) * cos - (imaginary[j] ?? 0) * sin;
        const y = (real[j] ?? 0) * sin + (imaginary[j] ?? 0) * cos;
        real[j] = (real[i] ?? 0) - x;
        imaginary[j] = (imaginary[i] ?? 0) - y;
        real[i] = (real[i] ?? 0) + x;
        imaginary[i] = (imaginary[i] ?? 0) + y;
      }
    }
  }
}
