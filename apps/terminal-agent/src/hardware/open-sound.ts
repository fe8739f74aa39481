import { accessSync, constants, statSync } from 'node:fs';
import type { Clock } from '../clock';
import { PipeCard } from './pipe-card';
import { playerStarter } from './player-process';
import { playersOn, type PlayerProgram } from './player-program';

export interface SoundWish {
  /** `auto`, or the name of one of the known players. */
  readonly player: string;
  readonly device: string | null;
  /** From the start of a player that tells nothing until it sounds, ms. */
  readonly latencyMs: number;
  /** The PATH, taken apart. */
  readonly folders: readonly string[];
}

export type FoundPlayer = { readonly ok: true; readonly program: PlayerProgram } | { readonly ok: false; readonly tried: readonly string[] };

const TEST_MS = 200;
const PATIENCE_MS = 3_000;
/** A player that tells nothing and still runs after this has opened its device. */
const STANDS_MS = 800;

/** The first known player whose device really opens: each is given a moment of silence. `tried` says why none did. */
export async function findPlayer(wish: SoundWish, clock: Clock): Promise<FoundPlayer> {
  const tried: string[] = [];
  for (const program of playersOn(wish.folders, wish.device, mayRun)) {
    if (wish.player !== 'auto' && wish.player !== program.name) continue;
    const problem = await tryPlayer(program, clock);
    if (problem === null) return { ok: true, program };
    tried.push(problem);
  }
  return { ok: false, tried };
}

export function openPlayer(program: PlayerProgram, wish: SoundWish, clock: Clock, onFault: (words: string) => void): PipeCard {
  return new PipeCard({ clock, start: playerStarter(program), reports: program.reports, startMs: wish.latencyMs, onFault });
}

/** Null when the device takes samples; else its last words. */
function tryPlayer(program: PlayerProgram, clock: Clock): Promise<string | null> {
  return new Promise((resolve) => {
    const end = (problem: string | null) => {
      timer.cancel();
      resolve(problem);
      running.kill();
    };
    const running = playerStarter(program)({
      onBuffer: () => undefined, onRanDry: () => undefined, onTook: () => end(null), onGone: (words) => end(words),
    });
    const timer = clock.setTimer(program.reports ? PATIENCE_MS : STANDS_MS, () => end(program.reports ? `${program.name}: the device does not begin.` : null));
    running.write(new Uint8Array(TEST_MS * 96));
  });
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
