import { systemClock } from '../../../cli/src';
import type { CardStart } from '../figures';
import { spokenDraft } from '../scripts-duty';
import type { Stage } from '../stage';
import { until } from '../until';
import { approved, deliveriesOf, isFinal, submitted } from './publish';

const REPEATS = 3;
const GAP_MS = 4_000;

/** Steps 11 and 12: horns that come back before the last repetition, later, and after the window; a power dip in the middle. */
export async function returns(stage: Stage): Promise<void> {
  const { cast, checks } = stage;
  const [early, late, tooLate, dip] = (await Promise.all(cast.returnAreas.map((area) => stage.terminalsIn(area)))).flat().filter((terminal) => terminal.online).map((terminal) => terminal.id);
  if (early === undefined || late === undefined || tooLate === undefined || dip === undefined) {
    checks.add('return: there are four horns to rehearse with', false, cast.returnAreas.join(' '));
    return;
  }
  const author = await stage.actor(cast.district, cast.noticeAuthor);
  const message = await submitted(author, spokenDraft({
    class: 'notice', severity: 'none', eventType: 'notice', title: '防汛提醒', text: stage.pace.texts.returning, areas: cast.returnAreas, repeats: REPEATS, windowMs: stage.pace.returnWindowMs, gapMs: GAP_MS,
  }));
  await systemClock.sleep(3_000);
  await stage.simulator.offline([early, late, tooLate], true);
  await systemClock.sleep(500);
  await approved(message, [await stage.actor(cast.district, cast.noticeApprover)]);
  const of = async (terminal: string): Promise<readonly CardStart[]> => (await stage.cards()).filter((card) => card.messageDigest === message.digest && card.terminal === terminal);
  await until(15_000, async () => ((await of(dip)).length > 0 ? true : undefined), 50);
  await systemClock.sleep(1_500);
  await stage.simulator.crash(dip, 'now');
  await stage.simulator.boot(dip);
  await stage.simulator.offline([early], false);
  // The others speak their last repetition; then the second one comes back, inside the window.
  await until(60_000, async () => {
    const done = (await deliveriesOf(message)).filter((row) => row.onlineAtDispatch && row.terminal !== dip && ![early, late, tooLate].includes(row.terminal));
    return done.length > 0 && done.every(isFinal) ? true : undefined;
  }, 200);
  await stage.simulator.offline([late], false);
  await until(20_000, async () => ((await of(late)).length > 0 ? true : undefined), 200);
  const left = message.view.notAfter + 1_000 - systemClock.now();
  if (left > 0) await systemClock.sleep(left);
  await stage.simulator.offline([tooLate], false);
  const rows = await until(60_000, async () => {
    const all = await deliveriesOf(message);
    return all.length > 0 && all.every(isFinal) ? all : undefined;
  }, 500);
  stage.remember(message, (await deliveriesOf(message)).map((row) => row.terminal));
  const fate = (terminal: string): string => {
    const row = rows?.find((candidate) => candidate.terminal === terminal);
    return row === undefined ? 'open' : `${row.state}${row.reason === null ? '' : ` ${row.reason}`}`;
  };
  const [joined] = await of(early);
  checks.add('return: back before the last repetition joins the others at a boundary or in the opening', joined !== undefined && (joined.repetition > 1 || joined.fromMs > 0) && Math.abs(joined.startedAt - joined.startAt) < 500, `repetition ${joined?.repetition ?? 0} from ${joined?.fromMs ?? 0} ms, ${fate(early)}`);
  const alone = await of(late);
  checks.add('return: back later, inside the window, speaks once alone', alone.length === 1 && fate(late) === 'done', `${alone.length} times, ${fate(late)}`);
  const never = await of(tooLate);
  checks.add('return: back after the window stays silent and says so', never.length === 0 && /EXPIRED|OFFLINE_NET/.test(fate(tooLate)), `${never.length} times, ${fate(tooLate)}`);
  const power = await of(dip);
  const repetitions = power.map((card) => card.repetition);
  checks.add('power dip: the interrupted repetition is never repeated, the next one plays at its time', power.length >= 2 && new Set(repetitions).size === repetitions.length && power.slice(1).every((card) => Math.abs(card.startedAt - card.startAt) < 500), `repetitions ${repetitions.join(' ')}, ${fate(dip)}`);
}
