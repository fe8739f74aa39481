import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { PlatformId } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import { Ticker } from '../../kernel/ticker';
import type { AuditStore } from './audit.store';
import { checkLog, type LogCheck } from './check-log';
import { subjectOf, type AuditEvidence, type UnsaidRow } from './evidence';
import type { SecurityEvents } from './security-events';

const LOOK_EVERY_MS = 10_000;
/** Found within five minutes (threats T62). */
const ROUND_MS = 4 * 60_000;
/** Long logs are read less often: reading again what stands takes at most a twentieth of the time. */
const SHARE = 20;
/** Of one round: whoever may write there plants as many rows as they like. */
const MOST_TOLD = 100;

/**
 * Reads every hosted log again, round after round: what somebody with the owner's password changed, cut or moved becomes
 * an event of that platform with the code, and stands in the log of the server with its place. So does a row that no leaf
 * tells of: a planted approval, a state that nobody brought about.
 */
export class WatchLogs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly ticker: Ticker;
  private dueAt: number;
  private stopped = false;

  constructor(
    private readonly store: AuditStore,
    private readonly events: SecurityEvents,
    private readonly evidence: AuditEvidence,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly scope: Scope,
  ) {
    this.dueAt = clock.monotonicMs() + ROUND_MS;
    this.ticker = new Ticker('audit.watch-logs', LOOK_EVERY_MS, () => this.look(), log);
  }

  onApplicationBootstrap(): void {
    this.ticker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.ticker.stop();
  }

  private async look(): Promise<void> {
    const begun = this.clock.monotonicMs();
    if (begun < this.dueAt) return;
    await this.run();
    this.dueAt = begun + Math.max(ROUND_MS, (this.clock.monotonicMs() - begun) * SHARE);
  }

  /** Rows that were written past the server; looked at twice, so that what is just being written is not meant. */
  private async tellUnsaid(): Promise<void> {
    const first = new Set((await this.evidence.unsaid()).map(nameOf));
    if (first.size === 0) return;
    for (const row of (await this.evidence.unsaid()).filter((one) => first.has(nameOf(one))).slice(0, MOST_TOLD)) {
      this.log.error('audit.row-unsaid', { ...row });
      await this.events.recordAlone({ platform: row.platform, terminal: null, at: Math.trunc(this.clock.now()), kind: 'audit-fault', code: row.code, subject: subjectOf(row), keyIds: [] });
    }
  }

  /** One round; what was found, by platform. */
  async run(): Promise<ReadonlyMap<PlatformId, Extract<LogCheck, { readonly ok: false }>>> {
    const found = new Map<PlatformId, Extract<LogCheck, { readonly ok: false }>>();
    for (const platform of (await this.store.headSizes(this.scope)).keys()) {
      if (this.stopped) break;
      const check = await checkLog(this.store, this.scope, platform);
      if (check.ok) continue;
      found.set(platform, check);
      this.log.error('audit.log-faulty', { platform, code: check.code, seq: check.seq });
      await this.events.recordAlone({ platform, terminal: null, at: Math.trunc(this.clock.now()), kind: 'audit-fault', code: check.code, subject: subjectOf({ table: 'audit_leaf', row: String(check.seq) }), keyIds: [] });
    }
    if (!this.stopped) await this.tellUnsaid();
    return found;
  }
}

function nameOf({ table, row, code }: UnsaidRow): string {
  return `${table} ${row} ${code}`;
}
