import { createDirection, type Direction } from './direction';
import type { PathProfile } from './profiles';

export type Way = 'up' | 'down';

/** A path without sockets or timers: whoever moves the clock asks what has arrived. */
export interface MemoryPath<T> {
  send(way: Way, chunk: T, nowMs: number): void;
  /** What has arrived by now and was not asked for yet, in the order it was sent. */
  arrived(way: Way, nowMs: number): readonly T[];
  /** When there will be something to ask for; undefined when nothing is under way. */
  nextAt(): number | undefined;
  cut(way: Way, fromMs: number, forMs: number): void;
}

interface Lane<T> {
  readonly direction: Direction;
  readonly waiting: { readonly chunk: T; readonly at: number }[];
}

export function createMemoryPath<T>(profile: PathProfile, seed: number): MemoryPath<T> {
  const lanes: Record<Way, Lane<T>> = {
    up: { direction: createDirection(profile.up, seed), waiting: [] },
    down: { direction: createDirection(profile.down, seed + 1), waiting: [] },
  };
  /** A cut also holds what was sent before it. */
  const dueAt = ({ direction, waiting }: Lane<T>): number | undefined => (waiting[0] === undefined ? undefined : direction.heldUntil(waiting[0].at));

  return {
    send: (way, chunk, nowMs) => void lanes[way].waiting.push({ chunk, at: lanes[way].direction.arrivesAt(nowMs) }),
    arrived: (way, nowMs) => {
      const lane = lanes[way];
      const out: T[] = [];
      for (let due = dueAt(lane); due !== undefined && due <= nowMs; due = dueAt(lane)) {
        const first = lane.waiting.shift();
        if (first !== undefined) out.push(first.chunk);
      }
      return out;
    },
    nextAt: () => {
      const due = [dueAt(lanes.up), dueAt(lanes.down)].filter((at) => at !== undefined);
      return due.length === 0 ? undefined : Math.min(...due);
    },
    cut: (way, fromMs, forMs) => lanes[way].direction.cut(fromMs, forMs),
  };
}
