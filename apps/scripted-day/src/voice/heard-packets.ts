import { createHash } from 'node:crypto';
import { PACKET_MS, parseLiveBlock } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';

/** Digits of a packet's SHA-256 by which the simulator names it. */
const NAME_DIGITS = 16;

/** 20 ms of a living voice as its source signed them. */
export interface SaidPacket {
  readonly digest: string;
  /** Of its first sample, district Unix ms. */
  readonly capturedAt: number;
  readonly opus: Uint8Array;
}

/** What one card sounded: true Unix ms of the packet's first sample, and its name. */
export type HeardPackets = readonly (readonly [at: number, name: string])[];

/** Every packet of signed blocks, in order. Throws on what is no block: they are our own. */
export function saidPackets(blocks: readonly Uint8Array[]): readonly SaidPacket[] {
  return blocks.flatMap((bytes) => {
    const block = parseLiveBlock(bytes)?.block;
    if (block === undefined) throw new Error('what was said is no block');
    return block.packets.map((opus, n) => ({ opus, digest: sha256Hex(opus), capturedAt: block.capturedAt / 1_000 + n * PACKET_MS }));
  });
}

/** SHA-256 over the SHA-256 of each packet in order: the digest of a card that sounded them all and nothing else. */
export function packetsDigest(said: readonly SaidPacket[]): string {
  const chain = createHash('sha256');
  for (const { digest } of said) chain.update(digest, 'hex');
  return chain.digest('hex');
}

/**
 * When each packet left a card, by its place among those that were said; one that did not is not in it. Packets that are the
 * same (silence) are told apart by their order, and where some are missing by coming as late as the one before.
 */
export function heardAt(said: readonly SaidPacket[], heard: HeardPackets): ReadonlyMap<number, number> {
  const placesOf = new Map<string, number[]>();
  said.forEach(({ digest }, place) => {
    const name = digest.slice(0, NAME_DIGITS);
    placesOf.set(name, [...placesOf.get(name) ?? [], place]);
  });
  const found = new Map<number, number>();
  let from = 0;
  let lag: number | undefined;
  for (const [at, name] of heard) {
    const lagAt = (place: number): number => at - (said[place]?.capturedAt ?? Number.NaN);
    const further = (placesOf.get(name) ?? []).filter((place) => place >= from);
    const before = lag;
    const place = before === undefined ? further[0] : [...further].sort((a, b) => Math.abs(lagAt(a) - before) - Math.abs(lagAt(b) - before))[0];
    if (place === undefined) continue;
    found.set(place, at);
    [from, lag] = [place + 1, lagAt(place)];
  }
  return found;
}

/** For each packet that at least two neighbours sounded: how far apart the first and the last of them did, ms. */
export function spreadMs(neighbours: readonly ReadonlyMap<number, number>[]): readonly number[] {
  const places = new Set(neighbours.flatMap((heard) => [...heard.keys()]));
  return [...places].flatMap((place) => {
    const times = neighbours.flatMap((heard) => heard.get(place) ?? []);
    return times.length < 2 ? [] : [Math.max(...times) - Math.min(...times)];
  });
}
