import { Inject, Injectable } from '@nestjs/common';
import type { Digest, MessageId, Mode, PlatformId, TerminalId } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import { verifyCorrection, type StandingMessage } from '#libs/trust';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import { Trust } from '../authority';
import { Terminals } from '../terminals';
import type { ApprovedMessage } from './followers';
import { LiveTurns } from './live-turns';
import { MESSAGE_STORE, type CorrectionRecord, type MessageListFilter, type MessageRecord, type MessageStore } from './message.store';
import { messageIn } from './message-view';
import { PermitDesk } from './permits/permit-desk';
import { altered, refusalError, stateConflict } from './refusals';
import { ReleaseMessage } from './release-message';
import { verifyApprovals, verifyRecord } from './verify-record';

/** A correction on the air, as the message that it became. */
export type StandingCorrection = Pick<CorrectionRecord, 'kind' | 'digest'> & { readonly id: MessageId };

/** What later features may do with messages: the door beside the API. */
@Injectable()
export class MessageAccess {
  constructor(
    @Inject(MESSAGE_STORE) private readonly store: MessageStore,
    private readonly trust: Trust,
    private readonly terminals: Terminals,
    private readonly releaseMessage: ReleaseMessage,
    private readonly permits: PermitDesk,
    private readonly turns: LiveTurns,
  ) {}

  lock(scope: Scope, tx: Tx, id: string): Promise<MessageRecord | undefined> {
    return this.store.lock(scope, tx, id);
  }

  /** Within `tx` when given. */
  find(scope: Scope, id: string, tx?: Tx): Promise<MessageRecord | undefined> {
    return this.store.find(scope, id, tx);
  }

  /** The mode of this platform's message of that digest; undefined when it has none. */
  modeOf(scope: Scope, platform: PlatformId, digest: Digest): Promise<Mode | undefined> {
    return this.store.modeOf(scope, platform, digest);
  }

  list(scope: Scope, filter: MessageListFilter): Promise<readonly MessageRecord[]> {
    return this.store.list(scope, filter);
  }

  /** The media that a message and what takes it back play, each once, from their signed bytes. */
  async mediaOf(scope: Scope, record: MessageRecord): Promise<readonly { readonly sha256: string; readonly bytes: number }[]> {
    const corrections = await this.store.corrections(scope, [record.id]);
    const segments = [record, ...corrections].flatMap((one) => { const message = messageIn(one); return message === undefined ? [] : filesOf(message.body); });
    return [...new Map(segments.map(({ sha256, bytes }) => [sha256, { sha256, bytes }])).values()];
  }

  /** The assigned terminals that a message speaks to. */
  async targetsOf(scope: Scope, record: MessageRecord): Promise<readonly TerminalId[]> {
    const charter = this.trust.state().charters.get(record.platform)?.value;
    const message = messageIn(record);
    if (charter === undefined || message === undefined) return [];
    const targeted = await this.terminals.targeted(scope, message.targets, charter.areas.map(({ id }) => id));
    return targeted.terminals.map(({ id }) => id);
  }

  release(tx: Tx, scope: Scope, id: MessageId, now: number): Promise<void> {
    return this.releaseMessage.run(tx, scope, id, now);
  }

  /** For one more dispatch: verifies everything again and has the message on the air again. The caller holds its lock. */
  async reopen(tx: Tx, scope: Scope, id: MessageId, now: number): Promise<ApprovedMessage> {
    const record = await this.store.lock(scope, tx, id);
    if (record === undefined || (record.state !== 'dispatched' && record.state !== 'completed')) {
      throw stateConflict(record?.state ?? 'gone', 'only a dispatched message can be dispatched again');
    }
    const approved = await this.approved(tx, scope, record, now);
    await this.store.move(scope, tx, id, ['completed'], 'dispatched', now);
    return approved;
  }

  /** What stopped, everywhere or at some while it ended at the rest, is on the air again: everything verified again. The caller holds its lock and has a stopper's consent. */
  async resume(tx: Tx, scope: Scope, record: MessageRecord, now: number): Promise<ApprovedMessage> {
    if (record.state !== 'dispatched' && record.state !== 'stopped' && record.state !== 'completed') throw stateConflict(record.state, 'only what was stopped on the air goes on');
    const approved = await this.approved(tx, scope, record, now);
    await this.store.move(scope, tx, record.id, ['stopped', 'completed'], 'dispatched', now);
    return approved;
  }

  /** What takes a message back, as it was handed in with it. */
  corrections(scope: Scope, id: MessageId, tx?: Tx): Promise<readonly CorrectionRecord[]> {
    return this.store.corrections(scope, [id], tx);
  }

  /** The message of these that each correction takes back, by the correction's digest. */
  originals(scope: Scope, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, MessageId>> {
    return this.store.originals(scope, digests);
  }

  /**
   * Puts a correction on the air as a message of its own, carried by the bytes of the message that lists it: whoever
   * signed that one may have left since. The caller holds that message's lock, has a stopper's consent, and stops what
   * still sounds or waits of it, for with this it has ended.
   */
  async give(tx: Tx, scope: Scope, record: MessageRecord, correction: CorrectionRecord, now: number): Promise<ApprovedMessage> {
    const verified = this.verifyCorrection(record, correction, now);
    const { message, digest } = verified;
    const inserted = await this.store.insert(scope, tx, {
      id: message.id, digest, platform: message.platform, author: message.author, class: message.class, mode: message.mode, envelope: correction.envelope,
      submittedAt: now, notBefore: message.notBefore, notAfter: message.notAfter, hold: false, sessionKey: null,
    });
    if (!inserted) throw stateConflict(record.state, 'this correction was given already');
    await this.store.move(scope, tx, message.id, ['submitted'], 'dispatched', now);
    await this.store.move(scope, tx, record.id, ['dispatched'], 'stopped', now);
    return { id: message.id, verified, approvals: [], permit: undefined };
  }

  /** A correction that a stop cut off is on the air again as the same message. The caller holds its original's lock and has a new consent. */
  async giveAgain(tx: Tx, scope: Scope, record: MessageRecord, correction: CorrectionRecord, given: MessageId, now: number): Promise<ApprovedMessage> {
    const verified = this.verifyCorrection(record, correction, now);
    const before = await this.store.lock(scope, tx, given);
    const moved = before?.state === 'dispatched' || await this.store.move(scope, tx, given, ['completed', 'stopped', 'expired'], 'dispatched', now);
    if (!moved) throw stateConflict(before?.state ?? 'gone', 'only a correction that was cut off is said again');
    return { id: given, verified, approvals: [], permit: undefined };
  }

  /** Other corrections of the same message that are on the air, which a word given later ends. */
  async standing(scope: Scope, corrections: readonly CorrectionRecord[], later: CorrectionRecord, tx?: Tx): Promise<readonly StandingCorrection[]> {
    const given = corrections.flatMap((one) => (one.digest === later.digest || one.given === null ? [] : [{ id: one.given.id, kind: one.kind, digest: one.digest }]));
    const standing = await Promise.all(given.map(async (one) => ((await (tx === undefined ? this.store.find(scope, one.id) : this.store.lock(scope, tx, one.id)))?.state === 'dispatched' ? [one] : [])));
    return standing.flat();
  }

  private verifyCorrection(record: MessageRecord, stored: CorrectionRecord, now: number): StandingMessage {
    const verified = verifyCorrection(this.trust.state(), stored.envelope, record.envelope, now);
    if (!verified.ok) throw refusalError(verified);
    const { correction, original } = verified.value;
    if (original.digest !== record.digest) throw altered('the signed bytes name another message');
    if (correction.digest !== stored.digest) throw altered('a correction is not what was signed');
    return correction;
  }

  private async approved(tx: Tx, scope: Scope, record: MessageRecord, now: number): Promise<ApprovedMessage> {
    const state = this.trust.state();
    const verified = verifyRecord(state, record, now);
    await this.turns.requireLasting(tx, scope, { id: record.id, verified });
    const approvals = verifyApprovals(state, verified, await this.store.approvalsLocked(scope, tx, record.id), now);
    return { id: record.id, verified, approvals: approvals.map(({ envelope }) => envelope), permit: await this.permits.envelopeFor(tx, scope, verified.message, now) };
  }

  /** True when the message was on the air and now is over. */
  complete(tx: Tx, scope: Scope, id: MessageId, now: number, end: 'completed' | 'stopped' | 'expired' = 'completed'): Promise<boolean> {
    return this.store.move(scope, tx, id, ['dispatched'], end, now);
  }

  /** Ends every message of these digests that is not over yet, whoever's it is; returns them. */
  stop(tx: Tx, scope: Scope, digests: readonly string[], now: number): Promise<readonly MessageRecord[]> {
    return this.store.moveByDigest(scope, tx, digests, ['submitted', 'approved', 'dispatched'], 'stopped', now);
  }
}
