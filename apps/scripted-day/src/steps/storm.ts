import { systemClock } from '../../../cli/src';
import { firstStarts, percentiles, type Percentiles } from '../figures';
import { spokenDraft } from '../scripts-duty';
import type { Stage } from '../stage';
import { until } from '../until';
import { allFinal } from './precedence';
import { approved, deliveriesOf, submitted } from './publish';

/** Step 14: every link breaks while an emergency is being signed; all come back at once and speak. */
export async function storm(stage: Stage): Promise<{ readonly stormToAudibleMs: Percentiles }> {
  const { cast, checks } = stage;
  const { online: before } = await stage.simulator.status();
  const author = await stage.actor(cast.district, cast.bulletinAuthor);
  const message = await submitted(author, spokenDraft({
    class: 'emergency', severity: 'red', eventType: '10101', title: '全区紧急转移', text: stage.pace.texts.storm, areas: cast.wholeDistrict, repeats: 2, windowMs: 300_000,
  }));
  await systemClock.sleep(4_000);
  const approvers = [await stage.actor(cast.district, cast.bulletinApprovers[0]), await stage.actor(cast.district, cast.bulletinApprovers[1])];
  await stage.system.kill('gateway');
  const detail = await approved(message, approvers);
  const approvedAt = detail.approvedAt ?? Number.POSITIVE_INFINITY;
  await until(60_000, async () => (firstHeard(await stage.cards(), message.digest).size >= before ? true : undefined), 250);
  const heard = firstHeard(await stage.cards(), message.digest);
  const stormToAudibleMs = percentiles([...heard.values()].map((at) => at - approvedAt));
  checks.add('storm: every horn speaks although every link broke', heard.size >= before, `${heard.size} of ${before}; ${firstStarts(await stage.cards(), message.digest).length} from the first repetition on`);
  checks.add('storm: an emergency during a reconnect storm is audible p99 within 10 s', stormToAudibleMs.p99 >= 0 && stormToAudibleMs.p99 <= 10_000, `p50 ${stormToAudibleMs.p50} ms, p99 ${stormToAudibleMs.p99} ms`);
  await allFinal(stage, [message], 120_000);
  stage.remember(message, (await deliveriesOf(message)).map((row) => row.terminal));
  return { stormToAudibleMs };
}

function firstHeard(cards: Awaited<ReturnType<Stage['cards']>>, digest: string): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const card of cards) {
    if (card.messageDigest === digest) first.set(card.terminal, Math.min(card.startedAt, first.get(card.terminal) ?? Number.POSITIVE_INFINITY));
  }
  return first;
}
