import { framesOf, HOP_MS, type Frame } from '../../../../libs/audio/sound-track';
import { notesOf, runsOf, type Note, type Run } from './sound-track';

/** Sounds that others may make and we may not (issue "Sounds"): what people have learnt to run from, or to give way to. */
export type ReservedSignal =
  /** 预先警报: 36 s on, 24 s off, three times. */
  | 'air-raid-36-24'
  /** 空袭警报: 6 s on, 6 s off, fifteen times. */
  | 'air-raid-6-6'
  /** 解除警报: three minutes without a pause. */
  | 'air-raid-steady'
  /** Wail and yelp of police and fire engines. */
  | 'glide'
  /** High and low in turn: ambulances, also police. */
  | 'two-tone'
  /** Earthquake early warning: a row of short beeps. */
  | 'quake-beeps'
  /** Earthquake early warning: a fast rising broken chord. */
  | 'quake-chord';

/** Which reserved signals a sound could be taken for; wide bounds, so that a likeness counts as well. */
export function likeReserved(samples: Float32Array): readonly ReservedSignal[] {
  const frames = framesOf(samples);
  const runs = runsOf(frames, 250);
  const notes = notesOf(frames);
  const found: readonly (readonly [ReservedSignal, boolean])[] = [
    ['air-raid-36-24', cycles(runs, 36_000, 24_000) >= 2],
    ['air-raid-6-6', cycles(runs, 6_000, 6_000) >= 3],
    ['air-raid-steady', runs.some(({ sounding, ms }) => sounding && ms >= 20_000 && ms < 30_000 || sounding && ms >= 45_000)],
    ['glide', longestGlideMs(frames) >= 200],
    ['two-tone', alternations(notes) >= 4],
    ['quake-beeps', beeps(runsOf(frames, 20)) >= 4],
    ['quake-chord', fastRise(notes) >= 4],
  ];
  return found.filter(([, is]) => is).map(([name]) => name);
}

const near = (value: number, wanted: number): boolean => Math.abs(value / wanted - 1) <= 0.25;

/** Most stretches of about `onMs` in a row with about `offMs` between them. */
function cycles(runs: readonly Run[], onMs: number, offMs: number): number {
  let most = 0;
  let count = 0;
  runs.forEach(({ sounding, ms }, at) => {
    if (!sounding) {
      if (!near(ms, offMs)) count = 0;
      return;
    }
    count = near(ms, onMs) ? (at > 0 ? count : 0) + 1 : 0;
    most = Math.max(most, count);
  });
  return most;
}

/** The longest time for which the pitch moves on in one direction by a fifth or more, never standing still nor leaping. */
function longestGlideMs(frames: readonly Frame[]): number {
  let longest = 0;
  let from = 0;
  let direction = 0;
  frames.forEach(({ sounding, hertz }, at) => {
    const before = frames[at - 1];
    const change = before?.sounding === true && sounding ? hertz / before.hertz - 1 : Number.NaN;
    const moves = Math.abs(change) > 0.001 && Math.abs(change) < 0.15;
    if (moves && Math.sign(change) === direction) {
      const first = frames[from]?.hertz ?? hertz;
      if (Math.abs(Math.log(hertz / first)) >= Math.log(1.2)) longest = Math.max(longest, (at - from) * HOP_MS);
      return;
    }
    from = moves ? at - 1 : at;
    direction = moves ? Math.sign(change) : 0;
  });
  return longest;
}

/** Most changes in a row between the same two pitches, none held longer than 1.5 s and without a pause. */
function alternations(notes: readonly Note[]): number {
  let most = 0;
  let count = 0;
  notes.forEach((note, at) => {
    const [before, twoBefore] = [notes[at - 1], notes[at - 2]];
    const joined = before !== undefined && note.fromMs - before.fromMs - before.ms < 150 && before.ms <= 1_500 && !same(note, before);
    count = !joined ? 0 : twoBefore === undefined || count === 0 || same(note, twoBefore) ? count + 1 : 1;
    most = Math.max(most, count);
  });
  return most;
}

/** Most short stretches in a row, each up to 300 ms, with pauses up to a second. */
function beeps(runs: readonly Run[]): number {
  let most = 0;
  let count = 0;
  for (const { sounding, ms } of runs) {
    if (sounding ? ms > 300 : ms > 1_000) count = 0;
    else if (sounding) count += 1;
    most = Math.max(most, count);
  }
  return most;
}

/** Most notes in a row that rise, each struck at most 170 ms after the one before. */
function fastRise(notes: readonly Note[]): number {
  let most = 0;
  let count = 0;
  notes.forEach((note, at) => {
    const before = notes[at - 1];
    const rises = before !== undefined && note.hertz > before.hertz * 1.03 && note.fromMs - before.fromMs <= 170;
    count = rises ? count + 1 : 1;
    most = Math.max(most, count);
  });
  return most;
}

function same(one: Note, other: Note): boolean {
  return Math.abs(one.hertz / other.hertz - 1) < 0.03;
}
