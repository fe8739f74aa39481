import { PACKET_MS } from '#libs/envelope';

/** How fast the times of packets may be led back to the district's, in ms per ms: as fast as a loudspeaker follows (facts/audio C3). */
const MOST_SLEW = 0.002;
/** What is further off is put right at once, ms. */
const JUMP_MS = 30;
/** Over how much sound the promptest delivery is looked for, packets: two seconds. */
const WINDOW_PACKETS = 100;

export interface CaptureTimes {
  /**
   * When the first sample of the next packet was captured, district Unix ms with fractions; `now` is when its last one was
   * handed over. Undefined: this packet must be left out, for the time it belongs to has been given away already.
   */
  next(now: number): number | undefined;
  /** The microphone was away or the source began anew: the next packet does not follow the one before it. */
  restart(): void;
}

/**
 * Times of capture from counted samples: what is handed over late was not captured late, so the promptest packet of the last
 * two seconds says where the count stands on the district's scale. A sound card that runs fast or slow and a better estimate
 * of the clock are followed at 0.2 %; over 30 ms at once, forward as a gap, backward by leaving packets out. `lagMs` is what
 * is known to lie between sound and packet: the encoder's lookahead, the device's own delay. Packets are of 20 ms.
 */
export function createCaptureTimes({ lagMs = 0 }: { readonly lagMs?: number } = {}): CaptureTimes {
  /** When the sample 0 would have been captured, by each of the newest packets. */
  let origins: readonly number[] = [];
  let origin: number | undefined;
  let packets = 0;
  let givenUntil = -Infinity;
  return {
    next: (now) => {
      packets += 1;
      origins = [...origins.slice(1 - WINDOW_PACKETS), now - lagMs - packets * PACKET_MS];
      const wanted = Math.min(...origins);
      const off = origin === undefined ? Infinity : wanted - origin;
      const most = MOST_SLEW * PACKET_MS;
      origin = Math.abs(off) > JUMP_MS || origin === undefined ? wanted : origin + Math.max(-most, Math.min(most, off));
      const capturedAt = origin + (packets - 1) * PACKET_MS;
      if (capturedAt < givenUntil - 2 * most) return undefined;
      givenUntil = capturedAt + PACKET_MS;
      return capturedAt;
    },
    restart: () => {
      origins = [];
      origin = undefined;
      packets = 0;
    },
  };
}
