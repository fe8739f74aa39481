import { Inject, Injectable } from '@nestjs/common';
import { envelopeSchema, receiptViewSchema, type DeliveryView } from '#libs/contracts';
import { isHeld } from '#libs/domain';
import type { z } from 'zod';
import type { Scope } from '../../kernel/scope';
import { isMessageId, MessageAccess, messageIn, notFound, type MessageRecord } from '../messages';
import { Terminals } from '../terminals';
import { DELIVERY_STORE, type DeliveryStore } from './delivery.store';

export type ReceiptView = z.infer<typeof receiptViewSchema>;
const MOST_RECEIPTS = 5_000;

/** What became of a message and of its corrections at each terminal, and the signed receipts that say so. */
@Injectable()
export class ReadDeliveries {
  constructor(
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    private readonly messages: MessageAccess,
    private readonly terminals: Terminals,
  ) {}

  async deliveries(scope: Scope, id: string): Promise<readonly DeliveryView[]> {
    const record = await this.message(scope, id);
    const corrections = (await this.messages.corrections(scope, record.id)).flatMap(({ kind, given }) => (given === null ? [] : [{ message: given.id, corrects: kind }]));
    const message = messageIn(record);
    const held = message !== undefined && isHeld(message.body) ? { held: true as const } : {};
    const parts = [{ message: record.id, corrects: message?.corrects ?? null }, ...corrections];
    const rows = await Promise.all(parts.map(async ({ message: part, corrects }) => (await this.store.list(scope, part)).map((row) => ({ ...row, corrects }))));
    return rows.flat().map((row) => ({
      dispatchId: row.dispatchId, terminal: row.terminal, name: this.terminals.nameOf(row.terminal) ?? row.terminal, platform: row.platform, state: row.state,
      reason: row.reason, refusal: row.refusal, repetition: row.repetition, onlineAtDispatch: row.onlineAtDispatch,
      sentAt: row.sentAt, ackedAt: row.ackedAt, audibleAt: row.audibleAt, doneAt: row.doneAt, receivedAt: row.receivedAt, corrects: row.corrects,
      resumed: row.resumed, superseded: row.superseded, voice: row.voice === null ? null : { ...row.voice, ...held },
    }));
  }

  async receipts(scope: Scope, filter: { readonly message?: string | undefined; readonly terminal?: string | undefined }): Promise<readonly ReceiptView[]> {
    const record = filter.message === undefined ? undefined : await this.message(scope, filter.message);
    const rows = await this.store.receipts(scope, { messageDigest: record?.digest ?? null, terminal: filter.terminal ?? null, count: MOST_RECEIPTS });
    return rows.flatMap((row) => {
      const envelope = envelopeSchema.safeParse(row.envelope);
      return envelope.success ? [{ ...row, envelope: envelope.data }] : [];
    });
  }

  private async message(scope: Scope, id: string): Promise<MessageRecord> {
    const record = isMessageId(id) ? await this.messages.find(scope, id) : undefined;
    if (record === undefined) throw notFound();
    return record;
  }
}
