import { faultOf } from '../support/arbiter-scenes';

const SEQUENCES = Number(process.env['CLARION_SEQUENCES'] ?? 1_000_000);
/** Another part of the number line than the suite's. */
const FIRST_SEED = 100_000_001;

/** The long run of the arbiter against its model: every sequence equal, in any order of simultaneous events. */
export function run() {
  const began = process.hrtime.bigint();
  const faults: string[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEQUENCES && faults.length < 10; seed += 1) {
    const fault = faultOf(seed);
    if (fault !== undefined) faults.push(`seed ${seed}: ${fault}`);
  }
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  const seconds = Math.round(Number(process.hrtime.bigint() - began) / 1e9);
  return Promise.resolve({
    target: 'arbiter against its model: 1,000,000 generated sequences equal (CLARION_SEQUENCES sets another number)',
    measured: { sequences: SEQUENCES, different: faults.length, seconds }, peers: {}, runs: 1, held: faults.length === 0,
  });
}
