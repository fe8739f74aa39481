import { Inject, Injectable } from '@nestjs/common';
import type { AreaId, MessageId, Stop, TerminalId, Tier } from '#libs/contracts';
import { TIERS } from '#libs/domain';
import { tierOf, verifyStop } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import { Leaves } from '../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../kernel/tokens';
import type { StopFile } from '../../internal/stop-file';
import { serverScope } from '../access';
import { SecurityEvents } from '../audit';
import { Areas } from '../areas';
import { Trust } from '../authority';
import { DISPATCH_STORE, type DispatchStore } from '../dispatch';
import { MessageAccess, messageIn, payloadDigest, type MessageRecord } from '../messages';
import { Terminals } from '../terminals';
import { DELIVERY_STORE, type DeliveryStore } from './delivery.store';

/** Messages looked at for a stop of everything: those that are not over yet. */
const MOST_OPEN = 5_000;

/**
 * Writes into the database what a stop did: its tombstone, the deliveries that cannot have sounded, the messages it
 * ended altogether, a leaf. That an online terminal fell silent, only its own receipt says. Doing it twice changes nothing. A stop that no terminal would take is refused and becomes a security event.
 */
@Injectable()
export class ApplyStop {
  private readonly scope = serverScope('imports stops');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    @Inject(DISPATCH_STORE) private readonly dispatches: DispatchStore,
    private readonly trust: Trust,
    private readonly areas: Areas,
    private readonly terminals: Terminals,
    private readonly messages: MessageAccess,
    private readonly events: SecurityEvents,
    private readonly leaves: Leaves,
  ) {}

  /** False when the stop counts for nothing. */
  async run(file: StopFile): Promise<boolean> {
    const now = Math.trunc(this.clock.now());
    const verified = verifyStop(this.trust.state(), file.stop);
    if (!verified.ok) {
      const [district] = this.trust.platforms();
      if (district !== undefined) {
        await this.events.recordAlone({
          platform: district, terminal: null, at: now, kind: 'stop-refused', code: verified.code, subject: payloadDigest(file.stop),
          keyIds: file.stop.signatures.map(({ keyid }) => keyid),
        });
      }
      return false;
    }
    const { stop, tier } = verified.value;
    const inside = await this.inside(stop.area);
    const candidates = (await this.messages.list(this.scope, { states: ['submitted', 'approved', 'dispatched'], count: MOST_OPEN })).filter((record) => this.reaches(stop, tier, record));
    await this.transactions.run(async (tx) => {
      if (!(await this.dispatches.insertStop(this.scope, tx, { stop, envelope: file.stop }, now))) return;
      const ended = await this.end(tx, candidates, inside, now);
      await this.leaves.insert(tx, {
        platform: stop.platform, kind: 'stop.imported', subject: stop.stopId,
        facts: { stop: verified.value.digest, area: stop.area, scope: stop.scope.kind, issuedAt: stop.issuedAt, messages: [...ended] }, details: { by: file.by },
      });
    });
    return true;
  }

  private async inside(area: AreaId): Promise<{ readonly areas: ReadonlySet<AreaId>; readonly terminals: ReadonlySet<TerminalId> }> {
    const areas = await this.areas.below(this.scope, area);
    const { terminals } = await this.terminals.targeted(this.scope, { areas: [area], terminals: [] }, [area]);
    return { areas: new Set(areas), terminals: new Set(terminals.map(({ id }) => id)) };
  }

  /** Of the signer's tier or below, and named by it or, for a stop of everything, issued before it (design 4 "Stop"). */
  private reaches(stop: Stop, signer: Tier, record: MessageRecord): boolean {
    const tier = tierOf(this.trust.state(), record.platform);
    if (tier === undefined || TIERS[tier].rank > TIERS[signer].rank) return false;
    if (stop.scope.kind === 'messages') return stop.scope.messages.includes(record.digest);
    const message = messageIn(record);
    // Of a row that somebody edited only the time of its submission is left, which is never before it was issued. A
    // correction was written long before it was given: it counts from when a stopper consented to it.
    return (message === undefined || message.corrects !== null ? record.submittedAt : message.issuedAt) <= stop.issuedAt;
  }

  private async end(tx: Tx, candidates: readonly MessageRecord[], { areas, terminals }: Awaited<ReturnType<ApplyStop['inside']>>, now: number): Promise<readonly MessageId[]> {
    const ids = candidates.map(({ id }) => id);
    // What may be sounding stays as it is until its terminal proves the silence, or can no longer be sounding.
    await this.store.closeStopped(this.scope, tx, { messages: ids, terminals: [...terminals], online: [...this.terminals.onlineIds(this.scope)] });
    const open = ids.length === 0 ? new Set<MessageId>() : await this.store.withOpenDeliveries(this.scope, tx, ids, [...terminals]);
    // What still may sound outside the stop goes on; what may not start anywhere any more is over.
    const over = candidates.filter((record) => {
      if (record.state === 'dispatched') return !open.has(record.id);
      const targets = messageIn(record)?.targets;
      return targets === undefined || (targets.areas.every((area) => areas.has(area)) && targets.terminals.every((terminal) => terminals.has(terminal)));
    });
    const stopped = await this.messages.stop(tx, this.scope, over.map(({ digest }) => digest), now);
    return stopped.map(({ id }) => id).sort();
  }
}
