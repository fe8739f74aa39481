import { stopAnswerSchema, type DeliveryView } from '#libs/contracts';
import { systemClock } from '../../../cli/src';
import { percentiles, type Percentiles } from '../figures';
import type { Stage } from '../stage';
import { until } from '../until';
import { deliveriesOf, isFinal, type Published } from './publish';

/** Step 3: STOP silences the bulletin everywhere; offline terminals that return later never start it. */
export async function stopBulletin(stage: Stage, bulletin: Published): Promise<{ readonly stopToSilenceMs: Percentiles }> {
  const { checks } = stage;
  const stopper = await stage.actor(stage.cast.district, stage.cast.stopper);
  const pressedAt = systemClock.now();
  const answer = await stopper.context.api.postStop(stopAnswerSchema, { messages: [bulletin.digest] });
  const entry = stage.messages.get(bulletin.digest);
  if (entry !== undefined) entry.stoppedAt = pressedAt;
  const silent = await until(5_000, async () => {
    const sounding = (await stage.cards()).filter((card) => card.messageDigest === bulletin.digest && card.endedAt === null);
    return sounding.length === 0 ? true : undefined;
  }, 100);
  const ended = (await stage.cards()).filter((card) => card.messageDigest === bulletin.digest && card.endedAt !== null && card.endedAt >= pressedAt);
  checks.add('STOP silences the bulletin everywhere', silent === true && ended.length > 0, `${ended.length} were sounding, written to ${answer.written}`);
  await returnAfterStop(stage, bulletin);
  return { stopToSilenceMs: percentiles(ended.map((card) => (card.endedAt ?? pressedAt) - pressedAt)) };
}

async function returnAfterStop(stage: Stage, bulletin: Published): Promise<void> {
  const returning = stage.heldOffline.slice(0, Math.max(1, Math.floor(stage.heldOffline.length / 2)));
  const since = systemClock.now();
  await stage.simulator.offline(returning, false);
  const back = await until(30_000, async () => {
    const rows = new Map<string, DeliveryView>((await deliveriesOf(bulletin)).map((row) => [row.terminal, row]));
    const due = returning.filter((terminal) => rows.has(terminal));
    return (await stage.simulator.status()).online >= returning.length && due.every((terminal) => isFinalRow(rows.get(terminal))) ? due : undefined;
  });
  await systemClock.sleep(3_000);
  const started = (await stage.cards()).filter((card) => returning.includes(card.terminal) && card.messageDigest === bulletin.digest && card.startedAt >= since);
  stage.checks.add('offline terminals that return after STOP never start it', back !== undefined && back.length > 0 && started.length === 0, `${back?.length ?? 0} targeted terminals came back, ${started.length} started`);
}

function isFinalRow(row: DeliveryView | undefined): boolean {
  return row !== undefined && isFinal(row);
}
