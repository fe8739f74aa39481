import type { Pcm } from './pcm';
import { refuseAudio, type AudioRefusal } from './refusal';
import { framesOf, HOP_MS, type Frame } from './sound-track';

/** Sounds of others that people have learnt to run from or to give way to. */
export type ReservedSignal =
  /** Civil air-raid signals: one pitch held (36 s on and 24 s off, 6 s on and 6 s off, three minutes). */
  | 'air-raid'
  /** Police and fire engines: the pitch goes up and down, or up again and again, between the same two ends. */
  | 'siren-sweep'
  /** Ambulances, also police: high and low in turn. */
  | 'two-tone'
  /** Earthquake early warning: a row of equal short beeps. */
  | 'quake-beeps';

export interface ReservedFind {
  readonly signal: ReservedSignal;
  readonly fromMs: number;
  readonly ms: number;
}

/** A stretch at one pitch that moves at most slowly. */
interface Tone {
  readonly from: number;
  readonly frames: number;
  readonly pitch: number;
  readonly level: number;
  /** It did not ring out as a struck or plucked tone does. */
  readonly held: boolean;
}

/** One movement of the pitch in one direction. */
interface Sweep {
  readonly from: number;
  readonly until: number;
  readonly low: number;
  readonly high: number;
}

const PURE = 0.7;
/** Below is the hum of mains and motors. */
const LOWEST_SIGNAL_HZ = 280;
/** Frames that may be something else within a tone: an echo's beat, a crackle. */
const BRIDGE = 5;
const SAME_PITCH = 0.03;
/** How quickly the pitch of a tone may be followed, share of the difference for each frame. */
const FOLLOW = 0.05;
/** Struck and plucked tones lose more within the middle half of their time. */
const HELD_DB = 4;
/** What is that much below a tone is its echo, or nothing beside it. */
const ECHO_DB = 10;

const framesIn = (ms: number): number => ms / HOP_MS;
/** No singer and no player of a morning programme holds one tone alone for so long. */
const LONG_TONE = framesIn(15_000);
/** What makes 6 s on and 6 s off, less the time in which a motor comes up. */
const PULSE = { shortest: framesIn(3_500), longest: framesIn(7_500), soonest: framesIn(9_000), latest: framesIn(15_000) };
/** Share of what sounds at all from which a tone is alone in its file, and a message that repeats it makes the signal. */
const ALONE = 0.65;

/**
 * Finds in a recording what could be taken for a reserved signal. Made so that speech and music pass: only one pure pitch
 * that is held, swept or beaten out as no voice and no tune does counts. It is no proof that nothing alike is in it, hidden
 * under speech or music: those who sign listen.
 */
export function reservedIn({ samples }: Pcm): readonly ReservedFind[] {
  const frames = framesOf(samples);
  const tones = tonesOf(frames);
  return [...airRaid(frames, tones), ...sweeping(sweepsOf(frames)), ...twoTone(tones), ...beeping(frames, tones)];
}

const NAMES: Readonly<Record<ReservedSignal, string>> = {
  'air-raid': 'an air-raid signal', 'siren-sweep': 'a police or fire siren', 'two-tone': 'an ambulance siren', 'quake-beeps': 'an earthquake warning',
};
/** Places that one sentence names. */
const MOST_NAMED = 6;

/** The refusal that names every place where a reserved signal was found, in order; null where there is none. */
export function refuseReserved(pcm: Pcm): AudioRefusal | null {
  const finds = [...reservedIn(pcm)].sort((one, other) => one.fromMs - other.fromMs);
  if (finds.length === 0) return null;
  const places = finds.slice(0, MOST_NAMED).map(({ signal, fromMs, ms }) => `${NAMES[signal]} (${clockOf(fromMs)} to ${clockOf(fromMs + ms)})`);
  const more = finds.length > MOST_NAMED ? `, and ${finds.length - MOST_NAMED} more` : '';
  return refuseAudio('AUDIO_RESERVED', `Listeners could take this recording for a signal that is not ours to give: ${places.join(', ')}${more}. Leave that out; the built-in siren and chimes are there for warnings.`);
}

function clockOf(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function airRaid(frames: readonly Frame[], tones: readonly Tone[]): readonly ReservedFind[] {
  const sounding = frames.filter((frame) => frame.sounding).length;
  const held = tones.filter((tone) => tone.held && tone.pitch >= LOWEST_SIGNAL_HZ && tone.frames >= PULSE.shortest);
  const pulses = chains(held.filter((tone) => tone.frames <= PULSE.longest), (before, next) => isNextPulse(frames, before, next)).filter((chain) => chain.length >= 3).flat();
  return held
    .filter((tone) => tone.frames >= LONG_TONE || tone.frames >= ALONE * sounding || pulses.includes(tone))
    .map((tone) => found('air-raid', tone.from, tone.from + tone.frames));
}

/** About twelve seconds after the one before, and next to nothing in the middle of the time between them. */
function isNextPulse(frames: readonly Frame[], before: Tone, next: Tone): boolean {
  const [from, until, period] = [before.from + before.frames, next.from, next.from - before.from];
  if (period < PULSE.soonest || period > PULSE.latest || !samePitch(before, next)) return false;
  const third = (until - from) / 3;
  return meanLevel(frames.slice(from + third, until - third)) < before.level * 10 ** (-ECHO_DB / 10);
}

/** Stretches of at least 60 ms with one pure pitch. */
function tonesOf(frames: readonly Frame[]): readonly Tone[] {
  const tones: Tone[] = [];
  let from = 0;
  let last = -1;
  let pitch = 0;
  const close = (): void => {
    const tone = withoutEcho(frames, from, last, pitch);
    if (tone.frames >= framesIn(60)) tones.push(tone);
    last = -1;
  };
  frames.forEach((frame, at) => {
    const pure = frame.sounding && frame.purity >= PURE;
    if (last >= 0 && pure && Math.abs(frame.pitch / pitch - 1) <= SAME_PITCH) {
      pitch += (frame.pitch - pitch) * FOLLOW;
      last = at;
      return;
    }
    if (last >= 0 && at - last <= BRIDGE && !(pure && last - from < BRIDGE)) return;
    if (last >= 0) close();
    if (pure) [from, last, pitch] = [at, at, frame.pitch];
  });
  if (last >= 0) close();
  return tones;
}

function withoutEcho(frames: readonly Frame[], first: number, last: number, pitch: number): Tone {
  const least = meanLevel(frames.slice(first, last + 1)) * 10 ** (-ECHO_DB / 10);
  let [from, until] = [first, last + 1];
  while (from < until && (frames[from]?.level ?? 0) < least) from += 1;
  while (until > from && (frames[until - 1]?.level ?? 0) < least) until -= 1;
  const tone = frames.slice(from, until);
  const part = (start: number, end: number): number => meanLevel(tone.slice(Math.floor(start * tone.length), Math.ceil(end * tone.length)));
  return { from, frames: tone.length, pitch, level: meanLevel(tone), held: part(0.15, 0.4) < part(0.6, 0.85) * 10 ** (HELD_DB / 10) };
}

function meanLevel(frames: readonly Frame[]): number {
  return frames.reduce((sum, { level }) => sum + level / frames.length, 0);
}

/** Movements of the strongest tone in one direction by a fifth part or more. */
function sweepsOf(frames: readonly Frame[]): readonly Sweep[] {
  const sweeps: Sweep[] = [];
  let from = -1;
  let moved = -1;
  let direction = 0;
  const close = (): void => {
    const [start, end] = [frames[from]?.hertz ?? 0, frames[moved]?.hertz ?? 0];
    if (from >= 0 && Math.abs(Math.log(end / start)) >= Math.log(1.2)) sweeps.push({ from, until: moved + 1, low: Math.min(start, end), high: Math.max(start, end) });
    from = -1;
  };
  frames.forEach((frame, at) => {
    const before = frames[at - 1];
    const change = before?.sounding === true && frame.sounding ? frame.hertz / before.hertz - 1 : Number.NaN;
    const moves = Math.abs(change) > 0.0005 && Math.abs(change) < 0.15;
    if (from >= 0 && moves && Math.sign(change) === direction) moved = at;
    else if (from >= 0 && at - moved <= 2 && Math.abs(change) < 0.005) return;
    else {
      close();
      if (moves) [from, moved, direction] = [at - 1, at, Math.sign(change)];
    }
  });
  close();
  return sweeps;
}

/** Sweeps between the same two ends, three at least and for four seconds, with little between them. */
function sweeping(sweeps: readonly Sweep[]): readonly ReservedFind[] {
  const alike = (one: number, other: number): boolean => Math.abs(one / other - 1) < 0.12;
  return chains(sweeps, (before, next) => next.from - before.until <= framesIn(600) && alike(before.low, next.low) && alike(before.high, next.high))
    .filter((chain) => chain.length >= 3 && lengthOf(chain) >= framesIn(4_000) && chain.reduce((sum, { from, until }) => sum + until - from, 0) >= 0.6 * lengthOf(chain))
    .map((chain) => found('siren-sweep', chain[0]?.from ?? 0, chain.at(-1)?.until ?? 0));
}

/** Eight and more held tones of the same length, two pitches in turn, without a pause. */
function twoTone(tones: readonly Tone[]): readonly ReservedFind[] {
  const notes = tones.filter(({ held, frames }) => held && frames >= framesIn(200) && frames <= framesIn(1_300)).map((tone) => ({ ...tone, until: tone.from + tone.frames }));
  return chains(notes, (before, next, twoBefore) => next.from - before.until <= framesIn(160) && !samePitch(before, next) && alikeLong(before.frames, next.frames, 0.3)
    && (twoBefore === undefined || samePitch(twoBefore, next)))
    .filter((chain) => chain.length >= 8)
    .map((chain) => found('two-tone', chain[0]?.from ?? 0, chain.at(-1)?.until ?? 0));
}

/** Eight and more short tones of one pitch, equally long and equally far apart, with silence between them: a time signal has five. */
function beeping(frames: readonly Frame[], tones: readonly Tone[]): readonly ReservedFind[] {
  const beeps = tones.filter(({ frames: count }) => count <= framesIn(340)).map((tone) => ({ ...tone, until: tone.from + tone.frames }));
  const quiet = (from: number, until: number): boolean => frames.slice(from, until).some(({ sounding }) => !sounding);
  return chains(beeps, (before, next, twoBefore) => samePitch(before, next) && next.from - before.until <= framesIn(1_000) && quiet(before.until, next.from)
    && alikeLong(before.frames, next.frames, 0.35) && (twoBefore === undefined || alikeLong(next.from - before.from, before.from - twoBefore.from, 0.15)))
    .filter((chain) => chain.length >= 8 && chain.every(({ held }) => held))
    .map((chain) => found('quake-beeps', chain[0]?.from ?? 0, chain.at(-1)?.until ?? 0));
}

const samePitch = (one: Tone, other: Tone): boolean => Math.abs(one.pitch / other.pitch - 1) < SAME_PITCH;
const alikeLong = (one: number, other: number, share: number): boolean => Math.abs(one - other) <= Math.max(1.5, share * Math.max(one, other));
const lengthOf = (chain: readonly Sweep[]): number => (chain.at(-1)?.until ?? 0) - (chain[0]?.from ?? 0);

/** Cuts a row where one thing does not follow from those before it. */
function chains<T>(row: readonly T[], follows: (before: T, next: T, twoBefore: T | undefined) => boolean): readonly (readonly T[])[] {
  return row.reduce<T[][]>((all, next) => {
    const chain = all.at(-1);
    const before = chain?.at(-1);
    if (chain !== undefined && before !== undefined && follows(before, next, chain.at(-2))) chain.push(next);
    else all.push([next]);
    return all;
  }, []);
}

function found(signal: ReservedSignal, from: number, until: number): ReservedFind {
  return { signal, fromMs: from * HOP_MS, ms: (until - from) * HOP_MS };
}
