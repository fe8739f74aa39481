import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { DemoKeyFolder } from '../demo/key-folder';
import { sizesOf, tellReading, type CheckOptions } from './check';
import { writePapers } from './papers';
import type { DistrictPlan } from './plan';
import { planOf } from './plan-of';
import { readTables } from './read-input';
import { setUpDistrict } from './set-up';
import { faultCounts } from './tell-faults';

export interface ImportOptions extends CheckOptions { readonly out: string; readonly demoKeys: boolean }

/**
 * Makes an installation out of a district's tables: with `--demo-keys` one that starts at once, its people's keys made
 * here; without, the papers that real persons sign. Refuses tables with an error, and a folder that holds anything. What
 * breaks off leaves nothing behind.
 */
export async function importTables(context: Context, path: string, options: ImportOptions): Promise<number> {
  const out = resolve(options.out);
  if (existsSync(out) && readdirSync(out).length > 0) throw new CliError('FOLDER_NOT_EMPTY', `${out} is not empty`, EXIT.usage);
  const reading = await readTables(path, options.taken);
  tellReading(context, reading, options.all);
  if (reading.district === undefined) {
    context.give({ ok: false, counts: faultCounts(reading.faults), faults: reading.faults });
    return EXIT.refused;
  }
  const answer = { ok: true, out, tables: sizesOf(reading.district), counts: faultCounts(reading.faults), faults: reading.faults };
  try {
    return await write(context, planOf(reading.district), options.demoKeys, answer);
  } catch (error) {
    rmSync(out, { recursive: true, force: true });
    throw error;
  }
}

async function write(context: Context, plan: DistrictPlan, demoKeys: boolean, answer: { readonly out: string }): Promise<number> {
  const { out } = answer;
  if (demoKeys) {
    const config = { ...context.config, dataDir: join(out, 'data'), keysDir: join(out, 'data', 'keys'), demoKeysDir: join(out, 'people') };
    // Before the keys' folder makes its parents private: the database's own account must reach the data.
    mkdirSync(config.dataDir, { recursive: true });
    if (plan.platforms.some(({ people }) => people.some(({ keys, officerKey }) => keys !== undefined || officerKey !== undefined))) {
      context.say('the public keys in the tables are not used: with --demo-keys everybody\'s keys are made here');
    }
    await setUpDistrict(config, context.clock, await DemoKeyFolder.open(config.demoKeysDir, context.clock, config.profile), plan);
    context.say(`DEMO 演示 — start it: CLARION_DATA=${config.dataDir} CLARION_DEMO_KEYS=${config.demoKeysDir} npm start`);
    context.give({ ...answer, data: config.dataDir, people: config.demoKeysDir });
    return EXIT.ok;
  }
  const left = await writePapers(out, plan, context.clock, context.config.profile);
  context.say(`${left.charters} of ${plan.platforms.length} charters and ${left.rosters} rosters are ready to be signed in ${join(out, 'to-sign')}`);
  if (left.withoutOfficerKey.length > 0) context.say(`officers without their officer key: ${left.withoutOfficerKey.join(', ')}`);
  if (left.withoutKey.length > 0) context.say(`people without a public key: ${left.withoutKey.join(', ')}`);
  context.give({ ...answer, ...left });
  return left.withoutKey.length > 0 || left.withoutOfficerKey.length > 0 ? EXIT.partial : EXIT.ok;
}
