import type { Digest, Dispatch, KeyId, Message, Order, Tier } from '#libs/contracts';
import { bodyDurationMs, repetitionOffsetMs, soundsAloud, type Claim, type Resuming } from '#libs/domain';
import type { VerifiedOrder } from '#libs/trust';

/** An order that this terminal has taken: admitted, its floors and journal on their way to the disk. */
export interface PlacedOrder {
  readonly dispatch: Dispatch;
  readonly message: Message;
  readonly messageDigest: Digest;
  /** Of the platform that issued it. */
  readonly tier: Tier;
  /** Every key it stands on; one of them compromised voids it. */
  readonly keyIds: readonly KeyId[];
  readonly claim: Claim;
  /** False for a front-end drill: everything but amplifier and card. */
  readonly aloud: boolean;
  /** Where it goes on after a stop that was taken back; null for everything else. */
  readonly resumption: Resuming | null;
}

export function placedOrder(verified: VerifiedOrder, resumption: Resuming | null = null): PlacedOrder {
  const { dispatch, keyIds } = verified;
  const { message, digest, charter } = verified.message;
  const claim: Claim = {
    mode: message.mode, class: message.class, tier: charter.tier, severity: message.severity, issuedAt: dispatch.issuedAt, dispatchId: dispatch.dispatchId,
  };
  return { dispatch, message, messageDigest: digest, tier: charter.tier, keyIds, claim, aloud: soundsAloud(message.mode, message.drill), resumption };
}

/** What the journal keeps of it for a restart: the signed order itself and what was concluded from it. */
export interface KeptOrder {
  readonly order: Order;
  readonly tier: Tier;
  readonly keyIds: readonly KeyId[];
  readonly resumption: Resuming | null;
}

/** When a repetition's first sample is due, district Unix ms. */
export function dueAt({ dispatch, message }: PlacedOrder, repetition: number): number {
  return dispatch.startAt + repetitionOffsetMs(message, repetition);
}

/** When the last repetition ends that starts at its own time. */
export function lastEndAt(order: PlacedOrder): number {
  return dueAt(order, order.dispatch.repeats) + bodyDurationMs(order.message.body.segments);
}
