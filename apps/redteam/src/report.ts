import type { AttackRow } from './attack';
import type { TheftRow } from './theft/matrix';

/** Share of the refusals of each family that must carry the right code: a large family does not cover for a small one. */
const RIGHT_SHARE = 0.99;

export interface Report {
  readonly attacks: readonly AttackRow[];
  readonly theft: readonly TheftRow[];
  readonly totals: {
    readonly families: number; readonly tried: number; readonly refused: number; readonly rightCode: number; readonly sounded: number; readonly through: number; readonly alarmed: number;
    readonly rightShare: number; readonly unclear: readonly string[]; readonly controls: number; readonly controlsFailed: number;
    readonly theftTried: number; readonly theftOutside: number; readonly ms: number; readonly held: boolean;
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** The figures of a run. It held when nothing sounded or got through, in each family codes were right, every control went through and no stolen thing did more than it may. */
export function reportOf(attacks: readonly AttackRow[], theft: readonly TheftRow[], ms: number): Report {
  const tried = sum(attacks.map((row) => row.tried));
  const rightCode = sum(attacks.map((row) => row.rightCode));
  const sounded = sum(attacks.map((row) => row.sounded));
  const through = sum(attacks.map((row) => row.through));
  const unclear = attacks.filter((row) => row.rightCode < row.tried * RIGHT_SHARE).map(({ family }) => family);
  const controls = attacks.flatMap((row) => row.controls);
  const controlsFailed = controls.filter(({ ok }) => !ok).length;
  const rightShare = tried === 0 ? 0 : rightCode / tried;
  const empty = attacks.filter((row) => row.tried === 0 || row.controls.length === 0).length;
  const theftTried = sum(theft.map((row) => row.tried));
  const theftOutside = theft.filter((row) => !row.asExpected).length;
  return {
    attacks, theft,
    totals: {
      families: attacks.length, tried, refused: sum(attacks.map((row) => row.refused)), rightCode, sounded, through, alarmed: sum(attacks.map((row) => row.alarmed ?? 0)),
      rightShare, unclear, controls: controls.length, controlsFailed, theftTried, theftOutside, ms,
      held: tried + theftTried > 0 && sounded === 0 && through === 0 && unclear.length === 0 && controlsFailed === 0 && empty === 0 && theftOutside === 0,
    },
  };
}
