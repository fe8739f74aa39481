import fc from 'fast-check';
import { judgeBlock, type BlockBefore } from '#libs/trust';
import { attack, BLOCK_ATTACKS, type AttackScene } from '../../../../support/block-attacks';
import { grantFor, LIVE_START, sessionKey, speak } from '../../../../support/live-speaker';
import { asked, LONG_TIMEOUT_MS } from '../../../../support/properties';
import { seededRandom } from '../../../../support/seeded-random';

jest.setTimeout(LONG_TIMEOUT_MS);

const BLOCKS = 10;
/** 10,000 attacks in all, a million with CLARION_LONG=1. */
const ATTACKS_PER_BLOCK = 50;
const SCENES = 20;
const [key, otherKey] = [sessionKey(), sessionKey()];
const seeds = fc.nat(0xffff_ffff);

/** Four streams spoken at the same time. */
function sceneOf(seed: number): Omit<AttackScene, 'taken' | 'now'> {
  const random = seededRandom(seed);
  const set = random.pick([{}, { blockMs: 200, delayMs: 1_500 }, { delayMs: 400 }]);
  const [grant, others, twins] = [grantFor('own', key, set), grantFor('other', otherKey, set), grantFor('twin', key, set)];
  return {
    grant, key, otherKey, genuine: speak(grant, key, BLOCKS, random), other: speak(others, otherKey, BLOCKS, random),
    twin: speak(twins, key, BLOCKS, random), second: speak(grant, key, BLOCKS, random),
  };
}

describe('blocks of living voice under attack', () => {
  it('are refused with their code, each of them, and the genuine stream goes on without a gap', () => {
    const met = new Set<string>();
    fc.assert(fc.property(seeds, (seed) => {
      const random = seededRandom(seed ^ 0x5eed);
      const still = sceneOf(seed);
      let before: BlockBefore | null = null;
      for (const [taken, spoken] of still.genuine.entries()) {
        const scene = { ...still, taken, now: spoken.block.capturedAt / 1_000 + still.grant.live.blockMs + random.int(300) };
        for (let n = 0; n < ATTACKS_PER_BLOCK; n += 1) {
          const { name, codes, bytes, now } = attack(scene, random);
          const judged = judgeBlock(still.grant, before, bytes, now);
          if (judged.ok || !codes.includes(judged.code)) throw new Error(`${name}: ${judged.ok ? 'taken' : judged.code}`);
          met.add(name);
        }
        const judged = judgeBlock(still.grant, before, spoken.bytes, scene.now);
        if (!judged.ok) throw new Error(`the genuine block ${taken + 1} after attacks: ${judged.code}`);
        before = judged.value.before;
      }
    }), asked(SCENES));
    expect([...met].sort()).toEqual(BLOCK_ATTACKS.map(({ name }) => name).sort());
  });

  it('that are genuine but delayed, doubled, swapped or left out sound in their order, each once', () => {
    fc.assert(fc.property(seeds, fc.array(fc.nat(BLOCKS - 1), { maxLength: 3 * BLOCKS }), (seed, order) => {
      const { grant, genuine } = sceneOf(seed);
      let before: BlockBefore | null = null;
      const sounded: number[] = [];
      for (const index of order) {
        const judged = judgeBlock(grant, before, genuine[index]?.bytes ?? new Uint8Array(), LIVE_START + BLOCKS * grant.live.blockMs);
        expect(judged.ok).toBe(index + 1 > (sounded.at(-1) ?? 0));
        if (!judged.ok) continue;
        before = judged.value.before;
        sounded.push(judged.value.block.seq);
      }
      expect(sounded).toEqual([...new Set(sounded)].sort((a, b) => a - b));
    }), asked(SCENES));
  });
});
