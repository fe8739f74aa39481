import { Inject, Injectable } from '@nestjs/common';
import type { MessageId } from '#libs/contracts';
import { judgeApprovals, minimumApprovals, ruleFor } from '#libs/domain';
import { policyFactsOf } from '#libs/trust';
import type { Tx } from '../../kernel/database';
import { Outbox } from '../../kernel/outbox';
import type { Scope } from '../../kernel/scope';
import { Trust } from '../authority';
import { MESSAGE_DUE } from './events';
import { Followers } from './followers';
import { LateSignatures } from './late-signatures';
import { LiveTurns } from './live-turns';
import { MESSAGE_STORE, type MessageStore } from './message.store';
import { PermitDesk } from './permits/permit-desk';
import { notFound, refusalError, stateConflict } from './refusals';
import { verifyApprovals, verifyRecord } from './verify-record';

/** A dispatch may be placed this long before the window opens: terminals refuse one that comes more than 5 s early. */
const AHEAD_MS = 2_000;

/**
 * Lets an approved message go to the air, in the caller's transaction: everything is verified once more from the
 * stored bytes, the permit of what is said under one as well, then whoever follows places the dispatch. Before its window it stays approved and is due later.
 * A living voice takes its turn to speak first.
 * Refuses with STATE_CONFLICT, REJ_*, MESSAGE_ALTERED, LIVE_TAKEN and LIVE_UNSERVED.
 */
@Injectable()
export class ReleaseMessage {
  constructor(
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    private readonly trust: Trust,
    private readonly followers: Followers,
    private readonly outbox: Outbox,
    private readonly late: LateSignatures,
    private readonly permits: PermitDesk,
    private readonly turns: LiveTurns,
  ) {}

  async run(tx: Tx, scope: Scope, id: MessageId, now: number): Promise<void> {
    const record = await this.store.lock(scope, tx, id);
    if (record === undefined) throw notFound();
    if (record.state !== 'approved') throw stateConflict(record.state, 'only an approved message can be dispatched');
    const state = this.trust.state();
    const verified = verifyRecord(state, record, now);
    const approvals = verifyApprovals(state, verified, await this.store.approvalsLocked(scope, tx, id), now);
    const { message, charter, roster, author } = verified;
    const permit = await this.permits.envelopeFor(tx, scope, message, now);
    const rule = ruleFor(roster.policy, policyFactsOf(message, charter.tier));
    const minimum = message.mode === 'test' ? 1 : minimumApprovals(charter, message.class);
    const given = approvals.map(({ signed }) => signed);
    const fault = rule === undefined ? 'REJ_POLICY' : judgeApprovals(rule, minimum, { person: author.person.id, alg: author.alg }, given);
    if (permit === undefined && fault !== undefined) throw refusalError({ code: fault });
    if (record.notAfter <= now) throw refusalError({ code: 'REJ_EXPIRED' });
    if (record.notBefore - AHEAD_MS > now) {
      await this.outbox.put(tx, MESSAGE_DUE, { id }, { delayMs: record.notBefore - AHEAD_MS - now });
      return;
    }
    await this.turns.take(tx, scope, { id, verified });
    if (!(await this.store.move(scope, tx, id, ['approved'], 'dispatched', now))) throw stateConflict(record.state, 'it changed meanwhile');
    if (permit === undefined && rule !== undefined) await this.late.owe(tx, scope, record, rule, given, now);
    await this.followers.release.released(tx, { id, verified, approvals: approvals.map(({ envelope }) => envelope), permit });
  }
}
