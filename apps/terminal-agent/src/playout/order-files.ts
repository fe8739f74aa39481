import { z } from 'zod';
import { dispatchSchema, keyIdSchema, messageSchema, orderSchema, tierSchema, type DispatchId } from '#libs/contracts';
import { soundsAloud } from '#libs/domain';
import { fromBase64, unverifiedPayload } from '#libs/envelope';
import { digestSchema } from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import type { Disk } from '../hardware/disk';
import type { KeptOrder, PlacedOrder } from './placed-order';

/**
 * Files `order.<dispatchId>`: each order that may still sound, so that its next repetition plays at its time after a
 * power cut and without a link. It was judged when it was taken; the checksum of the disk says that it is the same.
 */
const keptSchema = z.strictObject({
  order: orderSchema, tier: tierSchema, keyIds: z.array(keyIdSchema),
  /** Absent in files of before corrections. */
  saidAt: z.number().optional(),
  /** Absent in files of before resumption. */
  resumption: z.strictObject({ repetition: z.int().min(1), fromMs: z.number().min(0), startAt: z.number(), timetableStartAt: z.number() }).nullable().default(null),
  /** Absent in files of before quiet hours put off. */
  postponed: z.strictObject({ repetition: z.int().min(1), startAt: z.number() }).nullable().default(null),
});

export class OrderFiles {
  constructor(private readonly disk: Disk) {}

  keep(dispatchId: DispatchId, kept: KeptOrder): Promise<void> {
    return this.disk.writeDurably(nameOf(dispatchId), new TextEncoder().encode(JSON.stringify(kept)));
  }

  async remove(dispatchId: DispatchId): Promise<void> {
    await this.disk.remove(nameOf(dispatchId)).catch(() => undefined);
  }

  /** The order as it was taken, or null when the file is lost or is not what it was. */
  async load(dispatchId: DispatchId): Promise<PlacedOrder | null> {
    const read = await this.disk.read(nameOf(dispatchId));
    if (read.kind !== 'whole') return null;
    const kept = keptSchema.safeParse(jsonOf(read.bytes));
    if (!kept.success) return null;
    const { order, tier, keyIds, saidAt, resumption, postponed } = kept.data;
    const dispatch = dispatchSchema.safeParse(unverifiedPayload(order.dispatch));
    const message = messageSchema.safeParse(unverifiedPayload(order.message));
    if (!dispatch.success || !message.success || dispatch.data.dispatchId !== dispatchId) return null;
    const messageDigest = digestSchema.parse(sha256Hex(fromBase64(order.message.payload) ?? new Uint8Array()));
    if (messageDigest !== dispatch.data.messageDigest) return null;
    const { mode, class: messageClass, severity } = message.data;
    return {
      dispatch: dispatch.data, message: message.data, messageDigest, tier, saidAt: saidAt ?? message.data.issuedAt, keyIds,
      claim: { mode, class: messageClass, tier, severity, issuedAt: dispatch.data.issuedAt, dispatchId },
      aloud: soundsAloud(mode, message.data.drill), resumption, postponed,
    };
  }
}

function nameOf(dispatchId: DispatchId): string {
  return `order.${dispatchId}`;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
