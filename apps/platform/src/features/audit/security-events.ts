import type { EnvelopeShape, EventView, PlatformId, TerminalId } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Database, Tx } from '../../kernel/database';
import type { Outbox } from '../../kernel/outbox';
import type { Scope } from '../../kernel/scope';
import { insertEvents, listEvents } from './security-events.store.pg';

/** Outbox topic: somebody tried something; whoever gathers incidents takes it from here. */
export const SECURITY_EVENTS = 'security-events';

/** One refused attempt. `subject` is the digest of what was refused; empty strings never leave this folder. */
export interface SecurityEventFact {
  readonly platform: PlatformId;
  readonly terminal: TerminalId | null;
  readonly at: number;
  readonly kind: string;
  readonly code: string | null;
  readonly subject: string | null;
  readonly keyIds: readonly string[];
  /** Of what was refused, where a terminal says so. */
  readonly payloadType?: string | null;
  /** What was refused, where a terminal hands it in; kept with the terminal's record, not with the event. */
  readonly evidence?: EnvelopeShape;
}

/** The list of what was tried and refused, from terminals and at the API (facts/ux (e)). */
export class SecurityEvents {
  constructor(private readonly database: Database, private readonly clock: Clock, private readonly outbox: Pick<Outbox, 'put'>) {}

  /** Records in the caller's transaction; the same cause within a minute only counts up. */
  async record(tx: Tx, facts: readonly SecurityEventFact[]): Promise<void> {
    if (facts.length === 0) return;
    const now = Math.trunc(this.clock.now());
    await insertEvents(tx, facts.map((fact) => ({ ...fact, id: this.clock.uuid(), receivedAt: now, minute: Math.floor(now / 60_000) })));
    await this.outbox.put(tx, SECURITY_EVENTS, { facts });
  }

  /** Records by itself: for a refusal whose own transaction is undone. */
  async recordAlone(fact: SecurityEventFact): Promise<void> {
    await this.recordTogether([fact]);
  }

  /** Records what was noticed at one moment, where nothing else is written with it. */
  async recordTogether(facts: readonly SecurityEventFact[]): Promise<void> {
    await this.database.run((tx) => this.record(tx, facts));
  }

  /** Newest first. */
  list(scope: Scope, count: number): Promise<readonly EventView[]> {
    return listEvents(this.database, scope, count);
  }
}
