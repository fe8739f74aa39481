import { digestSchema } from '#libs/contracts';
import type { TestTerminal } from '../../../../tests/support/terminal-agent/test-terminal';
import type { Family } from '../attack';
import { Bay } from '../bay';

const SECOND = 1_000;
const TOLERANCE_MS = SECOND;
const LONG_AFTER_MS = 20 * 60 * SECOND;
const SEEDS = 20;
const STOP_WITHIN_MS = SECOND;

/** How everything that would stop it is kept away, and what the lowest in the path makes worse. */
const AWAY = ['every packet swallowed', 'the line cut', 'the line cut and the power with it', 'told another time', 'asked to fetch without end'] as const;

/** Stops do not arrive: what sounds ends at its signed maximum with no message at all, and nothing of it comes back (T33). */
export const STOP_LOST: Family = {
  family: 'a stop that never arrives', threat: 'T33', where: 'agent',
  run: async ({ lab, tally, random, thin }) => {
    const bay = new Bay(lab.world);
    await control(bay, tally);
    for (let seed = 0; seed < Math.max(1, Math.floor(SEEDS / thin)); seed += 1) {
      for (const away of AWAY) {
        const terminal = await bay.ready({ seed: seed + 1, skew: { ppm: random.int(160) - 80, offsetMs: random.int(10_000) - 5_000 } });
        const cut = random.pick([true, false]);
        const repeats = cut ? 1 : 1 + random.int(4);
        const maxDurationMs = SECOND + random.int(4 * SECOND);
        const startAt = Math.floor(terminal.truth.now()) + 700;
        const { order } = await bay.order(terminal, { repeats, dispatch: cut ? { startAt, maxDurationMs } : { startAt } });
        await terminal.order(order);
        await terminal.truth.move(700 + random.int(900));
        tally.control('it sounds when the stop is taken away', terminal.agent.health().playing !== null);
        await takeAway(terminal, away);
        const lasts = cut ? maxDurationMs : repeats * 5 * SECOND + (repeats - 1) * SECOND + 2 * SECOND;
        tally.judged(`${away}, ${repeats} times, at most ${lasts} ms`, await endOf(terminal, startAt + lasts + TOLERANCE_MS), ['silent']);
      }
    }
  },
};

async function takeAway(terminal: TestTerminal, away: (typeof AWAY)[number]): Promise<void> {
  const { link, truth } = terminal;
  switch (away) {
    case 'every packet swallowed':
      link.onSent = () => undefined;
      return;
    case 'the line cut':
      link.up = false;
      link.cut();
      return;
    case 'the line cut and the power with it':
      terminal.crash();
      link.up = false;
      await truth.move(200);
      await terminal.boot();
      return;
    case 'told another time':
      // Probes answered as if it were a minute earlier: what runs must not run a minute longer.
      link.onSent = (frame) => { if (frame.kind === 'time') queueMicrotask(() => { terminal.give({ kind: 'time', t1: frame.t1, t2: truth.now() - 60_000, t3: truth.now() - 60_000 }); }); };
      return;
    case 'asked to fetch without end':
      terminal.give({ kind: 'prefetch', media: Array.from({ length: 200 }, (_, index) => ({ sha256: digestSchema.parse(index.toString(16).padStart(64, '0')), bytes: 1_000_000 })) });
      link.onSent = () => undefined;
  }
}

/** `silent` when the card is by then and stays so, else `play`. */
async function endOf(terminal: TestTerminal, by: number): Promise<string> {
  await terminal.truth.move(Math.max(0, by - terminal.truth.now()));
  const isOver = terminal.starts().every(({ endedAt }) => endedAt !== null && endedAt <= by);
  await terminal.truth.move(LONG_AFTER_MS);
  const isLast = terminal.starts().every(({ startedAt, endedAt }) => startedAt <= by && endedAt !== null && endedAt <= by);
  return isOver && isLast ? 'silent' : 'play';
}

async function control(bay: Bay, tally: Parameters<Family['run']>[0]['tally']): Promise<void> {
  const terminal = await bay.ready();
  await terminal.order((await bay.order(terminal, { repeats: 4 })).order);
  await terminal.truth.move(2_000);
  const pressedAt = terminal.truth.now();
  await terminal.stop(await bay.world.stop('t1', { set: { issuedAt: Math.floor(pressedAt) } }));
  await terminal.truth.move(STOP_WITHIN_MS);
  const [first] = terminal.starts();
  tally.control('a stop that arrives silences it within a second', terminal.starts().length === 1 && (first?.endedAt ?? Infinity) <= pressedAt + STOP_WITHIN_MS);
}
