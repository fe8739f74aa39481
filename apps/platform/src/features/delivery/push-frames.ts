import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import {
  digestSchema, dispatchIdSchema, envelopeSchema, messageIdSchema, orderSchema, platformIdSchema, stopIdSchema, terminalIdSchema, unixMsSchema,
  type DispatchId, type TerminalId,
} from '#libs/contracts';
import { MAX_PUSHES } from '#libs/domain';
import { GATEWAY, type Gateway } from '../../internal/gateway-client';
import { writeStopFile } from '../../internal/stop-file';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import { OutboxWorker, URGENT } from '../../kernel/outbox';
import { CLOCK, CONFIG } from '../../kernel/tokens';
import { serverScope } from '../access';
import { DOCUMENT_PUSH } from '../authority';
import { DISPATCH_PLACED, STOP_PLACED } from '../dispatch';
import { Media, SOUND_MADE } from '../media';
import { MESSAGE_SUBMITTED, MessageAccess } from '../messages';
import { Terminals } from '../terminals';
import { DELIVERY_STORE, type DeliveryStore } from './delivery.store';
import { ISOLATE_PLACED, RESTRICTION_PLACED } from './events';
import { Isolates } from './isolates';
import { Restrictions } from './restrictions';

/** An online terminal that has not acknowledged within this time is told once more. */
const UNANSWERED_MS = 3_000;

const placedSchema = z.object({ dispatchId: dispatchIdSchema });
const submittedSchema = z.object({ id: messageIdSchema });
const soundSchema = z.object({ sha256: digestSchema, bytes: z.int() });
const documentSchema = z.object({ platform: platformIdSchema, terminals: z.array(terminalIdSchema).nullable(), documents: z.array(envelopeSchema) });
const isolateSchema = z.object({ isolate: envelopeSchema });
const restrictionSchema = z.object({ restriction: envelopeSchema });
const stopSchema = z.object({ stopId: stopIdSchema, stop: envelopeSchema, notAfter: unixMsSchema, by: z.string() });

/**
 * Carries outbox rows to the gateway: orders, documents, stops, isolates, restrictions, and what to fetch ahead. A push is a hint; whoever
 * misses it learns everything at its next exchange, so a row is done when the gateway took it. Terminals
 * know a second copy when they see it.
 */
@Injectable()
export class PushFrames implements OnModuleInit {
  private readonly scope = serverScope('pushes to terminals');

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    @Inject(GATEWAY) private readonly gateway: Gateway,
    private readonly worker: OutboxWorker,
    private readonly terminals: Terminals,
    private readonly messages: MessageAccess,
    private readonly media: Media,
    private readonly isolates: Isolates,
    private readonly restrictions: Restrictions,
  ) {}

  onModuleInit(): void {
    this.worker.handle(DISPATCH_PLACED, (payload) => this.order(placedSchema.parse(payload).dispatchId), URGENT);
    this.worker.handle(STOP_PLACED, (payload) => this.stop(stopSchema.parse(payload)), URGENT);
    this.worker.handle(ISOLATE_PLACED, (payload) => this.isolate(isolateSchema.parse(payload).isolate), URGENT);
    this.worker.handle(RESTRICTION_PLACED, (payload) => this.restriction(restrictionSchema.parse(payload).restriction), URGENT);
    this.worker.handle(DOCUMENT_PUSH, (payload) => this.documents(documentSchema.parse(payload)));
    this.worker.handle(MESSAGE_SUBMITTED, (payload) => this.ahead(submittedSchema.parse(payload).id));
    this.worker.handle(SOUND_MADE, (payload) => this.sound(soundSchema.parse(payload)));
  }

  /** One frame to every terminal whose delivery waits, offline ones included: the gateway knows who is there. */
  private async order(id: DispatchId): Promise<void> {
    await this.pushOrder(id, await this.store.queued(this.scope, id));
  }

  private async pushOrder(id: DispatchId, terminals: readonly TerminalId[]): Promise<void> {
    const dispatch = await this.store.dispatchInForce(this.scope, id);
    if (dispatch === undefined || terminals.length === 0 || dispatch.notAfter <= this.clock.now()) return;
    const order = orderSchema.parse(JSON.parse(dispatch.orderText));
    const written = await this.gateway.push(terminals, { kind: 'order', order });
    if (written.length > 0) await this.store.markPushed(this.scope, id, written, Math.trunc(this.clock.now()));
  }

  /** Online terminals that did not acknowledge get the order again, three times in all. */
  async pushAgain(): Promise<void> {
    const now = Math.trunc(this.clock.now());
    const online = this.terminals.onlineIds(this.scope);
    const waiting = (await this.store.unanswered(this.scope, { now, before: now - UNANSWERED_MS, mostPushes: MAX_PUSHES }))
      .filter(({ terminal }) => online.has(terminal));
    for (const id of new Set(waiting.map(({ dispatchId }) => dispatchId))) {
      await this.pushOrder(id, waiting.filter(({ dispatchId }) => dispatchId === id).map(({ terminal }) => terminal));
    }
  }

  private async stop({ stopId, stop, notAfter, by }: z.output<typeof stopSchema>): Promise<void> {
    // The file first: with it the gateway tells whoever comes later, even while this server is down.
    await writeStopFile(this.config.dataDir, stopId, { stop, notAfter, receivedAt: Math.trunc(this.clock.now()), by });
    await this.gateway.stop(stop, notAfter);
  }

  /** To the terminals that it closes; whoever is away learns of it at the next exchange. */
  private async isolate(isolate: z.output<typeof envelopeSchema>): Promise<void> {
    const standing = (await this.isolates.inForce(Math.trunc(this.clock.now()))).find(({ envelope }) => envelope.payload === isolate.payload);
    if (standing === undefined) return;
    const terminals = await this.isolates.terminalsOf(standing.verified);
    if (terminals.length > 0) await this.gateway.push(terminals, { kind: 'isolate', isolate: standing.envelope });
  }

  private async restriction(restriction: z.output<typeof envelopeSchema>): Promise<void> {
    const standing = (await this.restrictions.notOver(Math.trunc(this.clock.now()))).find(({ envelope }) => envelope.payload === restriction.payload);
    if (standing === undefined) return;
    const terminals = await this.restrictions.terminalsOf(standing.verified);
    if (terminals.length > 0) await this.gateway.push(terminals, { kind: 'restriction', restriction: standing.envelope });
  }

  private async documents({ platform, terminals, documents }: z.output<typeof documentSchema>): Promise<void> {
    const online = this.terminals.onlineIds(this.scope);
    const named = (terminals ?? [...online].filter((terminal) => this.terminals.lineageOf(terminal).includes(platform))).filter((terminal) => online.has(terminal));
    if (named.length === 0) return;
    for (const document of documents) await this.gateway.push(named, { kind: 'document', document });
  }

  /** From submit on the audio may be fetched: bytes are not authority (design 3). */
  private async ahead(id: string): Promise<void> {
    const record = await this.messages.find(this.scope, id);
    if (record === undefined || record.notAfter <= this.clock.now()) return;
    const wanted = await this.messages.targetsOf(this.scope, record);
    const media = await this.messages.mediaOf(this.scope, record);
    if (wanted.length > 0) await this.gateway.push(wanted, { kind: 'prefetch', media: media.map(({ sha256, bytes }) => ({ sha256: digestSchema.parse(sha256), bytes })) });
  }

  private async sound(sound: z.output<typeof soundSchema>): Promise<void> {
    await this.gateway.push(null, { kind: 'prefetch', media: [sound] });
  }

  /** Siren, chimes and phrases for terminals that just came. */
  async pushStock(terminals: readonly TerminalId[]): Promise<void> {
    const media = this.media.stock().map(({ sha256, bytes }) => ({ sha256: digestSchema.parse(sha256), bytes }));
    if (terminals.length > 0 && media.length > 0) await this.gateway.push(terminals, { kind: 'prefetch', media });
  }
}
