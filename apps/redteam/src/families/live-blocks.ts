import { judgeBlock, type BlockBefore, type LiveGrant } from '#libs/trust';
import { attack, BLOCK_ATTACKS, voicesOf } from '../../../../tests/support/block-attacks';
import type { SpokenBlock } from '../../../../tests/support/live-speaker';
import { PlayoutPlan } from '../../../terminal-agent/src/live/playout-plan';
import type { Family, Scene } from '../attack';

const BLOCKS = 10;
/** Between one genuine block and the next. */
const ATTACKS_PER_BLOCK = 50;
/** Of so many attacks each: 12,500 in the standard size, a million in the whole. */
const VOICES = 25;
const VOICES_WHOLE = 2_000;
/** Every way that is known is tried by then, whatever the seed. */
const ENOUGH_ATTACKS = 10_000;
const FRAMES_PER_MS = 48;

/**
 * Whoever stands on the way puts blocks of his own into a living voice: forged, spoken before, from other streams, cut and
 * spliced, timed anew (T34 to T36). What the terminal's judge takes goes to its playout, and what comes out of that is
 * compared with what was spoken, packet by packet.
 */
export const LIVE_BLOCKS: Family = {
  family: 'a living voice, block by block', threat: 'T34 T35 T36', where: 'admit',
  run: (scene) => {
    const voices = scene.whole ? VOICES_WHOLE : Math.max(1, Math.floor(VOICES / scene.thin));
    const met = new Set<string>();
    for (let n = 0; n < voices; n += 1) underAttack(scene, met);
    if (voices * BLOCKS * ATTACKS_PER_BLOCK >= ENOUGH_ATTACKS) scene.tally.control('every way that is known was tried', met.size === BLOCK_ATTACKS.length);
    return Promise.resolve();
  },
};

function underAttack({ tally, random }: Scene, met: Set<string>): void {
  const voice = voicesOf(random.int(2 ** 32), BLOCKS);
  const { grant, genuine } = voice;
  const plan = new PlayoutPlan(grant.startAt);
  let before: BlockBefore | null = null;
  const taken = (bytes: Uint8Array, now: number): string => {
    const judged = judgeBlock(grant, before, bytes, now);
    if (!judged.ok) return judged.code;
    ({ before } = judged.value);
    plan.take(judged.value);
    return 'play';
  };
  let goesOn = true;
  for (const [count, spoken] of genuine.entries()) {
    const now = spoken.block.capturedAt / 1_000 + grant.live.blockMs + random.int(300);
    for (let n = 0; n < ATTACKS_PER_BLOCK; n += 1) {
      const made = attack({ ...voice, taken: count, now }, random);
      met.add(made.name);
      tally.judged(made.name, taken(made.bytes, made.now), made.codes);
    }
    goesOn &&= taken(spoken.bytes, now) === 'play';
  }
  const sounded = soundOf(plan, grant);
  const spokenPackets = genuine.flatMap(({ block }) => block.packets);
  tally.heard('a packet that nobody spoke', sounded.filter((packet) => !isSpoken(genuine, packet)).length);
  tally.control('the genuine voice sounds whole and in order between the attacks', goesOn && sounded.length === spokenPackets.length && sounded.every((packet, at) => Buffer.from(packet).equals(spokenPackets[at] ?? new Uint8Array())));
}

/** The Opus packets that leave the card, in order. */
function soundOf(plan: PlayoutPlan, { startAt, live }: LiveGrant): readonly Uint8Array[] {
  const sounded: Uint8Array[] = [];
  const until = startAt + live.delayMs + BLOCKS * live.blockMs + 1_000;
  for (let at = startAt; at < until;) {
    const slot = plan.next(at);
    if (slot === undefined) break;
    if (slot.kind === 'packet') sounded.push(slot.packet.opus);
    at += slot.frames / FRAMES_PER_MS;
  }
  return sounded;
}

function isSpoken(genuine: readonly SpokenBlock[], packet: Uint8Array): boolean {
  return genuine.some(({ block }) => block.packets.some((one) => Buffer.from(one).equals(packet)));
}
