import { firstStarts, percentiles, type CardStart, type Percentiles } from '../figures';
import { spokenDraft } from '../scripts-duty';
import type { Stage } from '../stage';
import { until } from '../until';
import { systemClock } from '../../../cli/src';
import { approved, deliveriesOf, submitted, type Published } from './publish';

/** Where a card stood in a repetition when it was cut, ms. */
function cutAt(card: CardStart): number {
  return card.fromMs + ((card.endedAt ?? card.startedAt) - card.startedAt);
}

/**
 * What went on after an interruption against where it had been cut, per terminal: the difference in ms. `gains` tells
 * whether each went on exactly as loud.
 */
export function resumption(cards: readonly CardStart[], digest: string): { readonly errorsMs: readonly number[]; readonly gains: boolean; readonly resumed: number } {
  const own = cards.filter((card) => card.messageDigest === digest);
  const resumed = own.filter((card) => card.fromMs > 0);
  const pairs = resumed.flatMap((card) => {
    const before = own.filter((other) => other.terminal === card.terminal && other.startedAt < card.startedAt).sort((a, b) => b.startedAt - a.startedAt)[0];
    return before === undefined ? [] : [{ card, before }];
  });
  return {
    errorsMs: pairs.map(({ card, before }) => Math.abs(card.fromMs - cutAt(before))),
    gains: pairs.every(({ card, before }) => card.gainDb === before.gainDb),
    resumed: pairs.length,
  };
}

/** Step 7: a red warning over a running notice; the notice goes on afterwards where it was, as loud as it was. */
export async function moreSevere(stage: Stage): Promise<{ readonly preemptMs: Percentiles; readonly resumeErrorsMs: readonly number[] }> {
  const { cast, checks } = stage;
  const author = await stage.actor(cast.district, cast.noticeAuthor);
  const notice = await submitted(author, spokenDraft({
    class: 'notice', severity: 'none', eventType: 'notice', title: '停水通知', text: stage.pace.texts.notice, areas: cast.dutyAreas, repeats: 1, windowMs: 600_000, whenPreempted: 'resume',
  }));
  const warner = await stage.actor(cast.district, cast.bulletinAuthor);
  const red = await submitted(warner, spokenDraft({
    class: 'emergency', severity: 'red', eventType: '10101', title: '洪水红色预警', text: stage.pace.texts.red, areas: cast.dutyAreas, repeats: 1, windowMs: 600_000,
  }));
  await approved(red, [await stage.actor(cast.district, cast.bulletinApprovers[0])]);
  await systemClock.sleep(2_000);
  await approved(notice, [await stage.actor(cast.district, cast.noticeApprover)]);
  await until(15_000, async () => (firstStarts(await stage.cards(), notice.digest).length > 0 ? true : undefined));
  await systemClock.sleep(stage.pace.soundingMs);
  await approved(red, [await stage.actor(cast.district, cast.bulletinApprovers[1])]);
  await allFinal(stage, [notice, red], 120_000);
  const cards = await stage.cards();
  const reds = firstStarts(cards, red.digest);
  const delays = reds.flatMap((card) => {
    const cut = cards.find((other) => other.terminal === card.terminal && other.messageDigest === notice.digest && other.fromMs === 0);
    return cut === undefined || cut.endedAt === null ? [] : [Math.max(card.startedAt, cut.endedAt) - card.startAt];
  });
  const preemptMs = percentiles(delays);
  const { errorsMs, gains, resumed } = resumption(cards, notice.digest);
  const worst = percentiles(errorsMs);
  checks.add('precedence: the red warning takes the horns within 0.5 s', preemptMs.p99 >= 0 && preemptMs.p99 <= 500, `p50 ${preemptMs.p50} ms, p99 ${preemptMs.p99} ms on ${delays.length} horns`);
  const wentOn = new Set(cards.filter((card) => card.messageDigest === notice.digest && card.fromMs > 0).map(({ terminal }) => terminal));
  const silent = (await deliveriesOf(notice)).filter(({ terminal }) => cards.some((card) => card.terminal === terminal && card.messageDigest === notice.digest) && !wentOn.has(terminal));
  const why = silent.slice(0, 5).map(({ terminal, state, reason }) => `${terminal} ${state} ${reason ?? ''}`.trimEnd());
  checks.add('precedence: the notice goes on within 0.5 s of its place, exactly as loud', resumed > 0 && resumed === delays.length && worst.max <= 500 && gains,
    `${resumed} of ${delays.length}, worst ${worst.max} ms${why.length === 0 ? '' : `; did not go on: ${why.join(', ')}`}`);
  return { preemptMs, resumeErrorsMs: errorsMs };
}

/** Step 8: three equal alerts in one minute share the horns, repetition by repetition, each heard whole. */
export async function takeTurns(stage: Stage): Promise<{ readonly turnsHeardWhole: boolean }> {
  const { cast, checks } = stage;
  const author = await stage.actor(cast.district, cast.bulletinAuthor);
  const approvers = [await stage.actor(cast.district, cast.bulletinApprovers[0]), await stage.actor(cast.district, cast.bulletinApprovers[1])];
  const repeats = 2;
  const alerts: Published[] = [];
  for (const [index, text] of stage.pace.texts.alerts.entries()) {
    alerts.push(await submitted(author, spokenDraft({
      class: 'advisory', severity: 'orange', eventType: '10299', title: `橙色预警之${index + 1}`, text, areas: cast.dutyAreas, repeats, windowMs: 600_000, gapMs: 500,
    })));
  }
  await systemClock.sleep(2_000);
  for (const alert of alerts) await approved(alert, approvers);
  await allFinal(stage, alerts, 180_000);
  const cards = (await stage.cards()).filter((card) => alerts.some((alert) => alert.digest === card.messageDigest));
  const terminals = new Set(cards.map((card) => card.terminal));
  const isWhole = (card: CardStart): boolean => card.fromMs === 0 && card.endedAt !== null && card.digest !== null;
  const whole = cards.filter(isWhole).length;
  const broken = cards.filter((card) => !isWhole(card)).map((card) => `${card.terminal} from ${card.fromMs} ms ${card.endedAt === null ? 'without an end' : `for ${card.endedAt - card.startedAt} ms`}`);
  const turns = [...terminals].every((terminal) => {
    const order = cards.filter((card) => card.terminal === terminal).sort((a, b) => a.startedAt - b.startedAt);
    const overlap = order.some((card, at) => at > 0 && card.startedAt < (order[at - 1]?.endedAt ?? 0) - 1);
    return !overlap && order.every((card, at) => at === 0 || card.messageDigest !== order[at - 1]?.messageDigest);
  });
  const turnsHeardWhole = terminals.size > 0 && turns && cards.length === whole && whole === terminals.size * alerts.length * repeats;
  checks.add('turns: three alerts in one minute are each heard whole, in turn', turnsHeardWhole, `${whole} of ${terminals.size * alerts.length * repeats} repetitions whole on ${terminals.size} horns${broken.length === 0 ? '' : `; not whole: ${broken.slice(0, 5).join(', ')}`}`);
  return { turnsHeardWhole };
}

/** Waits until nothing more will be heard of these messages, and remembers them for the day's end. */
export async function allFinal(stage: Stage, messages: readonly Published[], limitMs: number): Promise<void> {
  await until(limitMs, async () => {
    const rows = (await Promise.all(messages.map((message) => deliveriesOf(message)))).flat();
    return rows.length > 0 && rows.every((row) => row.state === 'done' || row.state === 'failed' || !row.onlineAtDispatch) ? true : undefined;
  }, 500);
  for (const message of messages) stage.remember(message, (await deliveriesOf(message)).map((row) => row.terminal));
}
