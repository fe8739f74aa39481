import { HOP_MS, type Frame } from '../../../../libs/audio/sound-track';

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
