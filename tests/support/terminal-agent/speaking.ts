import { envelopeSchema, liveBodySchema, type Digest, type LiveBody, type Message } from '#libs/contracts';
import { liveGrantOf, type LiveGrant } from '#libs/trust';
import { encodeLiveBlock, NO_BLOCK_BEFORE, PACKET_MS, sealLiveBlock, type LiveBlock } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { signBlock, sessionKey, type SessionKey, type SpokenBlock } from '../live-speaker';
import type { PlatformName, World } from '../trust-builder';
import type { TestSound } from './fake-media';
import { orderOf, type TestOrder } from './orders';
import type { TestTerminal } from './test-terminal';

/** From the end of a block's last sample to the terminal, ms. */
const WAY_MS = 60;
const LEASE_EVERY_MS = 2_000;

/** A living voice before one terminal: its signed order, its blocks as they come, its leases. */
export class Speaking {
  readonly grant: LiveGrant;
  readonly blocks: SpokenBlock[] = [];
  /** Whether somebody leases it while time goes on. */
  leased = true;
  private leasedAt = -Infinity;

  private constructor(readonly terminal: TestTerminal, readonly order: TestOrder, readonly key: SessionKey, live: LiveBody, readonly startAt: number) {
    this.grant = liveGrantOf(order.digest, live, { startAt });
  }

  /** Its order comes `inMs` before it begins. */
  static async begin(world: World, terminal: TestTerminal, set: {
    readonly chime?: TestSound; readonly live?: Partial<LiveBody>; readonly message?: Partial<Message>; readonly inMs?: number; readonly by?: PlatformName; readonly send?: boolean;
  } = {}): Promise<Speaking> {
    const { chime, inMs = 1_000, by = 't1' } = set;
    const key = sessionKey();
    const live = liveBodySchema.parse({
      sessionKey: key.record, delayMs: 800, blockMs: 100, maxDurationMs: 30_000, chime: chime === undefined ? null : { ...chime.segment, role: 'chime' }, ...set.live,
    });
    const startAt = Math.floor(terminal.truth.now()) + inMs;
    const order = await orderOf(world, by, [], { startAt, repeats: 1, message: { class: chime === undefined ? 'daily' : 'notice', severity: 'none', body: { live }, gapMs: 0, ...set.message } });
    const speaking = new Speaking(terminal, order, key, live, startAt);
    if (set.send !== false) await terminal.order(order.order);
    return speaking;
  }

  get digest(): Digest {
    return this.order.digest;
  }

  /** When the block with this number is captured, if nothing was left out. */
  capturedAt(seq: number): number {
    const { live } = this.grant;
    return this.startAt + (live.chime?.durationMs ?? 0) + (seq - 1) * live.blockMs;
  }

  /** The next block of the stream, signed; nobody has sent it. */
  next(set: Partial<LiveBlock> = {}): SpokenBlock {
    const last = this.blocks.at(-1);
    const seq = (last?.block.seq ?? 0) + 1;
    const { blockMs } = this.grant.live;
    const block: LiveBlock = {
      end: false, stream: this.grant.stream, seq, capturedAt: this.capturedAt(seq) * 1_000, previous: last === undefined ? NO_BLOCK_BEFORE : sha256Hex(last.bytes).slice(0, NO_BLOCK_BEFORE.length),
      packets: Array.from({ length: blockMs / PACKET_MS }, (_, index) => Uint8Array.of(seq >> 8, seq & 0xff, index)), ...set,
    };
    const spoken = { block, bytes: signBlock(block, this.key) };
    this.blocks.push(spoken);
    return spoken;
  }

  /** Speaks so many blocks; each arrives a little after it was captured. `way` says what comes of one: itself, others, or nothing. */
  async say(count: number, way: (spoken: SpokenBlock) => readonly Uint8Array[] = ({ bytes }) => [bytes], lateMs: (seq: number) => number = () => 0): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const spoken = this.next();
      await this.until(this.capturedAt(spoken.block.seq) + this.grant.live.blockMs + WAY_MS + lateMs(spoken.block.seq));
      for (const bytes of way(spoken)) this.terminal.link.giveBlock(bytes);
    }
  }

  /** Says that it is over. */
  async end(): Promise<void> {
    const last = this.next({ end: true, packets: [] });
    await this.until(last.block.capturedAt / 1_000 + WAY_MS);
    this.terminal.link.giveBlock(last.bytes);
    this.leased = false;
  }

  /** Time goes on to a moment, with leases. */
  async until(at: number): Promise<void> {
    const { truth } = this.terminal;
    while (truth.now() < at) {
      if (this.leased && truth.now() - this.leasedAt >= LEASE_EVERY_MS) await this.lease();
      const rest = at - truth.now();
      await truth.move(this.leased ? Math.min(rest, LEASE_EVERY_MS - Math.max(0, Math.min(LEASE_EVERY_MS - 1, truth.now() - this.leasedAt))) : rest);
    }
  }

  async lease(at = Math.floor(this.terminal.truth.now())): Promise<void> {
    this.leasedAt = this.terminal.truth.now();
    const beacon = await this.terminal.world.beacon('d', { set: { at, nonce: null, terminal: null, counter: null, leases: [this.digest] } });
    this.terminal.give({ kind: 'lease', beacon: envelopeSchema.parse(beacon) });
  }

  /** Packets that sounded, as `block.packet`, both from 1; how far off each was, ms. */
  heard(): { readonly names: readonly string[]; readonly offMs: readonly number[] } {
    const { voiced } = this.terminal;
    return {
      names: voiced.map(({ packet: { opus } }) => nameOf(opus)),
      offMs: voiced.map(({ packet: { opus }, at }) => {
        const [high = 0, low = 0, index = 0] = opus;
        return at - (this.capturedAt(high * 256 + low) + index * PACKET_MS + this.grant.live.delayMs);
      }),
    };
  }
}

export function nameOf(opus: Uint8Array): string {
  const [high = 0, low = 0, index = 0] = opus;
  return `${high * 256 + low}.${index + 1}`;
}

/** Names of all packets of these blocks, in order. */
export function namesOf(first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, n) => first + n).flatMap((seq) => [1, 2, 3, 4, 5].map((index) => `${seq}.${index}`));
}

/** A signature that holds for other bytes. */
export function resealed(bytes: Uint8Array, block: LiveBlock): Uint8Array {
  return sealLiveBlock(encodeLiveBlock(block), bytes.subarray(bytes.length - 64));
}
