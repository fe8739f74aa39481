import { cpuMsOf, rssMiBOf } from './child';
import { pause, rounded } from './figures';
import type { Joined, Window } from './listeners';
import type { SourceFigures } from './source';
import type { SystemName, Systems } from './systems';

/** After the last one has its first sound. */
const SETTLE_MS = 1_000;
const JOIN_MS = 12_000;
/** Slow enough for the smallest accept queue among the peers: who joins is no part of what a block costs. */
const JOINS_PER_SECOND = 500;

/** One system under one load in one window. Per cent of one core, by the process's own clock. */
export interface FanOutRow {
  readonly cpuPercent: number;
  /** Processor time of the server for one block to one listener, reports and leases included. */
  readonly cpuUsPerBlock: number;
  readonly served: number;
  readonly blocksPerSecond: number;
  readonly deliveryP50Ms: number;
  readonly deliveryP99Ms: number;
  readonly rssMiB: number;
  readonly listenersCpuPercent: number;
  /** In the source's process: what signing its blocks took. */
  readonly signingPercent: number;
}

export async function measureFanOut(systems: Systems, name: SystemName, count: number, windowMs: number): Promise<FanOutRow> {
  const system = await systems.start(name);
  try {
    await system.source.ask('speak');
    const { served } = await system.listeners.ask<Joined>('join', { count, perSecond: JOINS_PER_SECOND, asking: true, withinMs: JOIN_MS });
    await pause(SETTLE_MS);
    const before = await system.source.ask<SourceFigures>('figures');
    const [server, listeners, from] = [cpuMsOf(system.serverPid), cpuMsOf(system.listeners.pid), performance.now()];
    const { blocks, delayMs } = await system.listeners.ask<Window>('window', windowMs);
    const tookMs = performance.now() - from;
    const serverMs = cpuMsOf(system.serverPid) - server;
    const listenersMs = cpuMsOf(system.listeners.pid) - listeners;
    const after = await system.source.ask<SourceFigures>('figures');
    return {
      cpuPercent: rounded((100 * serverMs) / tookMs),
      cpuUsPerBlock: rounded((1_000 * serverMs) / blocks),
      served,
      blocksPerSecond: rounded((1_000 * blocks) / served / windowMs),
      deliveryP50Ms: delayMs.p50, deliveryP99Ms: delayMs.p99,
      rssMiB: rssMiBOf(system.serverPid),
      listenersCpuPercent: rounded((100 * listenersMs) / tookMs),
      signingPercent: rounded((100 * (after.signMs - before.signMs)) / tookMs, 1_000),
    };
  } finally {
    await system.stop();
  }
}
