import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '../clock';
import { notify } from '../database/notifications';
import type { Tx } from '../database/tx';
import { CLOCK } from '../tokens';

/** The channel on which workers are woken; the payload is the topic. */
export const OUTBOX_CHANNEL = 'outbox';

/** JSON that goes through the database unchanged: contracts parse it again on the other side. */
export type OutboxPayload = Readonly<Record<string, unknown>>;

/**
 * What has to follow a change, written in the change's own transaction: it happens if and only if that commits,
 * at least once, however often processes die. Topics are "<feature>.<fact>" ("dispatch.placed").
 */
@Injectable()
export class Outbox {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** Returns the row's id, which a handler gets too: the natural key for doing things once. */
  async put(tx: Tx, topic: string, payload: OutboxPayload, options: { readonly delayMs?: number } = {}): Promise<string> {
    const id = this.clock.uuid();
    await tx.execute(
      "INSERT INTO outbox (id, topic, payload, due_at) VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond')",
      [id, topic, JSON.stringify(payload), options.delayMs ?? 0],
    );
    await notify(tx, OUTBOX_CHANNEL, topic);
    return id;
  }
}
