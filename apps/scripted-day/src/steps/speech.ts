import { speechAnswerSchema } from '#libs/contracts';
import { systemClock } from '../../../cli/src';
import { firstStarts, percentiles, type Percentiles } from '../figures';
import { spokenDraft } from '../scripts-duty';
import type { Stage } from '../stage';
import { until } from '../until';
import { approved, deliveriesOf, isFinal, submitted } from './publish';

/** Step 6: a message with numbers is spoken, shown as it will be read, signed and heard; how long 200 characters take. */
export async function speak(stage: Stage): Promise<{ readonly speechMs: Percentiles }> {
  const { cast, checks } = stage;
  const author = await stage.actor(cast.district, cast.bulletinAuthor);
  const approvers = [await stage.actor(cast.district, cast.bulletinApprovers[0]), await stage.actor(cast.district, cast.bulletinApprovers[1])];
  const message = await submitted(author, spokenDraft({
    class: 'advisory', severity: 'yellow', eventType: '10203', title: '暴雨黄色预警', text: stage.pace.texts.numbers, areas: cast.dutyAreas, repeats: 1, windowMs: 300_000,
  }));
  const readings = new Map(message.view.readings.map(({ written, read }) => [written, read]));
  const read = [...readings.values()].join(' ');
  checks.add('speech: numbers are shown as they are read', ['幺幺九', '三点五摄氏度', '五十到一百毫米'].every((words) => read.includes(words)), read);
  await approved(message, approvers);
  const rows = await until(60_000, async () => {
    const deliveries = await deliveriesOf(message);
    return deliveries.some((row) => row.state === 'done') && deliveries.every((row) => isFinal(row) || !row.onlineAtDispatch) ? deliveries : undefined;
  }, 500);
  stage.remember(message, (await deliveriesOf(message)).map((row) => row.terminal));
  const online = (rows ?? []).filter((row) => row.onlineAtDispatch);
  const cards = await stage.cards();
  await stage.heard.keep('6-speech', message, message.digest, cards);
  const heard = firstStarts(cards, message.digest);
  checks.add('speech: the spoken message is heard and proved', online.length > 0 && online.every((row) => row.state === 'done'), `${online.filter((row) => row.state === 'done').length} of ${online.length}, ${heard.length} cards`);
  const times: number[] = [];
  for (let round = 0; round < stage.pace.syntheses; round += 1) {
    const from = systemClock.now();
    await author.context.api.post('/api/speech', speechAnswerSchema, { text: twoHundred(round) });
    times.push(systemClock.now() - from);
  }
  const speechMs = percentiles(times);
  checks.add('speech: 200 characters are ready within 2 s', speechMs.p99 >= 0 && speechMs.p99 <= 2_000, `p50 ${speechMs.p50} ms, p99 ${speechMs.p99} ms`);
  return { speechMs };
}

/** 200 characters that were never spoken before: what the cache knows is no measure. */
function twoHundred(round: number): string {
  const parts = Array.from({ length: 12 }, (_, part) => `第${round * 12 + part + 1}组请在${part + 6}时${10 + round}分到村口集合，`);
  return `${parts.join('').slice(0, 199)}。`;
}
