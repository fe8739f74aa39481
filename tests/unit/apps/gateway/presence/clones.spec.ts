import type { TerminalId } from '#libs/contracts';
import { AlarmLog } from '../../../../../apps/gateway/src/presence/alarm-log';
import { CloneWatch } from '../../../../../apps/gateway/src/presence/clone-watch';
import { FakeClock, ScriptedPlatform } from '../fakes';

const horn = 'horn-1' as TerminalId;

describe('copies of one terminal', () => {
  /** Each entry: ms since the one before, and how long the connection that was pushed out had been quiet. */
  const told = (story: readonly (readonly [number, number])[]): boolean[] => {
    const clock = new FakeClock();
    const watch = new CloneWatch(clock);
    return story.map(([afterMs, quietMs]) => {
      clock.ms += afterMs;
      return watch.replaced(horn, clock.monotonicMs() - quietMs);
    });
  };

  it('push each other out three times within a minute, each time while the other was alive', () => {
    expect(told([[0, 4_000], [8_000, 8_000], [8_000, 100]])).toEqual([false, false, true]);
    expect(told([[0, 0], [29_999, 0], [29_999, 0], [0, 0]])).toEqual([false, false, true, false]);
  });

  it.each<[string, readonly (readonly [number, number])[]]>([
    ['a line that broke unnoticed, again and again', [[0, 45_000], [1_000, 45_000], [1_000, 45_000], [1_000, 45_000]]],
    ['a unit that starts again twice', [[0, 10_000], [20_000, 10_000]]],
    ['one push out a minute', [[0, 0], [30_000, 0], [30_000, 0], [30_000, 0]]],
  ])('are not %s', (_what, story) => {
    expect(told(story).some((one) => one)).toBe(false);
  });

  it('are remembered each for itself and forgotten after a minute', () => {
    const clock = new FakeClock();
    const watch = new CloneWatch(clock);
    const names = Array.from({ length: 3 }, (_, at) => `horn-${at}` as TerminalId);
    expect(names.map((name) => watch.replaced(name, clock.monotonicMs()))).toEqual([false, false, false]);
    clock.ms += 60_000;
    watch.sweep();
    expect(Reflect.get(watch, 'pushedOut')).toEqual(new Map());
  });
});

describe('alarms at the door', () => {
  it('reach the platform once a minute for each terminal and kind, and wait while it is away', async () => {
    jest.useFakeTimers();
    try {
      const clock = new FakeClock();
      const platform = new ScriptedPlatform();
      const sent: unknown[][] = [];
      platform.isUp = false;
      platform.respond = (_route: unknown, request: unknown) => {
        sent.push((request as { alarms: { terminal: string; kind: string }[] }).alarms.map(({ terminal, kind }) => `${kind} ${terminal}`));
        return Promise.resolve({ ok: true, value: {} });
      };
      const log = new AlarmLog(clock, platform);
      log.raise('clone', horn);
      log.raise('clone', horn);
      log.raise('device-refused', horn, { code: 'HELLO_SIGNATURE', keyId: 'k' });
      await jest.advanceTimersByTimeAsync(100);
      expect(sent).toEqual([]);
      platform.isUp = true;
      platform.comesBack();
      await jest.advanceTimersByTimeAsync(100);
      expect(sent).toEqual([['clone horn-1', 'device-refused horn-1']]);
      clock.ms += 60_000;
      log.raise('clone', horn);
      for (let knock = 0; knock < 5_000; knock += 1) log.raise('device-refused', `nobody-${knock}` as TerminalId);
      await jest.advanceTimersByTimeAsync(200);
      expect(sent.flat().length).toBeLessThanOrEqual(2 + 1_000);
      expect(sent[1]?.[0]).toBe('clone horn-1');
    } finally {
      jest.useRealTimers();
    }
  });
});
