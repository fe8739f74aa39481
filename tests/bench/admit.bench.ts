import { admit } from '#libs/trust';
import { factsFor } from '../support/admit-facts';
import { buildWorld } from '../support/trust-builder';

const WARM = 200;
const RUNS = 2_000;
const TARGET_MS = 1;

/**
 * What a terminal spends on one dispatch from the wire to the decision to play: four signatures (author, two approvers,
 * dispatcher), parsing, every rule; keys warm, each signature verified anew (no shared cache).
 */
export async function run() {
  const world = await buildWorld();
  const { order } = await world.order('t1');
  const facts = factsFor(world, 't1', order, { trust: world.trustOf('t1') });
  const times: number[] = [];
  for (let i = 0; i < WARM + RUNS; i += 1) {
    const from = process.hrtime.bigint();
    const decision = admit(facts);
    const took = Number(process.hrtime.bigint() - from) / 1e6;
    if (decision.kind !== 'play') throw new Error(`the order was not admitted: ${JSON.stringify(decision)}`);
    if (i >= WARM) times.push(took);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round((times[Math.floor(share * (times.length - 1))] ?? Number.NaN) * 1000) / 1000;
  const measured = { medianMs: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), signatures: 4 };
  return { target: 'admit of one dispatch, warm, 4 signatures: median <= 1 ms', measured, peers: {}, runs: RUNS, held: measured.medianMs <= TARGET_MS };
}
