import fc from 'fast-check';
import { judgeBlock, type BlockBefore } from '#libs/trust';
import { attack, BLOCK_ATTACKS, voicesOf } from '../../../../support/block-attacks';
import { LIVE_START } from '../../../../support/live-speaker';
import { asked, LONG_TIMEOUT_MS } from '../../../../support/properties';
import { seededRandom } from '../../../../support/seeded-random';

jest.setTimeout(LONG_TIMEOUT_MS);

const BLOCKS = 10;
/** 10,000 attacks in all, a million with CLARION_LONG=1. */
const ATTACKS_PER_BLOCK = 50;
const SCENES = 20;
const seeds = fc.nat(0xffff_ffff);

describe('blocks of living voice under attack', () => {
  it('are refused with their code, each of them, and the genuine stream goes on without a gap', () => {
    const met = new Set<string>();
    fc.assert(fc.property(seeds, (seed) => {
      const random = seededRandom(seed ^ 0x5eed);
      const still = voicesOf(seed, BLOCKS);
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
      const { grant, genuine } = voicesOf(seed, BLOCKS);
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
