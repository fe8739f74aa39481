import { systemClock } from '../../cli/src';
import { seededRandom } from '../../../tests/support/seeded-random';
import { Tally, type AttackRow, type Family } from './attack';
import type { Lab } from './lab';
import type { Range } from './range';
import type { TheftRow } from './theft/matrix';

/** What of the suite is wanted; plain enough to be handed to another process. */
export interface Choice {
  /** A regular expression over name and threat; null for everything. */
  readonly only: string | null;
  /** Divides how much is tried. */
  readonly thin: number;
  readonly whole: boolean;
  readonly seed: number;
}

/** What came of one part of the suite. */
export interface Outcome {
  readonly attacks: readonly AttackRow[];
  readonly theft: readonly TheftRow[];
}

/** Where the families of a part are tried; what a part has not, it must not ask for. */
export interface Means {
  readonly lab?: Lab;
  readonly range?: Range;
}

export function wants({ only }: Choice, { family, threat }: Pick<Family, 'family' | 'threat'>): boolean {
  return only === null || new RegExp(only).test(`${family} ${threat}`);
}

export function wantsTheft({ only }: Choice): boolean {
  return only === null || new RegExp(only).test('theft');
}

/** Those of the families that are wanted, one after the other, each told in a line when it is over. */
export async function runFamilies(families: readonly Family[], choice: Choice, means: Means, say: (line: string) => void): Promise<readonly AttackRow[]> {
  const rows: AttackRow[] = [];
  for (const family of families.filter((one) => wants(choice, one))) rows.push(await runOne(family, choice, means, say));
  return rows;
}

async function runOne(family: Family, { seed, thin, whole }: Choice, means: Means, say: (line: string) => void): Promise<AttackRow> {
  const tally = new Tally();
  const startedAt = systemClock.now();
  try {
    await family.run({ tally, random: seededRandom(seed), thin, whole, get lab() { return given(means.lab, 'keys in memory'); }, get range() { return given(means.range, 'a running district'); } });
  } catch (cause) {
    // A family that cannot be tried has shown nothing.
    tally.control(`tried to its end: ${cause instanceof Error ? cause.stack ?? cause.message : String(cause)}`, false);
  }
  const row = tally.row(family, systemClock.now() - startedAt);
  say(`  ${row.threat}, ${row.family} (${row.where}): ${row.tried} tried, ${row.refused} refused, ${row.rightCode} by the right code, ${row.sounded} sounded${row.through === 0 ? '' : `, ${row.through} GOT THROUGH`}${row.alarmed === null ? '' : `, ${row.alarmed} alarmed`}; ${row.ms} ms`);
  for (const admitted of row.admitted) say(`       admitted: ${admitted}`);
  for (const wrong of new Set(row.wrong)) say(`       ${wrong}`);
  for (const { name } of row.controls.filter(({ ok }) => !ok)) say(`       CONTROL FAILED ${name}`);
  return row;
}

function given<T>(means: T | undefined, what: string): T {
  if (means === undefined) throw new Error(`this family asked for ${what}, which its part has not`);
  return means;
}
