import type { Request } from 'express';
import type { Clock } from '../../kernel/clock';
import { userError } from '../../kernel/errors';

/** At once, after a time without requests. */
const BURST = 10;
/** Strangers of one address together: an office behind one address is many people. */
const STRANGERS = 2;
const MOST_NAMES = 10_000;

/** What an emergency needs, and what ends one: it has a budget of its own, which no flood of pictures uses up (threats T10, T80). */
const URGENT: ReadonlySet<string> = new Set([
  'message:compose', 'message:approve', 'message:withdraw', 'message:dispatch', 'stop', 'consent', 'isolate', 'restriction', 'revocation:publish',
]);

interface Bucket {
  left: number;
  at: number;
}

/**
 * How many requests an account may make: `perSecond` for long, ten times as many at once; who sends no token of ours is
 * counted by address. In memory: it protects this process. Throws TOO_MANY_REQUESTS.
 */
export class RequestBudget {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly clock: Clock, private readonly perSecond: number) {}

  take(account: string | undefined, request: Pick<Request, 'ip' | 'method'>, permission: string): void {
    if (account === undefined) return this.spend(`address ${request.ip ?? ''}`, this.perSecond * STRANGERS);
    const isUrgent = request.method !== 'GET' && URGENT.has(permission);
    this.spend(`${isUrgent ? 'urgent ' : ''}account ${account}`, this.perSecond);
  }

  private spend(name: string, perSecond: number): void {
    const now = this.clock.monotonicMs();
    const known = this.buckets.get(name);
    const most = perSecond * BURST;
    const left = known === undefined ? most : Math.min(most, known.left + ((now - known.at) / 1_000) * perSecond);
    this.buckets.delete(name);
    this.buckets.set(name, { left: left < 1 ? left : left - 1, at: now });
    if (this.buckets.size > MOST_NAMES) this.forgetOldest();
    if (left < 1) throw userError('TOO_MANY_REQUESTS', 'Too many requests. Wait a little and try again.');
  }

  private forgetOldest(): void {
    for (const oldest of this.buckets.keys()) {
      this.buckets.delete(oldest);
      return;
    }
  }
}
