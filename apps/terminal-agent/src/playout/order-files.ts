import { z } from 'zod';
import { orderSchema, type DispatchId } from '#libs/contracts';
import { judgeKept, type TerminalAssignment, type TrustState } from '#libs/trust';
import type { Disk } from '../hardware/disk';
import { placedOrder, type KeptOrder, type PlacedOrder } from './placed-order';

/**
 * Files `order.<dispatchId>`: each order that may still sound, so that its next repetition plays at its time after a
 * power cut and without a link. What stands in files of before, concluded from the order, is passed over.
 */
const keptSchema = z.object({
  order: orderSchema,
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

  /**
   * The order as it was taken, or null when the file is lost or is nobody's word: a disk can be written on by others than
   * this program, so every signature is verified anew (`judgeKept`), and a terminal that stands nowhere plays nothing.
   */
  async load(dispatchId: DispatchId, { trust, assignment }: { readonly trust: TrustState; readonly assignment: TerminalAssignment | null }): Promise<PlacedOrder | null> {
    const read = await this.disk.read(nameOf(dispatchId));
    const kept = read.kind === 'whole' ? keptSchema.safeParse(jsonOf(read.bytes)) : undefined;
    if (kept?.success !== true || assignment === null) return null;
    const { order, resumption, postponed } = kept.data;
    const judged = judgeKept(trust, order, assignment);
    return judged.ok && judged.value.dispatch.dispatchId === dispatchId ? placedOrder(judged.value, { resumption, postponed }) : null;
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
