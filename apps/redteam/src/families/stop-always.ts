import { areaIdSchema, digestSchema, stopAnswerSchema } from '#libs/contracts';
import { systemClock } from '../../../cli/src';
import { giveSignedStop, throughGateway } from '../../../cli/src/commands/signed-stop';
import { percentiles } from '../../../scripted-day/src/figures';
import { until } from '../../../scripted-day/src/until';
import type { Family, Scene } from '../attack';
import type { Aired, Range } from '../range';

/** The figure of the threat model, and for terminals whose gateway was down: they must first come back. */
const WITHIN_MS = 5_000;
const AFTER_RETURN_MS = 15_000;
const SOUNDING_MS = 1_000;

interface Way {
  readonly name: string;
  readonly withinMs: number;
  /** What the attacker ends before the stop is pressed; ends with everything up again. */
  press(range: Range, aired: Aired, pressed: () => void): Promise<void>;
}

async function byToken(range: Range, { published }: Aired): Promise<void> {
  const stopper = await range.actor(range.cast.district, range.cast.stopper);
  await stopper.context.api.postStop(stopAnswerSchema, { messages: [published.digest] });
}

/** The stopper's own key, straight through the gateway on the server: no listener, no API server, no session. */
async function byKey(range: Range, { published }: Aired): Promise<void> {
  const { cast } = range;
  const stopper = await range.actor(cast.district, cast.stopper);
  const area = published.view.platform;
  await giveSignedStop(stopper.context, await range.keys.person(cast.district, cast.stopper), area, { area: areaIdSchema.parse(area), messages: [digestSchema.parse(published.digest)] }, (stop) => throughGateway(stopper.context, stop));
}

/** Which of our own processes are gone when somebody must stop it. */
const WAYS: readonly Way[] = [
  { name: 'all processes up', withinMs: WITHIN_MS, press: async (range, aired, pressed) => { pressed(); await byToken(range, aired); } },
  { name: 'API server and database gone', withinMs: WITHIN_MS, press: async (range, aired, pressed) => {
    await without(range, ['platform'], async () => {
      await range.system.stopDatabase();
      try {
        pressed();
        await byToken(range, aired);
        await silentEverywhere(range, aired, WITHIN_MS);
      } finally {
        await range.system.startDatabase();
      }
    });
  } },
  { name: 'API server and STOP listener gone, by a stopper\'s key', withinMs: WITHIN_MS, press: (range, aired, pressed) => without(range, ['platform', 'stop'], async () => { pressed(); await byKey(range, aired); await silentEverywhere(range, aired, WITHIN_MS); }) },
  { name: 'the gateway gone when it is pressed', withinMs: AFTER_RETURN_MS, press: (range, aired, pressed) => without(range, ['gateway'], async () => { pressed(); await byToken(range, aired); }) },
];

/** Whatever else is down, one of the right people silences everything: measured from the press to the last sample, each terminal by its own card (T24). */
export const STOP_ALWAYS: Family = {
  family: 'stopping while servers are down', threat: 'T24 T33', where: 'district',
  run: async ({ range, tally, thin }) => {
    for (const way of thin > 1 ? WAYS.slice(1, 3) : WAYS) await measured({ range, tally }, way);
    await range.untilAllThere();
    const after = await range.airNotice([range.cast.insideArea]);
    tally.control('a genuine notice sounds when all is up again', after.targets.length > 0);
  },
};

async function measured({ range, tally }: Pick<Scene, 'range' | 'tally'>, { name, withinMs, press }: Way): Promise<void> {
  await range.untilAllThere();
  // Signed in before anything is gone: the token is judged offline.
  await range.actor(range.cast.district, range.cast.stopper);
  const aired = await range.airBulletin();
  await systemClock.sleep(SOUNDING_MS);
  const sounding = (await cardsOf(range, aired)).filter(({ endedAt }) => endedAt === null).map(({ terminal }) => terminal);
  let pressedAt = systemClock.now();
  await press(range, aired, () => { pressedAt = systemClock.now(); });
  await silentEverywhere(range, aired, withinMs);
  const cards = await cardsOf(range, aired);
  const tooks: number[] = [];
  for (const terminal of sounding) {
    const own = cards.filter((card) => card.terminal === terminal);
    const took = Math.max(...own.map(({ endedAt }) => endedAt ?? Infinity)) - pressedAt;
    tooks.push(took);
    tally.judged(`${name}: ${terminal} after ${took} ms`, took <= withinMs && own.every(({ startedAt }) => startedAt <= pressedAt) ? 'silent' : 'play', ['silent']);
  }
  const { p50, max } = percentiles(tooks);
  tally.control(`${name}: ${sounding.length} terminals sounded; silent after ${p50} ms, the last after ${max} ms`, sounding.length > 0);
}

async function without(range: Range, names: readonly string[], work: () => Promise<void>): Promise<void> {
  for (const name of names) await range.system.hold(name);
  try {
    await work();
    if (names.includes('platform')) await systemClock.sleep(WITHIN_MS);
  } finally {
    for (const name of [...names].reverse()) await range.system.raise(name);
  }
}

function silentEverywhere(range: Range, aired: Aired, withinMs: number): Promise<true | undefined> {
  return until(withinMs, async () => ((await cardsOf(range, aired)).every(({ endedAt }) => endedAt !== null) ? true : undefined), 50);
}

async function cardsOf(range: Range, { published }: Aired) {
  return (await range.cards()).filter((card) => card.messageDigest === published.digest);
}
