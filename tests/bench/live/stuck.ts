import { pause, rounded } from './figures';
import type { Joined, Window } from './listeners';
import type { LeaseAnswer } from './source';
import type { Systems } from './systems';

const JOINS_PER_SECOND = 500;
const JOIN_MS = 10_000;
const SETTLE_MS = 1_500;
/** Until the gateway has cut who is stuck, and a lease has told of it. */
const CUT_MS = 15_000;

/** Of one run. Detection counts from when they stop to read and to report until the platform is told, as it is every two seconds. */
export interface StuckRow {
  readonly healthyP99Ms: number;
  readonly healthyP99WithStuckMs: number;
  readonly ratio: number;
  readonly detectedMs: number;
  readonly cutMs: number;
}

/**
 * A tenth of the loudspeakers stops reading and says nothing more, with their sockets open, as behind a dead radio cell. The
 * others are measured before, and meanwhile.
 */
export async function measureStuck(systems: Systems, count: number, windowMs: number): Promise<StuckRow> {
  const system = await systems.start('clarion');
  try {
    await system.source.ask('speak');
    await system.listeners.ask<Joined>('join', { count, perSecond: JOINS_PER_SECOND, asking: true, withinMs: JOIN_MS });
    await pause(SETTLE_MS);
    const before = await system.listeners.ask<Window>('window', windowMs);
    const stuck = Math.floor(count / 10);
    await system.listeners.ask('stick', stuck);
    const stuckAt = performance.timeOrigin + performance.now();
    const meanwhile = await system.listeners.ask<Window>('window', windowMs);
    await pause(Math.max(0, CUT_MS - windowMs));
    const answers = (await system.source.ask<readonly LeaseAnswer[]>('leases')).filter(({ at }) => at > stuckAt);
    const since = (is: (answer: LeaseAnswer) => boolean) => rounded((answers.find(is)?.at ?? Infinity) - stuckAt, 1);
    return {
      healthyP99Ms: before.delayMs.p99, healthyP99WithStuckMs: meanwhile.delayMs.p99, ratio: rounded(meanwhile.delayMs.p99 / before.delayMs.p99),
      detectedMs: since(({ behind }) => behind >= stuck), cutMs: since(({ listening, lost }) => listening <= count - stuck && lost >= stuck),
    };
  } finally {
    await system.stop();
  }
}
