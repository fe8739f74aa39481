import type { Digest, Dispatch, KeyId, Message, Order, Tier } from '#libs/contracts';
import { bodyDurationMs, FROM_THE_START, openingMs, partsOf, soundsAloud, type Claim, type Item, type Resuming } from '#libs/domain';
import { stoppableOf, type Postponed, type VerifiedOrder } from '#libs/trust';

/** An order that this terminal has taken: admitted, its floors and journal on their way to the disk. */
export interface PlacedOrder {
  readonly dispatch: Dispatch;
  readonly message: Message;
  readonly messageDigest: Digest;
  /** Of the platform that issued it. */
  readonly tier: Tier;
  /** When persons said it, for a stop of everything before: its message's issue; of a correction its consent. District Unix ms. */
  readonly saidAt: number;
  /** Every key it stands on; one of them compromised voids it. */
  readonly keyIds: readonly KeyId[];
  readonly claim: Claim;
  /** False for a front-end drill: everything but amplifier and card. */
  readonly aloud: boolean;
  /** Where it goes on after a stop that was taken back; null for everything else. */
  readonly resumption: Resuming | null;
  /** Where it begins after the quiet hours that put it off. */
  readonly postponed: Postponed | null;
}

export function placedOrder(verified: VerifiedOrder, entering: Pick<PlacedOrder, 'resumption' | 'postponed'> = { resumption: null, postponed: null }): PlacedOrder {
  const { dispatch, keyIds } = verified;
  const { message, digest, charter } = verified.message;
  const claim: Claim = {
    mode: message.mode, class: message.class, tier: charter.tier, severity: message.severity, issuedAt: dispatch.issuedAt, dispatchId: dispatch.dispatchId,
  };
  return { dispatch, message, messageDigest: digest, tier: charter.tier, saidAt: stoppableOf(verified).issuedAt, keyIds, claim, aloud: soundsAloud(message.mode, message.drill), ...entering };
}

/** What is kept of it for a restart: the signed order itself, judged again when it is read back, and where it was put. */
export interface KeptOrder {
  readonly order: Order;
  readonly resumption: Resuming | null;
  readonly postponed: Postponed | null;
}

/** The order as the arbiter sees it; a resumption begins where it was stopped, what was put off after the quiet hours. */
export function itemOf({ claim, dispatch, message, resumption, postponed }: PlacedOrder): Item {
  return {
    claim, startAt: resumption?.startAt ?? postponed?.startAt ?? dispatch.startAt, notAfter: dispatch.notAfter, repeats: dispatch.repeats, bodyMs: bodyDurationMs(partsOf(message.body)),
    gapMs: message.gapMs, openingMs: openingMs(partsOf(message.body)), maxSoundMs: dispatch.maxDurationMs, whenPreempted: message.whenPreempted, live: 'live' in message.body,
    from: resumption === null ? { ...FROM_THE_START, repetition: postponed?.repetition ?? FROM_THE_START.repetition } : { repetition: resumption.repetition, fromMs: resumption.fromMs },
  };
}
