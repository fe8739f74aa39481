import type { Health, TerminalId } from '#libs/contracts';
import { WithheldNews } from '../../../../../../apps/platform/src/features/delivery/withheld-news';

const horn = 't-1' as TerminalId;
const EXCHANGE = 30_000;

/** Exchanges half a minute apart; each says its state and whether it was answered. */
function toldOf(...exchanges: readonly (readonly [Health['state'], boolean, number?])[]): readonly boolean[] {
  const news = new WithheldNews();
  let now = 1_800_000_000_000;
  return exchanges.map(([state, isAnswered, after = EXCHANGE]) => news.heard(horn, state, isAnswered, (now += after)));
}

describe('a terminal that says that its news are old', () => {
  it('is believed at once where it was answered all the while', () => {
    expect(toldOf(['ready', true], ['ready', true], ['ready', true], ['degraded', true])).toEqual([false, false, false, true]);
  });

  it('has a minute to read the first answer after it was away', () => {
    expect(toldOf(['ready', true], ['emergency-only', true, 86_400_000], ['ready', true])).toEqual([false, false, false]);
    expect(toldOf(['degraded', true], ['degraded', true], ['degraded', true])).toEqual([false, false, true]);
  });

  it('says nothing of an attacker where nobody signs the time: then it is the server that is silent', () => {
    expect(toldOf(['degraded', false], ['degraded', false], ['degraded', false], ['degraded', true])).toEqual([false, false, false, false]);
  });

  it('nor does one that is silent for another reason', () => {
    expect(toldOf(['silent', true], ['silent', true], ['unassigned', true], ['time-unknown', true])).toEqual([false, false, false, false]);
  });
});
