import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { knownAnswerGate } from '#libs/suites';
import { systemClock } from '../../cli/src';
import { DISTRICT_FAMILIES, DISMANTLING_FAMILIES, MEMORY_FAMILIES } from './families';
import { inMemory } from './memory';
import { runFamilies, wants, wantsTheft, type Choice, type Outcome } from './part';
import { withRange, type Range } from './range';
import { reportOf } from './report';
import { districtTheftRows } from './theft/district';
import { Transcript } from './transcript';

const DIST = path.resolve(__dirname, '../../..');
const USAGE = 'usage: npm run redteam -- [--json FILE] [--small] [--whole] [--only PATTERN] [--in-memory] [--seed N] [--port-offset N] [--keep]';
/** Added to every port: beside a district that runs and beside a scripted day. */
const PORT_OFFSET = 20_000;
/** From the ports of the first district to those of the second. */
const SECOND_ABOVE_FIRST = 1_000;
const SMALL_SHARE = 10;
const SEED = 20_261_122;

/** One of those that run beside each other: it says what it does and gives what came of it; it ends when `until` settles. */
type Part = (say: (line: string) => void, until: Promise<void>) => Promise<Outcome>;

/** `npm run redteam`: every family of attacks, in memory and on two districts of its own beside each other. Exit 0 only when it held. */
export async function main(args: readonly string[]): Promise<number> {
  const say = (line: string): void => { process.stdout.write(`${line}\n`); };
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: {
      json: { type: 'string' }, small: { type: 'boolean' }, whole: { type: 'boolean' }, only: { type: 'string' }, 'in-memory': { type: 'boolean' }, seed: { type: 'string' },
      'port-offset': { type: 'string' }, keep: { type: 'boolean' },
    } }));
  } catch {
    say(USAGE);
    return 2;
  }
  knownAnswerGate();
  const startedAt = systemClock.now();
  const choice: Choice = { only: values.only ?? null, thin: values.small === true ? SMALL_SHARE : 1, whole: values.whole === true, seed: Number(values.seed ?? SEED) };
  const ports = Number(values['port-offset'] ?? PORT_OFFSET);
  const onDistrict = (portOffset: number, heading: string, run: (range: Range, say: (line: string) => void) => Promise<Outcome>): Part => (tell, until) => {
    tell(heading);
    return withRange({ dist: DIST, portOffset, keep: values.keep === true, say: tell, until }, (range) => run(range, tell));
  };
  const parts: readonly (readonly [boolean, Part])[] = [
    [wantsTheft(choice) || MEMORY_FAMILIES.some((family) => wants(choice, family)), (tell, until) => {
      tell('in memory');
      return inMemory(choice, tell, until);
    }],
    [values['in-memory'] !== true && (wantsTheft(choice) || DISTRICT_FAMILIES.some((family) => wants(choice, family))), onDistrict(ports, 'on a running district', async (range, tell) => {
      const theft = wantsTheft(choice) ? await districtTheftRows(range, tell) : [];
      return { attacks: await runFamilies(DISTRICT_FAMILIES, choice, { range }, tell), theft };
    })],
    [values['in-memory'] !== true && DISMANTLING_FAMILIES.some((family) => wants(choice, family)), onDistrict(ports + SECOND_ABOVE_FIRST, 'on a second one, that is taken apart', async (range, tell) => (
      { attacks: await runFamilies(DISMANTLING_FAMILIES, choice, { range }, tell), theft: [] }
    ))],
  ];
  const outcomes = await besideEachOther(parts.flatMap(([isWanted, part]) => (isWanted ? [part] : [])), say);
  const [attacks, theft] = [outcomes.flatMap((one) => one.attacks), outcomes.flatMap((one) => one.theft)];
  const report = reportOf(attacks, theft, systemClock.now() - startedAt);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  const { totals } = report;
  say(`${totals.tried} attacks in ${totals.families} families: ${totals.refused} refused, ${(totals.rightShare * 100).toFixed(2)} % with the right code, ${totals.sounded} sounded, ${totals.through} got through otherwise; ${totals.controls - totals.controlsFailed} of ${totals.controls} controls; thefts: ${totals.theftOutside} of ${theft.length} other than expected; ${Math.round(totals.ms / 1000)} s`);
  return totals.held ? 0 : 1;
}

/** All of them to their end, what they say in their order. Where one breaks, or somebody asks to stop, the others are ended and cleared away before it is told. */
async function besideEachOther(parts: readonly Part[], say: (line: string) => void): Promise<readonly Outcome[]> {
  let end: () => void = () => undefined;
  const until = new Promise<void>((resolve) => { end = resolve; });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end);
  const transcript = new Transcript(say);
  let broke: { readonly cause: unknown } | undefined;
  const outcomes = await Promise.all(parts.map(async (part): Promise<readonly Outcome[]> => {
    const { say: tell, over } = transcript.part();
    try {
      return [await part(tell, until)];
    } catch (cause) {
      // The first one is the reason; what comes after it was ended for that.
      broke ??= { cause };
      end();
      return [];
    } finally {
      over();
    }
  }));
  if (broke !== undefined) throw broke.cause;
  return outcomes.flat();
}
