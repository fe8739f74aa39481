import { ProbeTiming } from '../../../../../apps/terminal-agent/src/time/probe-timing';
import { seededChance } from '../../../../support/terminal-agent/driven-time';
import { SteppedTime } from '../../../../support/terminal-agent/fake-device';

function bench() {
  const time = new SteppedTime();
  let asked = 0;
  const timing = new ProbeTiming({ wallMs: () => 0, monotonicMs: () => time.now(), setTimer: (ms, then) => time.setTimer(ms, then) }, seededChance(1), () => { asked += 1; });
  /** How often it asked in the next `ms`. */
  const askedIn = (ms: number): number => {
    const before = asked;
    time.move(ms);
    return asked - before;
  };
  return { timing, askedIn };
}

it('asks twenty times in the first seconds of a connection, then every fifteen seconds', () => {
  const { timing, askedIn } = bench();
  timing.start();
  expect(askedIn(3_000)).toBe(20);
  expect(askedIn(150_000)).toBeGreaterThanOrEqual(9);
  timing.stop();
  expect(askedIn(60_000)).toBe(0);
});

it('asks twelve times more when a voice is placed, before its first word, then once a second while it is live', () => {
  const { timing, askedIn } = bench();
  timing.start();
  askedIn(60_000);
  timing.live(true);
  expect(askedIn(4_000)).toBeGreaterThanOrEqual(12);
  expect(askedIn(10_000)).toBeLessThanOrEqual(11);
  timing.live(false);
  expect(askedIn(30_000)).toBeLessThanOrEqual(3);
  timing.live(true);
  expect(askedIn(4_000)).toBeGreaterThanOrEqual(12);
});
