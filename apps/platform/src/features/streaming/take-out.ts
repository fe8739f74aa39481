import { Inject, Injectable } from '@nestjs/common';
import { dispatchSchema, envelopeSchema, orderSchema, streamIdSchema, type LiveEvidence, type Order } from '#libs/contracts';
import { unverifiedPayload } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { lineageOf } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Transactions } from '../../kernel/database';
import { userError, type ClarionError } from '../../kernel/errors';
import { Leaves } from '../../kernel/leaf';
import { CLOCK, CONFIG, TRANSACTIONS } from '../../kernel/tokens';
import { scopeOf, serverScope, type Principal } from '../access';
import { SecurityEvents } from '../audit';
import { ProvingDocuments, Trust } from '../authority';
import { DELIVERY_STORE, type DeliveryStore } from '../delivery';
import { MessageAccess } from '../messages';
import { BeginVoice } from './begin-voice';
import { LIVE_STORE, type LiveSession, type LiveStore } from './live.store';
import { SoundWorkshop } from './sound-workshop';
import { readRecord } from './voice-record';

/** Takes a recorded voice out of the server, for its own area: as sound, as the signed blocks, or as what proves them. Each leaves a leaf. */
@Injectable()
export class TakeOut {
  private readonly everywhere = serverScope('proves living voices');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(LIVE_STORE) private readonly store: LiveStore,
    @Inject(DELIVERY_STORE) private readonly deliveries: DeliveryStore,
    private readonly messages: MessageAccess,
    private readonly beginVoice: BeginVoice,
    private readonly workshop: SoundWorkshop,
    private readonly trust: Trust,
    private readonly proving: ProvingDocuments,
    private readonly events: SecurityEvents,
    private readonly leaves: Leaves,
  ) {}

  /** Every block on record at this moment, each behind its length. */
  async blocks(principal: Principal, id: string): Promise<Uint8Array> {
    const session = await this.find(principal, id);
    const bytes = await this.recordOf(session);
    await this.said(principal, session, 'blocks', bytes);
    return bytes;
  }

  /** Ogg Opus of the packets as they were signed. Refuses LIVE_RECORD_ALTERED where one block is not its grant's. */
  async sound(principal: Principal, id: string): Promise<Uint8Array> {
    const session = await this.find(principal, id);
    const record = await this.messages.find(scopeOf(principal), session.message);
    const facts = record === undefined || session.begun === null ? undefined : await this.beginVoice.factsOf(record, session.begun);
    if (facts === undefined) throw notThere();
    const bytes = await this.recordOf(session);
    const sound = await this.workshop.make(facts.grant, bytes);
    if (!sound.ok) {
      await this.events.recordAlone({ platform: session.platform, terminal: null, at: Math.trunc(this.clock.now()), kind: 'audit-fault', code: sound.code, subject: session.digest, keyIds: [] });
      throw userError('LIVE_RECORD_ALTERED', `The record of this voice is not what was signed (${sound.code}).`, { status: 409 });
    }
    await this.said(principal, session, 'recording', bytes);
    return sound.bytes;
  }

  async evidence(principal: Principal, id: string): Promise<LiveEvidence> {
    const session = await this.find(principal, id);
    const order = await this.orderOf(session);
    const { minVersions } = dispatchSchema.parse(unverifiedPayload(order.dispatch));
    const { root, documents } = await this.proving.of(lineageOf(this.trust.state(), session.platform), minVersions);
    await this.said(principal, session, 'evidence', new Uint8Array());
    return { stream: session.stream, order, root: envelopeSchema.parse(root), documents: documents.map((document) => envelopeSchema.parse(document)) };
  }

  /** Of a voice that has begun, in the caller's area. */
  async find(principal: Principal, id: string): Promise<LiveSession> {
    const stream = streamIdSchema.safeParse(id);
    const session = stream.success ? await this.store.find(scopeOf(principal), stream.data) : undefined;
    if (session === undefined || session.begun === null) throw notThere();
    return session;
  }

  private async orderOf({ begun }: LiveSession): Promise<Order> {
    const dispatch = begun === null ? undefined : await this.deliveries.dispatchInForce(this.everywhere, begun.dispatch);
    if (dispatch === undefined) throw notThere();
    return orderSchema.parse(JSON.parse(dispatch.orderText));
  }

  private async recordOf({ stream }: LiveSession): Promise<Uint8Array> {
    const bytes = await readRecord(this.config.dataDir, stream);
    if (bytes === undefined || bytes.length === 0) throw userError('LIVE_EMPTY', 'Nothing was said, or its record is on another server.', { status: 404 });
    return bytes;
  }

  private async said({ person }: Principal, { platform, message, stream }: LiveSession, what: string, bytes: Uint8Array): Promise<void> {
    await this.transactions.run(async (tx) => {
      await this.leaves.insert(tx, { platform, kind: 'live.exported', subject: message, facts: { stream, what, by: person, sha256: bytes.length === 0 ? null : sha256Hex(bytes) } });
    });
  }
}

function notThere(): ClarionError {
  return userError('NOT_FOUND', 'There is no such voice, or it is not yours to hear.', { status: 404 });
}
