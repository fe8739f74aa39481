import { Inject, Injectable } from '@nestjs/common';
import { digestSchema, dispatchIdSchema, envelopeSchema, type Dispatch, type Order, type Targets } from '#libs/contracts';
import { messageDurationMs } from '#libs/domain';
import { encodePayload } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import { judgeOrder, lineageOf, versionsFor } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Tx } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import { Leaves } from '../../kernel/leaf';
import { Outbox } from '../../kernel/outbox';
import { CLOCK, CONFIG } from '../../kernel/tokens';
import { serverScope } from '../access';
import { Beacons, ServerKeys, Trust } from '../authority';
import { payloadDigest, refusalError, type ApprovedMessage } from '../messages';
import { Terminals } from '../terminals';
import { DISPATCH_STORE, type DispatchStore } from './dispatch.store';
import { DISPATCH_PLACED, type DispatchPlaced } from './events';

/**
 * Binds an approved message to a sequence number, targets and a start, signed by the platform's dispatcher, with one
 * delivery row per terminal, all in the caller's transaction. What it made is judged by the terminals' own rule before
 * it is kept: nothing leaves that a terminal would refuse. Refuses with TARGET_EMPTY and REJ_*.
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
    private readonly terminals: Terminals,
    private readonly leaves: Leaves,
    private readonly outbox: Outbox,
  ) {}

  /** `targets` narrows the message's own, for a second dispatch to single terminals. */
  async run(tx: Tx, { id, verified, approvals }: ApprovedMessage, targets: Targets = verified.message.targets): Promise<Dispatch> {
    const { message, digest, charter } = verified;
    const targeted = await this.terminals.targeted(this.scope, targets, charter.areas.map((area) => area.id));
    if (targeted.terminals.length === 0) throw userError('TARGET_EMPTY', 'No assigned terminal stands where this message speaks to.');
    const state = this.trust.state();
    const epoch = await this.beacons.epochOf(message.platform);
    const seq = await this.store.nextSeq(this.scope, tx, message.platform, epoch);
    const now = Math.trunc(this.clock.now());
    const dispatch: Dispatch = {
      dispatchId: dispatchIdSchema.parse(this.clock.uuid()),
      platform: message.platform,
      messageDigest: digest,
      approvals: approvals.map((envelope) => digestSchema.parse(payloadDigest(envelope))).sort(),
      epoch,
      seq,
      targets: { ...targets, heard: null },
      notBefore: message.notBefore,
      notAfter: message.notAfter,
      startAt: Math.max(now + this.config.startLeadMs, message.notBefore),
      repeats: message.repeats,
      maxDurationMs: messageDurationMs(message),
      issuedAt: now,
      minVersions: versionsFor(state, lineageOf(state, message.platform)),
      resumes: null,
      consent: null,
    };
    const payload = encodePayload(dispatch);
    const envelope = await signEnvelope('dispatch', payload, [this.keys.dispatcherOf(message.platform)]);
    const order: Order = {
      dispatch: envelopeSchema.parse(envelope),
      message: envelopeSchema.parse(verified.envelope),
      approvals: approvals.map((approval) => envelopeSchema.parse(approval)),
    };
    const judged = judgeOrder(state, order, now);
    if (!judged.ok) throw refusalError(judged);
    const payloadName = digestSchema.parse(sha256Hex(payload));
    await this.store.insert(this.scope, tx, { message: id, dispatch, payloadDigest: payloadName, orderText: JSON.stringify(order) },
      targeted.terminals.map((terminal) => ({ terminal: terminal.id, platform: terminal.platform, online: terminal.online })));
    await this.leaves.insert(tx, {
      platform: message.platform, kind: 'dispatch.placed', subject: id,
      facts: { dispatchId: dispatch.dispatchId, dispatch: payloadName, messageDigest: digest, epoch, seq, startAt: dispatch.startAt, terminals: targeted.terminals.length },
    });
    const placed: DispatchPlaced = { dispatchId: dispatch.dispatchId };
    await this.outbox.put(tx, DISPATCH_PLACED, { ...placed });
    return dispatch;
  }
}
