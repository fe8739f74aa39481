import { Tally, type AttackRow, type Family, type Scene } from '../../apps/redteam/src/attack';
import { Lab } from '../../apps/redteam/src/lab';
import { seededRandom } from './seeded-random';

let lab: Promise<Lab> | undefined;

/** A family of the attack suite as the suite runs it, as thin as it goes, without a district. */
export async function thinRun(family: Family): Promise<AttackRow> {
  lab ??= Lab.open();
  const opened = await lab;
  const tally = new Tally();
  const scene: Scene = { tally, random: seededRandom(7), thin: 1_000, whole: false, lab: opened, get range(): never { throw new Error('no district'); } };
  await family.run(scene);
  return tally.row(family, 1);
}
