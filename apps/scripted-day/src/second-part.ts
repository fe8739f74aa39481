import { percentiles } from './figures';
import type { Stage } from './stage';
import { takeBack } from './steps/correction';
import { drill } from './steps/drill';
import { moreSevere, takeTurns } from './steps/precedence';
import { quietHours } from './steps/quiet';
import { returns } from './steps/return';
import { speak } from './steps/speech';
import { storm } from './steps/storm';

type Figures = Readonly<Record<string, unknown>>;

/** The scripted day, second part: what a duty day needs beyond one warning. */
export async function playSecondPart(stage: Stage): Promise<Figures> {
  const [first, second] = [() => warnings(stage), () => rehearsals(stage)];
  const played = stage.pace.sideBySide ? await Promise.all([first(), second()]) : [await first(), await second()];
  stage.say('14: every link breaks during an emergency');
  return { ...played[0], ...played[1], ...await storm(stage) };
}

/** Steps 6 to 9, in the duty areas. */
async function warnings(stage: Stage): Promise<Figures> {
  const { say } = stage;
  say('6: a message with numbers, spoken');
  const speech = await speak(stage);
  say('7: a more severe message over a running one');
  const { preemptMs, resumeErrorsMs } = await moreSevere(stage);
  say('8: three alerts in one minute');
  const turns = await takeTurns(stage);
  say('9: stopped by mistake; a false alert and its correction');
  const { resumeErrorsMs: afterStop, ...correction } = await takeBack(stage);
  return { ...speech, preemptMs, ...turns, ...correction, resumeErrorMs: percentiles([...resumeErrorsMs, ...afterStop]) };
}

/** Steps 10 to 13, in other places. */
async function rehearsals(stage: Stage): Promise<Figures> {
  const { say } = stage;
  say('10: a drill');
  const drilled = await drill(stage);
  say('11, 12: horns that return; a power dip');
  await returns(stage);
  say('13: quiet hours');
  await quietHours(stage);
  return drilled;
}
