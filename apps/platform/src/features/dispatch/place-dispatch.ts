import { Inject, Injectable } from '@nestjs/common';
import { digestSchema, dispatchIdSchema, envelopeSchema, permitSchema, type Dispatch, type Order, type StopId, type Targets, type TerminalId } from '#libs/contracts';
import { leastSeq, messageDurationMs, permitUntil } from '#libs/domain';
import { encodePayload, unverifiedPayload, type Envelope } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import { judgeOrder, lineageOf, versionsFor, type StandingMessage, type VerifiedConsent } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Tx } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import { Leaves } from '../../kernel/leaf';
import { Outbox } from '../../kernel/outbox';
import { CLOCK, CONFIG } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Beacons, History, ServerKeys, Trust } from '../authority';
import { payloadDigest, refusalError, type ApprovedMessage } from '../messages';
import { Terminals } from '../terminals';
import { DISPATCH_STORE, type DispatchStore } from './dispatch.store';
import { DISPATCH_PLACED, type DispatchPlaced } from './events';

/** What a dispatch is besides the ordinary first one. */
export interface Placing {
  /** Narrower than the message's own, for a second dispatch to single terminals. */
  readonly targets?: Targets;
  /** Deliveries to these alone; the others are not told, and would refuse it by themselves. */
  readonly only?: readonly TerminalId[];
  /** A stopper's word: to say this message as a correction of `original`, or to go on after the stop `resumes`. */
  readonly by?: { readonly envelope: Envelope; readonly consent: VerifiedConsent } & ({ readonly original: Pick<StandingMessage, 'digest' | 'envelope'> } | { readonly resumes: StopId });
}

/**
 * Binds an approved message to a sequence number, targets and a start, signed by the platform's dispatcher, with one
 * delivery row per terminal, all in the caller's transaction. What it made is judged by the terminals' own rule before
 * it is kept: nothing leaves that a terminal would refuse. Refuses with TARGET_EMPTY, REJ_* and DATABASE_DOUBTFUL.
 */
@Injectable()
export class PlaceDispatch {
  private readonly scope = serverScope('places dispatches');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(DISPATCH_STORE) private readonly store: DispatchStore,
    private readonly trust: Trust,
    private readonly keys: ServerKeys,
    private readonly beacons: Beacons,
    private readonly history: History,
    private readonly terminals: Terminals,
    private readonly leaves: Leaves,
    private readonly outbox: Outbox,
  ) {}

  async run(tx: Tx, { id, verified, approvals, permit }: ApprovedMessage, { targets = verified.message.targets, only, by }: Placing = {}): Promise<Dispatch> {
    await this.history.requireWhole(tx);
    const { message, digest, charter } = verified;
    const targeted = await this.terminals.targeted(this.scope, targets, charter.areas.map((area) => area.id));
    if (targeted.terminals.length === 0) throw userError('TARGET_EMPTY', 'No assigned terminal stands where this message speaks to.');
    const original = by !== undefined && 'original' in by ? by.original : undefined;
    const chosen = only === undefined ? undefined : new Set(only);
    // A drill on the platforms alone goes the whole way but the last step.
    const told = message.drill?.kind === 'platform' ? [] : targeted.terminals.filter((terminal) => chosen?.has(terminal.id) ?? true);
    const state = this.trust.state();
    const epoch = await this.beacons.epochOf(message.platform, tx);
    // Read once the number's row is ours: whoever waited for it must not sign an old start.
    const seq = await this.store.nextSeq(this.scope, tx, message.platform, epoch, leastSeq(this.clock.now()));
    const now = Math.trunc(this.clock.now());
    const startAt = Math.max(now + this.config.startLeadMs, message.notBefore);
    const dispatch: Dispatch = {
      dispatchId: dispatchIdSchema.parse(this.clock.uuid()),
      platform: message.platform,
      messageDigest: digest,
      approvals: approvals.map((envelope) => digestSchema.parse(payloadDigest(envelope))).sort(),
      epoch,
      seq,
      targets: { ...targets, heard: original?.digest ?? null },
      notBefore: message.notBefore,
      notAfter: permit === undefined ? message.notAfter : permitUntil(permitSchema.parse(unverifiedPayload(permit)), message, startAt),
      startAt,
      repeats: message.repeats,
      maxDurationMs: messageDurationMs(message),
      issuedAt: now,
      minVersions: versionsFor(state, lineageOf(state, message.platform)),
      resumes: by !== undefined && 'resumes' in by ? by.resumes : null,
      consent: by?.consent.digest ?? null,
      ...(permit === undefined ? {} : { permit: digestSchema.parse(payloadDigest(permit)) }),
    };
    const payload = encodePayload(dispatch);
    const envelope = await signEnvelope('dispatch', payload, [this.keys.dispatcherOf(message.platform)]);
    const order: Order = {
      dispatch: envelopeSchema.parse(envelope),
      message: envelopeSchema.parse(verified.envelope),
      approvals: approvals.map((approval) => envelopeSchema.parse(approval)),
      ...(original === undefined ? {} : { original: envelopeSchema.parse(original.envelope) }),
      ...(by === undefined ? {} : { consent: envelopeSchema.parse(by.envelope) }),
      ...(permit === undefined ? {} : { permit: envelopeSchema.parse(permit) }),
    };
    const judged = judgeOrder(state, order, now);
    if (!judged.ok) throw refusalError(judged);
    const payloadName = digestSchema.parse(sha256Hex(payload));
    await this.store.insert(this.scope, tx, { message: id, dispatch, payloadDigest: payloadName, orderText: JSON.stringify(order) },
      told.map((terminal) => ({ terminal: terminal.id, platform: terminal.platform, online: terminal.online })));
    await this.leaves.insert(tx, {
      platform: message.platform, kind: 'dispatch.placed', subject: id,
      facts: { dispatchId: dispatch.dispatchId, dispatch: payloadName, messageDigest: digest, epoch, seq, startAt: dispatch.startAt, terminals: told.length, consent: dispatch.consent, resumes: dispatch.resumes, permit: dispatch.permit ?? null, ...(judged.value.message.inGrace ? { inGrace: true } : {}) },
    });
    const placed: DispatchPlaced = { dispatchId: dispatch.dispatchId };
    if (told.length > 0) await this.outbox.put(tx, DISPATCH_PLACED, { ...placed });
    return dispatch;
  }
}
