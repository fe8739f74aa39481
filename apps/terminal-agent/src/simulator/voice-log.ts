import { fromHex, toHex } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';

/** Packets of 20 ms that a minute holds: so far back each card is remembered. */
const KEPT = 3_000;
/** Bytes of the SHA-256 that name a packet. */
const NAME_BYTES = 8;
/** Packets kept to be listened to, of all voices together. */
const MOST_SOUNDS = 24_000;

/** A packet that left a card: true Unix ms of its first sample. */
export interface HeardPacket { readonly at: number; readonly opus: Uint8Array }

interface Ring { readonly at: Float64Array; readonly names: Uint8Array; count: number }

/** When each packet of a living voice left which card, for the last minute of every card: six hundred of them must fit into one process. */
export class VoiceLog {
  private readonly rings = new Map<string, Ring>();
  private readonly sounds = new Map<string, Uint8Array>();

  /** The packet's SHA-256. */
  write(terminal: string, opus: Uint8Array, at: number): string {
    const digest = sha256Hex(opus);
    const name = digest.slice(0, NAME_BYTES * 2);
    const ring = this.rings.get(terminal) ?? { at: new Float64Array(KEPT), names: new Uint8Array(KEPT * NAME_BYTES), count: 0 };
    this.rings.set(terminal, ring);
    const place = ring.count % KEPT;
    ring.at[place] = at;
    ring.names.set(fromHex(name) ?? [], place * NAME_BYTES);
    ring.count += 1;
    this.keep(name, opus);
    return digest;
  }

  /** By terminal: when, and the first 16 digits of the packet's SHA-256, in order. */
  since(from: number, terminals: readonly string[] | undefined): Readonly<Record<string, readonly (readonly [number, string])[]>> {
    const asked = terminals ?? [...this.rings.keys()];
    return Object.fromEntries(asked.map((terminal) => [terminal, this.entries(terminal, from)]));
  }

  lately(terminal: string, from: number): readonly HeardPacket[] {
    return this.entries(terminal, from).flatMap(([at, name]) => {
      const opus = this.sounds.get(name);
      return opus === undefined ? [] : [{ at, opus }];
    });
  }

  private entries(terminal: string, from: number): readonly (readonly [number, string])[] {
    const ring = this.rings.get(terminal);
    if (ring === undefined) return [];
    const length = Math.min(KEPT, ring.count);
    return Array.from({ length }, (_, index) => (ring.count - length + index) % KEPT)
      .map((place) => [ring.at[place] ?? 0, toHex(ring.names.subarray(place * NAME_BYTES, (place + 1) * NAME_BYTES))] as const)
      .filter(([at]) => at >= from);
  }

  private keep(name: string, opus: Uint8Array): void {
    if (this.sounds.has(name)) return;
    // A copy: what comes over the link is a piece of something larger.
    this.sounds.set(name, Uint8Array.from(opus));
    for (const oldest of this.sounds.keys()) {
      if (this.sounds.size <= MOST_SOUNDS) break;
      this.sounds.delete(oldest);
    }
  }
}
