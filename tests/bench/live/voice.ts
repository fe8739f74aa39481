import { generateKeyPairSync, sign } from 'node:crypto';
import { encodeLiveBlock, NO_BLOCK_BEFORE, sealLiveBlock } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { stampInto } from './stamp';

export const BLOCK_MS = 100;
const PACKETS = 5;
/** 24 kb/s in packets of 20 ms. */
const PACKET_BYTES = 60;

export const BENCH_STREAM = 'b7'.repeat(16);
/** From capture to loudspeaker. */
export const DELAY_MS = 800;

/** The microphone's end: a signed block every 100 ms by the clock, each with the time at which it left. */
export class Voice {
  blocks = 0;
  signMs = 0;
  private readonly key = generateKeyPairSync('ed25519').privateKey;
  private previous = NO_BLOCK_BEFORE;

  next(now: number): { readonly block: Uint8Array; readonly packets: readonly Uint8Array[] } {
    const packets = Array.from({ length: PACKETS }, () => Buffer.alloc(PACKET_BYTES, 0x11));
    this.blocks += 1;
    stampInto(packets[0] ?? Buffer.alloc(0), now, this.blocks);
    const capturedAt = Math.round((now - BLOCK_MS) * 1_000);
    const signed = encodeLiveBlock({ end: false, stream: BENCH_STREAM, seq: this.blocks, capturedAt, previous: this.previous, packets });
    const from = performance.now();
    const signature = sign(null, signed, this.key);
    this.signMs += performance.now() - from;
    const block = sealLiveBlock(signed, signature);
    this.previous = sha256Hex(block).slice(0, NO_BLOCK_BEFORE.length);
    return { block, packets };
  }
}
