import path from 'node:path';
import type { ChildSpec } from './child';

export const CHILD_NAMES = ['platform', 'stop', 'gateway', 'sign', 'lan', 'simulator'] as const;
export type ChildName = (typeof CHILD_NAMES)[number];

/** Compiled entry of each process, below dist/. Order of starting; they are ended in the opposite order. */
export const SCRIPTS: Readonly<Record<ChildName, string>> = {
  platform: 'apps/platform/src/main.js',
  stop: 'apps/platform/src/stop-main.js',
  gateway: 'apps/gateway/src/main.js',
  sign: 'apps/sign/src/main.js',
  lan: 'apps/supervisor/src/lan/main.js',
  simulator: 'apps/terminal-agent/src/simulator/main.js',
};

/**
 * Node's switches, for what serves six hundred terminals within 400 MiB (docs/figures.md). Half of the young generation,
 * MiB: V8 lets it grow to 16 while modules load and terminals come, and gives little of that back; much smaller costs
 * processor time. And by how much the heap may grow before V8 looks for what is dead, percent of what lives: left alone
 * it grows to more than twice of it.
 */
const SMALL_HEAP: Readonly<Partial<Record<ChildName, readonly string[]>>> = {
  platform: ['--max-semi-space-size=8', '--heap-growing-percent=40'],
  gateway: ['--max-semi-space-size=8', '--heap-growing-percent=40'],
};

/** Of glibc, for the same two: its threads share two stocks of memory instead of hoarding one each. A site's own setting counts. */
const SMALL_STOCKS = { MALLOC_ARENA_MAX: '2' };

export interface ChildSettings {
  /** The folder that holds apps/ and libs/ as compiled. */
  readonly dist: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Run-time address of the database: told to the platform alone. */
  readonly databaseUrl: string;
  readonly small: boolean;
  /** Terminals on the network reach the gateway; everything else stays on the loopback, behind `lan`. */
  readonly lan: boolean;
}

export function childSpec(name: ChildName, { dist, environment, databaseUrl, small, lan }: ChildSettings): ChildSpec {
  return {
    name,
    script: path.join(dist, SCRIPTS[name]),
    args: name === 'simulator' && small ? ['--small'] : [],
    nodeArgs: SMALL_HEAP[name] ?? [],
    environment: { ...(SMALL_HEAP[name] === undefined ? {} : SMALL_STOCKS), ...environment, ...own(name, databaseUrl, lan) },
  };
}

function own(name: ChildName, databaseUrl: string, lan: boolean): Readonly<Record<string, string>> {
  if (name === 'platform') return { CLARION_DATABASE_URL: databaseUrl };
  return name === 'gateway' && lan ? { CLARION_BIND: '0.0.0.0' } : {};
}
