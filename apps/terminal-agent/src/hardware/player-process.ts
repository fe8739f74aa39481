import { spawn } from 'node:child_process';
import type { DeviceBuffer } from './device-clock';
import type { PlayerProgram } from './player-program';

export interface PlayerEvents {
  /** What the device's buffer holds; before the first `onTook`. */
  onBuffer(buffer: DeviceBuffer): void;
  /** The device took one more period. */
  onTook(): void;
  onRanDry(): void;
  /** It ended, by itself or by us; its last words. Called once. */
  onGone(words: string): void;
}

/** One running player. */
export interface PlayerProcess {
  write(pcm: Uint8Array): void;
  /** Bytes that it has not taken from us yet. */
  waitingBytes(): number;
  /** Ends it at once: what lies in the device is dropped. */
  kill(): void;
}

export type StartPlayer = (events: PlayerEvents) => PlayerProcess;

const WORDS = 600;

/** Starts a player as a child. Nothing of it reaches this process but its exit and its words: a crash there is none here. */
export function playerStarter(program: PlayerProgram): StartPlayer {
  return (events) => {
    const child = spawn(program.path, program.args, { stdio: ['pipe', 'ignore', 'pipe'] });
    let gone = false;
    let words = '';
    const end = (why: string) => {
      if (gone) return;
      gone = true;
      events.onGone(`${program.name}: ${why} ${words.trim().split('\n').at(-1) ?? ''}`.trim());
    };
    // What it said before it played is of interest only when it does not get that far.
    const reader = reportReader({ ...events, onBuffer: (buffer) => { words = ''; events.onBuffer(buffer); } });
    child.stderr.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      const said = program.reports ? reader(text) : text;
      words = (words + said).slice(-WORDS);
    });
    child.on('error', (cause) => end(cause.message));
    child.on('close', (code, signal) => end(`ended with ${signal ?? code}.`));
    // A player that is gone is told of by its exit.
    child.stdin.on('error', () => undefined);
    return {
      write: (pcm) => { if (!gone) child.stdin.write(pcm); },
      waitingBytes: () => child.stdin.writableLength,
      kill: () => { child.kill('SIGKILL'); },
    };
  };
}

/**
 * Reads what aplay says: the set-up with buffer_size and period_size, then a line of its level meter, begun by a
 * carriage return, for every period that the device took, and "underrun!!!" when it ran dry. Gives back what is neither.
 */
export function reportReader({ onBuffer, onTook, onRanDry }: Pick<PlayerEvents, 'onBuffer' | 'onTook' | 'onRanDry'>): (text: string) => string {
  let head: string | null = '';
  return (text) => {
    if (head === null) return tellOf(text);
    head += text;
    const begun = head.indexOf('\r');
    if (begun < 0) return text;
    const [setup, rest] = [head.slice(0, begun), head.slice(begun)];
    head = null;
    const sizes = { bufferFrames: sizeIn(setup, 'buffer_size'), periodFrames: sizeIn(setup, 'period_size') };
    if (sizes.bufferFrames > 0 && sizes.periodFrames > 0) onBuffer(sizes);
    return tellOf(rest);
  };

  function tellOf(text: string): string {
    // A dry device is told of before the period that ended it.
    for (const part of text.split(/(?=\r)|(?=underrun)/)) {
      if (part.startsWith('underrun')) onRanDry();
      else if (part.startsWith('\r')) onTook();
    }
    return text.replace(/\r[^\n]{0,80}?%/g, '').trim();
  }
}

/** The first one counts: the sizes of what aplay writes to; plugs below it come after. */
function sizeIn(setup: string, name: string): number {
  const found = new RegExp(`${name}\\s*:\\s*(\\d+)`).exec(setup);
  return Number(found?.[1] ?? 0);
}
