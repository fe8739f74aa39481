import type { Message } from '#libs/contracts';
import type { KeyAlg } from '#libs/suites';
import { admit, judgeBlock, type BlockBefore } from '#libs/trust';
import { factsFor } from '../support/admit-facts';
import { grantFor, LIVE_START, sessionKey, signBlock, speak } from '../support/live-speaker';
import { seededRandom } from '../support/seeded-random';
import { allIn, buildWorld, digestNamed, MIXED, PLATFORMS, readAll, type Suites } from '../support/trust-builder';

const WARM = 200;
const RUNS = 2_000;
/** SM2 takes several times as long; fewer runs tell as much. */
const SLOW_RUNS = 300;
const TARGET_MS = 1;
const COLD_RUNS = 40;
const COLD_TARGET_MS = 4;
const BLOCK_TARGET_MS = 0.2;
/** Nearly a live message of its longest, 600 s in blocks of 100 ms. */
const BLOCKS = 5_700;

const ROWS: readonly (readonly [string, Suites, number])[] = [
  ['ed25519', MIXED, RUNS],
  ['es256', allIn('es256'), RUNS],
  ['webauthn-es256', allIn('webauthn-es256'), RUNS],
  ['sm2-sm3', allIn('sm2-sm3'), SLOW_RUNS],
] satisfies readonly (readonly [KeyAlg, Suites, number])[];

const ADVISORY: Partial<Message> = { class: 'advisory', body: { segments: [{ sha256: digestNamed('chime'), bytes: 3_000, role: 'chime', durationMs: 2_000 }, { sha256: digestNamed('speech'), bytes: 12_000, role: 'speech', durationMs: 10_000 }] } };

/**
 * What a terminal spends on one dispatch from the wire to the decision to play: four signatures (author, two approvers,
 * dispatcher), parsing, every rule; keys warm, each signature verified anew (no shared cache). And cold: the seven
 * documents of a village's lineage (root, three charters, three rosters), every key seen for the first time. One row a
 * suite; `webauthn-es256` is of persons, its servers sign Ed25519. The first row is the default district, which the target is for.
 * `block`: one block of living voice after another of one stream, 100 ms in five packets, judged (Ed25519 in each profile)
 * and, beside it, signed; each block once, so nothing is shared.
 */
export async function run() {
  const rows: Record<string, { readonly medianMs: number; readonly p95Ms: number; readonly p99Ms: number; readonly coldMedianMs: number; readonly signatures: 4; readonly documents: 7 }> = {};
  for (const [name, suites, runs] of ROWS) rows[name] = { ...await warm(suites, runs), coldMedianMs: await cold(suites), signatures: 4, documents: 7 };
  const block = blocks();
  const measured = { ...rows['ed25519'], rows, block };
  return {
    target: `admit of one dispatch, warm, 4 signatures: median <= ${TARGET_MS} ms; cold, 7 documents: median <= ${COLD_TARGET_MS} ms; one block of living voice: median <= ${BLOCK_TARGET_MS} ms`, measured, peers: {}, runs: RUNS,
    held: (rows['ed25519']?.medianMs ?? Infinity) <= TARGET_MS && (rows['ed25519']?.coldMedianMs ?? Infinity) <= COLD_TARGET_MS && block.medianMs <= BLOCK_TARGET_MS,
  };
}

async function warm(suites: Suites, runs: number) {
  const world = await buildWorld({ suites });
  // No emergency goes out on browser keys alone (policy `verification`), so that row is an advisory: as many signatures.
  const { order } = await world.order('t1', suites.person('approver-a') === 'es256' ? { message: { set: ADVISORY } } : {});
  const facts = factsFor(world, 't1', order, { trust: world.trustOf('t1') });
  const times: number[] = [];
  for (let i = 0; i < WARM + runs; i += 1) {
    const from = process.hrtime.bigint();
    const decision = admit(facts);
    const took = Number(process.hrtime.bigint() - from) / 1e6;
    if (decision.kind !== 'play') throw new Error(`the order was not admitted: ${JSON.stringify(decision)}`);
    if (i >= WARM) times.push(took);
  }
  return { medianMs: at(times, 0.5), p95Ms: at(times, 0.95), p99Ms: at(times, 0.99) };
}

/** A fresh district each time, before anybody has read it: no key of it was ever imported. */
async function cold(suites: Suites): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < COLD_RUNS; i += 1) {
    await buildWorld({
      suites,
      beforeReading: (root, documents) => {
        const lineage = documents.filter((_, index) => ['d', 't1', 'v1'].includes(PLATFORMS[Math.floor(index / 2)] ?? ''));
        const from = process.hrtime.bigint();
        readAll(root, lineage);
        times.push(Number(process.hrtime.bigint() - from) / 1e6);
      },
    });
  }
  return at(times, 0.5);
}

/** Judging and signing take turns, so that both meet the same machine. */
function blocks() {
  const key = sessionKey();
  const grant = grantFor('bench', key, { maxDurationMs: 600_000 });
  const judging: number[] = [];
  const signing: number[] = [];
  let before: BlockBefore | null = null;
  for (const [n, { block, bytes }] of speak(grant, key, WARM + BLOCKS, seededRandom(1)).entries()) {
    const from = process.hrtime.bigint();
    const judged = judgeBlock(grant, before, bytes, LIVE_START + n * grant.live.blockMs);
    const between = process.hrtime.bigint();
    signBlock(block, key);
    const until = process.hrtime.bigint();
    if (!judged.ok) throw new Error(`a genuine block was refused: ${judged.code}`);
    before = judged.value.before;
    if (n < WARM) continue;
    judging.push(Number(between - from) / 1e6);
    signing.push(Number(until - between) / 1e6);
  }
  return { medianMs: at(judging, 0.5), p95Ms: at(judging, 0.95), p99Ms: at(judging, 0.99), signMedianMs: at(signing, 0.5), signP99Ms: at(signing, 0.99), blocks: BLOCKS };
}

function at(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN) * 1000) / 1000;
}
