import { liveEvidenceSchema, type LiveBody, type LiveEvidence, type Message } from '#libs/contracts';
import { createBlockBuilder } from '#libs/domain';
import { frameLiveBlock, type Envelope } from '#libs/envelope';
import { sealOf, sessionKey, spokenPackets, type SessionKey } from './live-voice';
import { areaOf, digestNamed, digestOf, NOW, PARENT, PLATFORMS, type PlatformName, type Signing, type World } from './trust-builder';

/*
 * A voice that was spoken, dispatched and recorded in the small district of `trust-builder`: what a platform hands out of it.
 */

export interface SpokenVoice {
  readonly evidence: LiveEvidence;
  /** The record: every block behind its length. */
  readonly blocks: Uint8Array;
  readonly key: SessionKey;
}

/** The grant's own fields of a message: a chime, then at most a minute of voice. */
export function liveMessage(key: SessionKey, live: Partial<LiveBody> = {}): Partial<Message> {
  const chime = { sha256: digestNamed('chime'), bytes: 3_000, role: 'chime' as const, durationMs: 2_000 };
  return {
    class: 'governance', severity: 'none', volume: 'normal', eventType: 'meeting', texts: [{ language: 'zh-CN', title: '村务通知', text: '村委会讲话' }],
    body: { live: { sessionKey: key.record, delayMs: 800, blockMs: 100, maxDurationMs: 60_000, chime, ...live } }, repeats: 1, gapMs: 0,
  };
}

/** Two seconds of voice by the author of a platform, approved as its policy asks. */
export async function spokenVoice(world: World, name: PlatformName, set: {
  readonly message?: Signing<Message>; readonly approvers?: readonly string[]; readonly key?: SessionKey; readonly later?: readonly Envelope[]; readonly blocksBy?: SessionKey;
} = {}): Promise<SpokenVoice> {
  const key = set.key ?? sessionKey();
  const { order } = await world.order(name, {
    message: { ...set.message, set: { ...liveMessage(key), targets: { areas: [areaOf(`${name}-area`)], terminals: [] }, ...set.message?.set } },
    approvers: set.approvers ?? ['approver-a'],
  });
  const stream = digestOf(order.message).slice(0, 32);
  const builder = createBlockBuilder(stream, { blockMs: 100 }, sealOf(set.blocksBy ?? key));
  const packets = spokenPackets(100);
  const blocks = [...(await Promise.all(packets.map((packet, n) => builder.add(packet, NOW + 2_000 + n * 20)))).flat(), await builder.end(NOW)];
  return {
    evidence: liveEvidenceSchema.parse({ stream, order, root: world.expected.rootEnvelope, documents: [...lineageDocuments(world, name), ...(set.later ?? [])] }),
    blocks: Buffer.concat(blocks.map(({ bytes }) => frameLiveBlock(bytes))),
    key,
  };
}

/** Charters and rosters of a platform and of those above it, from the top. */
export function lineageDocuments(world: World, name: PlatformName): readonly Envelope[] {
  const lineage: string[] = [];
  for (let at: PlatformName | null = name; at !== null; at = PARENT[at]) lineage.push(at);
  return world.expected.documents.filter((_, index) => lineage.includes(PLATFORMS[Math.floor(index / 2)] ?? ''));
}
