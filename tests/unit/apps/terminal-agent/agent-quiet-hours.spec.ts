import { envelopeSchema, type Message } from '#libs/contracts';
import { minuteOfDay } from '#libs/domain';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { Speaking } from '../../../support/terminal-agent/speaking';
import { useTestScene } from '../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../support/terminal-agent/test-terminal';
import { digestOf } from '../../../support/trust-builder';

const MINUTE = 60_000;
const chime = tone(500, 2_000);
const scene = useTestScene(chime);

/** A terminal of the township in whose quiet hours it is for ten minutes more; `until`: when they end. */
async function atNight(options: Parameters<typeof scene.ready>[0] = {}): Promise<{ readonly terminal: TestTerminal; readonly until: number }> {
  const terminal = await scene.ready(options);
  const now = terminal.truth.now();
  const toMinute = (minuteOfDay(now) + 10) % 1_440;
  const quiet = await scene.world.roster('t1', { set: { version: 2, quietHours: [{ fromMinute: (toMinute + 1_200) % 1_440, toMinute }] } });
  await terminal.answerExchange({ documents: [envelopeSchema.parse(quiet)] });
  await terminal.truth.move(1_000);
  return { terminal, until: (Math.floor(now / MINUTE) + 10) * MINUTE };
}

/** A notice of two repetitions, 3 s apart. */
async function notice(terminal: TestTerminal, set: Partial<Message> = {}, startAt = terminal.truth.now() + 700) {
  const body = { segments: [{ ...chime.segment, role: 'chime' as const }] };
  return orderOf(scene.world, 't1', [chime], { startAt, message: { class: 'notice', severity: 'none', body, ...set }, ...(set.notAfter === undefined ? {} : { notAfter: set.notAfter }) });
}

const beganAt = (terminal: TestTerminal) => terminal.starts().map(({ startedAt }) => Math.round(startedAt));

describe('a living voice in quiet hours', () => {
  it('is not put off: what is said now is not said again', async () => {
    const { terminal } = await atNight();
    const voice = await Speaking.begin(scene.world, terminal, { chime });
    await voice.say(20);
    await terminal.truth.move(20 * MINUTE);
    expect([terminal.starts(), terminal.told()]).toEqual([[], ['failed 0 QUIET_HOURS']]);
    expect(terminal.link.of('listen')).toEqual([]);
  });
});

describe('a notice in quiet hours', () => {
  it('is said when they are over, if its window has room then, and says meanwhile that it waits', async () => {
    const { terminal, until } = await atNight();
    await terminal.order((await notice(terminal)).order);
    await terminal.truth.move(5_000);
    expect([terminal.starts(), terminal.told()]).toEqual([[], ['acked 0', 'failed 1 QUIET_HOURS']]);
    await terminal.truth.move(until - terminal.truth.now() + 20_000);
    expect(beganAt(terminal)).toEqual([until, until + 3_000]);
    expect(terminal.told()).toEqual(['acked 0', 'failed 1 QUIET_HOURS', 'audible 1', 'done 1', 'audible 2', 'done 2']);
  });

  it('is not said where its window ends with them, or while they last', async () => {
    for (const later of [0, -5 * MINUTE]) {
      const { terminal, until } = await atNight();
      await terminal.order((await notice(terminal, { notAfter: until + later })).order);
      await terminal.truth.move(20 * MINUTE);
      expect([terminal.starts(), terminal.told()]).toEqual([[], ['failed 0 QUIET_HOURS']]);
    }
  });

  it('is said in the morning after a power cut in the night as well', async () => {
    const { terminal, until } = await atNight();
    await terminal.order((await notice(terminal)).order);
    await terminal.truth.move(5_000);
    terminal.crash();
    await terminal.boot();
    await terminal.goOnline();
    await terminal.truth.move(until - terminal.truth.now() + 20_000);
    expect(beganAt(terminal)).toEqual([until, until + 3_000]);
  });

  it('is no longer said when it was stopped or replaced in the night', async () => {
    const { terminal, until } = await atNight();
    const [stopped, replaced] = [await notice(terminal), await notice(terminal)];
    for (const { order } of [stopped, replaced]) await terminal.order(order);
    const instead = await notice(terminal, { replaces: digestOf(replaced.parts.message) });
    await terminal.order(instead.order);
    await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: Math.floor(terminal.truth.now()), scope: { kind: 'messages', messages: [stopped.digest] } } }));
    await terminal.truth.move(until - terminal.truth.now() + 30_000);
    expect(new Set(terminal.starts().map(({ job }) => job.messageDigest))).toEqual(new Set([instead.digest]));
    expect(terminal.told().filter((told) => told.startsWith('failed 0')).sort()).toEqual(['failed 0 STOPPED', 'failed 0 WITHDRAWN']);
  });

  it('begins with the neighbours on a terminal that comes back after they are over, or in the night', async () => {
    for (const backAfterMs of [-MINUTE, 1_000]) {
      const { terminal, until } = await atNight();
      const { order } = await notice(terminal);
      await terminal.truth.move(until + backAfterMs - terminal.truth.now());
      await terminal.order(order);
      await terminal.truth.move(MINUTE + 20_000);
      expect(beganAt(terminal)).toEqual(backAfterMs < 0 ? [until, until + 3_000] : [until + 1_200, until + 3_000]);
    }
  });

  it('that began before them, and is joined in them, is said once when they are over', async () => {
    const { terminal, until } = await atNight();
    const before = terminal.truth.now() - 20 * 60 * MINUTE;
    const { order } = await notice(terminal, { notBefore: before - MINUTE, notAfter: until + 60 * MINUTE, issuedAt: before - MINUTE }, before);
    await terminal.order(order);
    await terminal.truth.move(until - terminal.truth.now() + 20_000);
    expect(beganAt(terminal)).toEqual([until]);
    expect(terminal.told().at(-1)).toBe('done 2');
  });
});
