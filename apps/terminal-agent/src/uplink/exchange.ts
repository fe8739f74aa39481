import { LIMITS, nonceSchema, type ExchangeRequest } from '#libs/contracts';
import { toHex } from '#libs/envelope';
import type { Chance, Clock, Timer } from '../clock';

/** Each exchange comes up to this much earlier or later, as a share of its period. */
const JITTER = 0.1;
/** Asking out of turn: at most this often. */
const SOONEST_MS = 1_000;
const NONCE_BYTES = 16;
/** Time is asked for anew this often: a delayed stream of old beacons must not hold a unit back for days. */
const FRESH_EVERY_MS = 6 * 3_600_000;

/**
 * When to exchange: at once on a new connection, every 30 s, and out of turn when something is missing. Keeps the nonce
 * that a beacon must echo before time is believed (design 4 "Beacon").
 */
export class ExchangeTiming {
  private timer: Timer | undefined;
  private early: Timer | undefined;
  private lastSentAt = -Infinity;
  private open = false;
  private asked: { readonly nonce: string; readonly at: number } | undefined;
  private wantsNonce = true;
  private freshAt = -Infinity;

  constructor(
    private readonly clock: Clock, private readonly chance: Chance,
    private readonly send: (nonce: ExchangeRequest['nonce']) => void,
  ) {}

  linkUp(): void {
    this.open = true;
    this.exchange();
  }

  linkDown(): void {
    this.open = false;
    this.timer?.cancel();
    this.early?.cancel();
    this.early = undefined;
  }

  /** Something is missing that an exchange would bring. */
  soon(): void {
    if (!this.open || this.early !== undefined) return;
    const wait = Math.max(0, this.lastSentAt + SOONEST_MS - this.clock.monotonicMs());
    this.early = this.clock.setTimer(wait, () => {
      this.early = undefined;
      this.exchange();
    });
  }

  /** From now on a nonce goes out with every exchange until a beacon has echoed one. */
  askFreshTime(): void {
    this.wantsNonce = true;
  }

  /** The monotonic ms at which this nonce was sent, if it is the one last sent; it counts once. */
  answered(nonce: string): number | undefined {
    const { asked } = this;
    if (asked === undefined || asked.nonce !== nonce) return undefined;
    this.asked = undefined;
    this.wantsNonce = false;
    this.freshAt = this.clock.monotonicMs();
    return asked.at;
  }

  private exchange(): void {
    this.timer?.cancel();
    if (!this.open) return;
    this.lastSentAt = this.clock.monotonicMs();
    let nonce: ExchangeRequest['nonce'] = null;
    if (this.wantsNonce || this.lastSentAt - this.freshAt > FRESH_EVERY_MS) {
      // One question at a time: an answer to an older nonce must still count, or a slow platform would never be believed.
      this.asked ??= { nonce: nonceSchema.parse(toHex(this.chance.bytes(NONCE_BYTES))), at: this.lastSentAt };
      nonce = this.asked.nonce;
    }
    this.send(nonce);
    const spread = LIMITS.exchangeEveryMs * JITTER * (2 * this.chance.fraction() - 1);
    this.timer = this.clock.setTimer(LIMITS.exchangeEveryMs + spread, () => this.exchange());
  }
}
