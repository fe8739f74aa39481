import { minuteOfDay } from '#libs/domain';
import type { TestTerminal } from '../../../../tests/support/terminal-agent/test-terminal';
import { ClockWatch } from '../../../platform/src/features/authority/clock-watch';
import type { Family, Scene } from '../attack';
import { Bay } from '../bay';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
const CHINA_MS = 8 * HOUR;
const A_MOMENT_MS = 15 * SECOND;
const SMALL = 10;

/** Where a clock may come to stand: by hand, by an empty battery, by a second put in, by summer time that somebody believes in. */
const SET: readonly (readonly [string, (now: number) => number])[] = [
  ['a day back', (now) => now - DAY], ['a day ahead', (now) => now + DAY], ['to 1970', () => 0], ['to the second after 32 bits are full', () => Date.UTC(2038, 0, 19, 3, 14, 8)],
  ['an hour back', (now) => now - HOUR], ['an hour ahead', (now) => now + HOUR], ['a year back', (now) => now - YEAR], ['ten minutes ahead', (now) => now + 10 * MINUTE],
];
/** Moments at which somebody's clock changed by an hour or held a second twice; China's own summer time among them. */
const ODD_MOMENTS = ['1986-05-03T16:00:00Z', '1991-09-14T15:00:00Z', '2016-12-31T23:59:59Z', '2017-01-01T00:00:00Z', '2027-03-14T10:00:00Z', '2027-03-28T01:00:00Z', '2027-10-31T01:00:00Z', '2027-11-07T09:00:00Z', '2028-02-29T00:00:00Z', '2038-01-19T03:14:07Z'];

/** Clocks of whole terminals and of the server are set (T69): nothing stale sounds, nothing sounds early, nothing waits for ever, and a server in doubt tells nobody the time. */
export const CLOCKS_SET: Family = {
  family: 'clocks set, of terminals and of the server', threat: 'T69', where: 'agent',
  run: async (scene) => {
    const { thin } = scene;
    for (const [name, to] of thin > SMALL ? SET.slice(0, 3) : SET) await atTerminal(scene, name, to);
    atServer(scene);
    oddMoments(scene);
  },
};

/** A power cut, and the battery clock stands elsewhere; then what was genuine a while ago, and what will be in a while, is handed in. */
async function atTerminal({ lab, tally }: Scene, name: string, to: (now: number) => number): Promise<void> {
  const bay = new Bay(lab.world);
  const terminal = await bay.ready();
  const { truth } = terminal;
  const stale = await orderAt(bay, terminal, 0);
  terminal.crash();
  await truth.move(2 * HOUR);
  const now = truth.now();
  const later = await orderAt(bay, terminal, HOUR);
  await terminal.boot({ ppm: 0, offsetMs: to(now) - now });
  terminal.agent.connect(0);
  await truth.move(1);
  await terminal.greet();
  for (const [what, { order }] of [['what was over', stale], ['what comes in an hour', later]] as const) {
    await terminal.order(order);
    await truth.move(A_MOMENT_MS);
    tally.judged(`clock set ${name}, before anybody told it the time: ${what}`, terminal.starts().length > 0 ? 'play' : terminal.refused.at(-1)?.code ?? 'waits', ['REJ_TIME_UNKNOWN']);
  }
  await terminal.answerExchange({});
  await truth.move(2 * SECOND);
  for (const [what, { order }, codes] of [['what was over', stale, ['REJ_EXPIRED']], ['what comes in an hour', later, ['REJ_NOT_YET']]] as const) {
    const refused = terminal.refused.length;
    await terminal.order(order);
    await truth.move(A_MOMENT_MS);
    tally.judged(`clock set ${name}, after the beacon: ${what}`, terminal.starts().length > 0 ? 'play' : terminal.refused[refused]?.code ?? 'nothing said', codes);
  }
  const fresh = await orderAt(bay, terminal, 0);
  await terminal.order(fresh.order);
  await truth.move(A_MOMENT_MS);
  tally.control(`clock set ${name}: what is true now sounds at its time`, isOnTime(terminal, fresh));
  await truth.move(later.startAt - truth.now() - SECOND);
  await terminal.order(later.order);
  await truth.move(A_MOMENT_MS);
  tally.control(`clock set ${name}: what was early sounds at its time, once`, isOnTime(terminal, later) && terminal.starts().length === 2);
}

interface Timed extends Awaited<ReturnType<Bay['order']>> { readonly startAt: number }

/** A genuine order for that moment from now on, an hour long. */
async function orderAt(bay: Bay, terminal: TestTerminal, inMs: number): Promise<Timed> {
  const now = Math.floor(terminal.truth.now());
  const startAt = now + inMs + SECOND;
  const window = { notBefore: now + inMs, notAfter: now + inMs + HOUR };
  return { ...await bay.order(terminal, { sounds: [bay.siren], repeats: 1, message: { issuedAt: now, ...window }, dispatch: { issuedAt: now, startAt, ...window } }), startAt };
}

function isOnTime(terminal: TestTerminal, { dispatchId, startAt }: Timed): boolean {
  const heard = terminal.starts().filter(({ job }) => job.dispatchId === dispatchId);
  return heard.length === 1 && heard.every(({ startedAt }) => Math.abs(startedAt - startAt) < SECOND);
}

/** The server's wall clock leaves the time since the machine started: it is doubted, and while it is nobody is told the time. */
function atServer({ tally, lab }: Scene): void {
  const start = lab.recorded[0]?.bound.issuedAt ?? 0;
  for (const isRunning of [true, false]) {
    for (const [name, to] of SET) {
      const clock = { wall: start, boot: 0, now: () => clock.wall, bootMs: () => clock.boot };
      let kept: number | undefined;
      const file = { read: () => kept, write: (at: number) => { kept = at; } };
      const watch = (): ClockWatch => new ClockWatch(clock, file, 7 * DAY, () => undefined);
      const first = watch();
      tally.control('a clock that goes is believed', first.check() === null);
      clock.wall = to(start);
      clock.boot += isRunning ? SECOND : 0;
      // After a start only what lies before the kept time, or too long after it, can be known to be wrong.
      const seen = (isRunning ? first : watch()).check() !== null;
      const isKnowable = isRunning || clock.wall < start - 5 * SECOND || clock.wall > start + 7 * DAY;
      if (isKnowable) tally.judged(`the server's clock set ${name}${isRunning ? '' : ' while it was off'}`, seen ? 'doubted' : 'believed', ['doubted']);
      clock.wall = start + 2 * SECOND;
      clock.boot += isRunning ? SECOND : 0;
      if (isKnowable) tally.control('set right again it is believed', (isRunning ? first : watch()).check() === null);
    }
  }
  for (const leap of [SECOND, -SECOND]) {
    const clock = { wall: start, boot: 0, now: () => clock.wall, bootMs: () => clock.boot };
    const watch = new ClockWatch(clock, { read: () => undefined, write: () => undefined }, 7 * DAY, () => undefined);
    watch.check();
    clock.wall += MINUTE + leap;
    clock.boot += MINUTE;
    tally.control(`a second ${leap > 0 ? 'put in' : 'left out'} is no doubt`, watch.check() === null);
  }
}

/** Hours of the day are eight ahead of UTC at every moment, whatever a table of time zones says of it. */
function oddMoments({ tally }: Scene): void {
  for (const text of ODD_MOMENTS) {
    const moment = Date.parse(text);
    for (const at of [moment - SECOND, moment, moment + SECOND, moment + HOUR]) {
      tally.judged(`the hour of the day at ${new Date(at).toISOString()}`, minuteOfDay(at) === Math.floor(((at + CHINA_MS) % DAY) / MINUTE) ? 'eight ahead' : `${minuteOfDay(at)} minutes`, ['eight ahead']);
    }
  }
}
