import type { LiveBody, Message } from '#libs/contracts';
import { CLASSES, createBlockBuilder, VOLUME_DB } from '#libs/domain';
import { judgeBlock, liveEndsAt, liveGrantOf, type LiveGrant } from '#libs/trust';
import { liveMessage } from '../../../../tests/support/live-evidence';
import { sealOf, sessionKey, type SessionKey } from '../../../../tests/support/live-voice';
import { digestOf, NOW } from '../../../../tests/support/trust-builder';
import type { Family, Scene } from '../attack';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const START = NOW + 2 * SECOND;
const KINDS = ['emergency', 'advisory', 'notice', 'governance', 'daily'] as const;
const VOLUMES = ['low', 'normal', 'high', 'full'] as const;
const PLATFORMS = ['d', 't1', 'v1'] as const;

/**
 * Whoever has broken into a server that speaks from a source of its own: he has the voice's key and the dispatcher's. Persons
 * may even have been led to sign more than the exception allows; then terminals refuse it. What is left is printed.
 */
export const HELD_VOICES: Family = {
  family: 'a voice whose key the server holds', threat: 'T26 T34 T35', where: 'admit',
  run: async (scene) => {
    const key = sessionKey();
    for (const platform of PLATFORMS) {
      for (const kind of KINDS) for (const volume of VOLUMES) await signedAnyway(scene, platform, key, { class: kind, volume });
    }
    await outsideItsSlot(scene, key);
  },
};

/** Everybody signed it, under every class and at every volume: a terminal plays the exception alone. */
async function signedAnyway({ lab, tally }: Scene, platform: (typeof PLATFORMS)[number], key: SessionKey, set: Pick<Message, 'class' | 'volume'>): Promise<void> {
  const approvers = platform === 'v1' ? ['approver-a'] : ['approver-a', 'approver-b'];
  const order = (live: Partial<LiveBody>) => lab.world.order(platform, { message: { set: { ...liveMessage(key, { chime: null, ...live }), ...set } }, approvers });
  const outcome = lab.judge('v1', (await order({ held: 'platform' })).order);
  if (set.class === 'daily' && VOLUME_DB[set.volume] <= VOLUME_DB[CLASSES.daily.volume]) tally.control(`a voice of ${platform} that the server holds sounds as ${set.class}, ${set.volume}`, outcome === 'play');
  else tally.judged(`${set.class} of ${platform} at the volume ${set.volume} by a voice that the server holds, signed by everybody`, outcome, ['REJ_CEILING']);
}

/** The thief's own words under the held key: before and after the slot, in another grant, behind the end. */
async function outsideItsSlot({ lab, tally }: Scene, key: SessionKey): Promise<void> {
  const set = { ...liveMessage(key, { chime: null, held: 'platform', maxDurationMs: MINUTE }), class: 'daily' as const };
  const { order } = await lab.world.order('t1', { message: { set }, approvers: ['approver-a'] });
  if (set.body === undefined || !('live' in set.body)) throw new Error('a grant of voice has one');
  const grant = liveGrantOf(digestOf(order.message), set.body.live, { startAt: START });
  const spoken = async (at: number, stream = grant.stream, by = key): Promise<string> => {
    const [block] = await said(stream, by, at);
    return block === undefined ? 'no block' : outcomeOf(grant, block, at + SECOND);
  };
  for (let n = 0; n < 60; n += 1) {
    tally.judged('the held key says something before its slot', await spoken(START - (n + 1) * MINUTE), ['REJ_EXPIRED']);
    tally.judged('the held key says something after its slot', await spoken(liveEndsAt(grant) + n * MINUTE), ['REJ_EXPIRED']);
  }
  tally.judged('the held key says something in another grant', await spoken(START, 'ab'.repeat(16)), ['REJ_STREAM']);
  tally.judged('another key says something in its slot', await spoken(START, grant.stream, sessionKey()), ['REJ_SIGNATURE']);
  tally.admitted('a thief of the server says what he likes where a voice that it holds was approved, as class daily, in its slot and at its volume', await spoken(START) === 'play');
}

async function said(stream: string, key: SessionKey, at: number): Promise<readonly Uint8Array[]> {
  const builder = createBlockBuilder(stream, { blockMs: 100 }, sealOf(key));
  await builder.add(Uint8Array.of(0xf8, 0xff, 0xfe), at);
  return (await builder.flush()).map(({ bytes }) => bytes);
}

function outcomeOf(grant: LiveGrant, block: Uint8Array, now: number): string {
  const judged = judgeBlock(grant, null, block, now);
  return judged.ok ? 'play' : judged.code;
}
