import type { LiveBody } from '#libs/contracts';
import { encodeLiveBlock, NO_BLOCK_BEFORE, PACKET_MS, sealLiveBlock, toHex } from '#libs/envelope';

/** A packet this far from where the one before it ends begins a block of its own, ms. */
const APART_MS = 2;
/** Nothing said for so long is a pause, ms. */
const PAUSE_MS = 1_000;
/** Bytes of a SHA-256 by which a block names the one before it. */
const NAMED_BY_BYTES = 16;

/** What the builder cannot do itself: the session key's signature, and SHA-256. */
export interface BlockSeal {
  sign(bytes: Uint8Array): Promise<Uint8Array>;
  sha256(bytes: Uint8Array): Promise<Uint8Array>;
}

/** The block that the next one follows: its number, and what the next one says of it. */
export interface BlockAfter {
  readonly seq: number;
  readonly previousOfNext: string;
}

export interface SealedBlock {
  readonly bytes: Uint8Array;
  readonly seq: number;
  /** When its first sample was captured, district Unix ms. */
  readonly capturedAt: number;
}

export interface BlockBuilder {
  /** Takes the next Opus packet of 20 ms; gives what became whole by it: mostly nothing, sometimes a block, at a gap two. */
  add(packet: Uint8Array, capturedAt: number): Promise<readonly SealedBlock[]>;
  /** What is not whole yet, as a short block: before a pause. Nothing where nothing waits. */
  flush(): Promise<readonly SealedBlock[]>;
  /**
   * The stream's last block, with what waits. It stands at the end of what was said; after a pause, or where nothing was
   * ever said, at `at`, now: one that says that it is older is refused on its way. Afterwards every packet is refused.
   */
  end(at: number): Promise<SealedBlock>;
}

/**
 * Builds the signed blocks of one living voice (libs/envelope `live-block`) in order, each naming the one before it: the same
 * on a page and on the command line. Calls may overlap, blocks come in the order of the calls. When a signature fails the
 * stream is over: every later call fails with it, for a block that names one that nobody saw would prove nothing.
 * `after`: the last block of a stream that goes on, where its maker began anew.
 * Throws RangeError for a packet after the end and for one that Opus does not know.
 */
export function createBlockBuilder(stream: string, { blockMs }: Pick<LiveBody, 'blockMs'>, seal: BlockSeal, after: BlockAfter = { seq: 0, previousOfNext: NO_BLOCK_BEFORE }): BlockBuilder {
  const full = Math.max(1, Math.floor(blockMs / PACKET_MS));
  let waiting: { readonly capturedAt: number; readonly packets: readonly Uint8Array[] } | undefined;
  let saidUntil: number | undefined;
  let ended = false;
  let sealed: Promise<{ readonly seq: number; readonly previous: string }> = Promise.resolve({ seq: after.seq, previous: after.previousOfNext });

  const build = async (capturedAt: number, packets: readonly Uint8Array[], end: boolean): Promise<SealedBlock> => {
    const block = sealed.then(async ({ seq, previous }) => {
      const signed = encodeLiveBlock({ end, stream, seq: seq + 1, capturedAt: Math.round(capturedAt * 1_000), previous, packets });
      const bytes = sealLiveBlock(signed, await seal.sign(signed));
      return { bytes, seq: seq + 1, capturedAt, previous: toHex((await seal.sha256(bytes)).subarray(0, NAMED_BY_BYTES)) };
    });
    sealed = block;
    const { bytes, seq } = await block;
    return { bytes, seq, capturedAt };
  };
  const takeWaiting = (): readonly Promise<SealedBlock>[] => {
    if (waiting === undefined) return [];
    const { capturedAt, packets } = waiting;
    waiting = undefined;
    return [build(capturedAt, packets, false)];
  };

  return {
    add: async (packet, capturedAt) => {
      if (ended) throw new RangeError('the stream has ended');
      const follows = waiting !== undefined && saidUntil !== undefined && Math.abs(capturedAt - saidUntil) <= APART_MS;
      const blocks = follows ? [] : takeWaiting();
      waiting = { capturedAt: waiting?.capturedAt ?? capturedAt, packets: [...(waiting?.packets ?? []), packet] };
      saidUntil = capturedAt + PACKET_MS;
      return Promise.all(waiting.packets.length < full ? blocks : [...blocks, ...takeWaiting()]);
    },
    flush: () => Promise.all(takeWaiting()),
    end: async (at) => {
      if (ended) throw new RangeError('the stream has ended');
      ended = true;
      const last = saidUntil === undefined || at - saidUntil > PAUSE_MS ? { capturedAt: at, packets: [] } : waiting ?? { capturedAt: saidUntil, packets: [] };
      waiting = undefined;
      return build(last.capturedAt, last.packets, true);
    },
  };
}
