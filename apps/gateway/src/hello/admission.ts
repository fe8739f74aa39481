import { platformRoutes, type TerminalFrame, type TerminalId } from '#libs/contracts';
import { SUITE_OF_PROFILE } from '#libs/domain';
import { fromBase64 } from '#libs/envelope';
import { checkKeyRecord, verify } from '#libs/suites';
import type { Clock } from '../clock';
import { GATEWAY_LIMITS } from '../limits';
import type { Platform } from '../platform/platform-client';
import type { DeviceLink } from '../socket/device-socket';
import type { LinkCode } from '../socket/link-codes';
import { textFrame } from '../socket/wire-frame';
import type { Directory } from './directory';
import { ClaimLock } from './claim-lock';
import { claimBytes, helloBytes } from './signed-bytes';

type ClaimFrame = Extract<TerminalFrame, { kind: 'claim' }>;
type HelloFrame = Extract<TerminalFrame, { kind: 'hello' }>;

/** A connection that has proved nothing yet. `busy` while an answer of ours is being made. */
interface Guest {
  readonly link: DeviceLink;
  readonly nonce: string;
  readonly sinceMs: number;
  busy: boolean;
  hasClaimed: boolean;
}

/** Which of them it is, the district's profile says, and the platform knows that. */
const DEVICE_SUITES = Object.values(SUITE_OF_PROFILE);

export interface AdmissionEvents {
  /** A terminal proved its key. */
  terminal(terminal: TerminalId, link: DeviceLink): void;
  /** Somebody said hello in the name of a terminal, with a key that does not count or a signature that does not hold. */
  refused(terminal: TerminalId, code: LinkCode, keyId: string): void;
}

/** The platform's words for a bad claim; whatever else it says becomes CLAIM_REFUSED. */
const CLAIM_CODES: ReadonlyMap<string, LinkCode> = new Map([
  ['CLAIM_UNKNOWN', 'CLAIM_UNKNOWN'], ['CLAIM_USED', 'CLAIM_USED'], ['CLAIM_EXPIRED', 'CLAIM_EXPIRED'],
  ['CLAIM_KEY_TAKEN', 'CLAIM_KEY_TAKEN'], ['CLAIM_KEY_WEAK', 'CLAIM_KEY'],
]);

/**
 * The door: challenge, an optional claim, hello. A terminal gets in when the key that the directory holds for it signed
 * this connection's nonce. Guests are few in number and short in time; nothing they send reaches the platform but a
 * claim whose own key signed it.
 */
export class Admission {
  /** In order of arrival, so the first is the oldest. */
  private readonly guests = new Map<DeviceLink, Guest>();
  private readonly lock: ClaimLock;

  constructor(
    private readonly clock: Clock,
    private readonly directory: Directory,
    private readonly platform: Platform,
    private readonly events: AdmissionEvents,
    private readonly maxGuests: number = GATEWAY_LIMITS.guests,
  ) {
    this.lock = new ClaimLock(clock);
  }

  get waiting(): number {
    return this.guests.size;
  }

  open(link: DeviceLink): void {
    if (this.guests.size >= this.maxGuests) this.turnAwayOldest();
    const guest: Guest = { link, nonce: this.clock.randomHex(16), sinceMs: this.clock.monotonicMs(), busy: false, hasClaimed: false };
    this.guests.set(link, guest);
    link.listenWith({
      frame: (frame) => this.receive(guest, frame),
      closed: () => this.guests.delete(link),
    });
    link.write(textFrame({ kind: 'challenge', nonce: guest.nonce, serverTime: Math.round(this.clock.now()) }));
  }

  /** Turns away whoever took too long. */
  sweep(): void {
    const now = this.clock.monotonicMs();
    for (const guest of this.guests.values()) {
      if (now - guest.sinceMs < GATEWAY_LIMITS.helloMs) return;
      this.turnAway(guest, 'HELLO_TIMEOUT');
    }
  }

  closeAll(closeCode: number, reason: string): void {
    for (const { link } of this.guests.values()) link.close(closeCode, reason);
    this.guests.clear();
  }

  private receive(guest: Guest, frame: TerminalFrame): void {
    if (guest.busy) return this.turnAway(guest, 'FRAME_UNEXPECTED');
    switch (frame.kind) {
      case 'claim':
        if (guest.hasClaimed) return this.turnAway(guest, 'FRAME_UNEXPECTED');
        return this.attend(guest, this.judgeClaim(guest, frame));
      case 'hello':
        return this.attend(guest, this.judgeHello(guest, frame));
      case 'exchange':
      case 'receipts':
      case 'time':
      case 'listen':
      case 'unlisten':
      case 'progress':
        return this.turnAway(guest, 'FRAME_UNEXPECTED');
    }
  }

  /** Waits for a judgement and applies it, unless the guest left meanwhile. */
  private attend(guest: Guest, judgement: Promise<LinkCode | (() => void)>): void {
    guest.busy = true;
    judgement.then(
      (verdict) => {
        guest.busy = false;
        if (!this.guests.has(guest.link)) return;
        if (typeof verdict === 'string') this.turnAway(guest, verdict);
        else verdict();
      },
      () => this.turnAway(guest, 'PLATFORM_AWAY'),
    );
  }

  private async judgeClaim(guest: Guest, frame: ClaimFrame): Promise<LinkCode | (() => void)> {
    const { code, physicalCode, key } = frame;
    if (!DEVICE_SUITES.includes(key.alg) || !checkKeyRecord(key).ok) return 'CLAIM_KEY';
    const sig = fromBase64(frame.sig);
    if (sig === undefined || !verify(key, claimBytes(guest.nonce, code), sig)) return 'CLAIM_SIGNATURE';
    if (this.lock.isShut(guest.link.address)) return 'CLAIM_LOCKED';
    const answer = await this.platform.call(platformRoutes.claim, { code, physicalCode, key });
    if (!answer.ok) return answer.why === 'refused' ? 'CLAIM_REFUSED' : 'PLATFORM_AWAY';
    const claim = answer.value;
    if (!claim.ok) {
      this.lock.wrong(guest.link.address);
      return CLAIM_CODES.get(claim.code) ?? 'CLAIM_REFUSED';
    }
    await this.directory.learn(claim.terminal, key);
    return () => {
      guest.hasClaimed = true;
      guest.link.write(textFrame({ kind: 'claimed', terminal: claim.terminal }));
    };
  }

  private async judgeHello(guest: Guest, frame: HelloFrame): Promise<LinkCode | (() => void)> {
    const key = await this.directory.keyOf(frame.terminal, frame.keyId);
    if (key === undefined) {
      this.events.refused(frame.terminal, 'DEVICE_UNKNOWN', frame.keyId);
      return 'DEVICE_UNKNOWN';
    }
    const sig = fromBase64(frame.sig);
    const named: string = frame.keyId;
    if (key.keyId !== named || sig === undefined || !verify(key, helloBytes(guest.nonce, frame.terminal), sig)) {
      this.events.refused(frame.terminal, 'HELLO_SIGNATURE', frame.keyId);
      return 'HELLO_SIGNATURE';
    }
    return () => {
      this.guests.delete(guest.link);
      this.events.terminal(frame.terminal, guest.link);
    };
  }

  private turnAwayOldest(): void {
    for (const oldest of this.guests.values()) return this.turnAway(oldest, 'BUSY');
  }

  private turnAway(guest: Guest, code: LinkCode): void {
    this.guests.delete(guest.link);
    guest.link.refuse(code);
  }
}
