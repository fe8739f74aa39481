import { systemClock } from '../../../cli/src';
import { firstStarts } from '../figures';
import { spokenDraft } from '../scripts-duty';
import type { Stage } from '../stage';
import { until } from '../until';
import { publishRoster } from '../voice/publish-roster';
import { allFinal } from './precedence';
import { approved, deliveriesOf, isFinal, submitted } from './publish';

const DAY_MINUTES = 1_440;

/** Step 13: a village's officers sign quiet hours that hold now: a notice is not heard there, an emergency is. */
export async function quietHours(stage: Stage): Promise<void> {
  const { cast, checks } = stage;
  const officer = await stage.actor(cast.district, cast.officer);
  const minute = Math.floor(systemClock.now() / 60_000 + 8 * 60) % DAY_MINUTES;
  const band = { fromMinute: (minute + DAY_MINUTES - 60) % DAY_MINUTES, toMinute: (minute + 60) % DAY_MINUTES || DAY_MINUTES };
  await publishRoster({ demoKeysDir: stage.config.demoKeysDir, officer }, cast.quietVillage, () => ({ quietHours: [band] }));
  const author = await stage.actor(cast.district, cast.noticeAuthor);
  const notice = await submitted(author, spokenDraft({
    class: 'notice', severity: 'none', eventType: 'notice', title: '夜间通知', text: stage.pace.texts.returning, areas: [cast.quietVillage], repeats: 1, windowMs: 120_000,
  }));
  await approved(notice, [await stage.actor(cast.district, cast.noticeApprover)]);
  const rows = await until(30_000, async () => {
    const all = (await deliveriesOf(notice)).filter((row) => row.onlineAtDispatch);
    return all.length > 0 && all.every(isFinal) ? all : undefined;
  });
  stage.remember(notice, (await deliveriesOf(notice)).map((row) => row.terminal));
  const silent = firstStarts(await stage.cards(), notice.digest).length === 0;
  checks.add('quiet hours: a notice is not heard and says why', silent && rows !== undefined && rows.every((row) => row.reason === 'QUIET_HOURS'), (rows ?? []).map((row) => row.reason ?? row.state).join(' '));
  const warner = await stage.actor(cast.district, cast.bulletinAuthor);
  const red = await submitted(warner, spokenDraft({
    class: 'emergency', severity: 'red', eventType: '10101', title: '洪水红色预警', text: stage.pace.texts.red, areas: [cast.quietVillage], repeats: 1, windowMs: 120_000,
  }));
  await approved(red, [await stage.actor(cast.district, cast.bulletinApprovers[0]), await stage.actor(cast.district, cast.bulletinApprovers[1])]);
  await allFinal(stage, [red], 60_000);
  checks.add('quiet hours: an emergency is heard all the same', firstStarts(await stage.cards(), red.digest).length > 0, `${firstStarts(await stage.cards(), red.digest).length} horns`);
}
