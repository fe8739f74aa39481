import type { TestOrder } from '../../../../tests/support/terminal-agent/orders';
import type { TestTerminal } from '../../../../tests/support/terminal-agent/test-terminal';
import { decodeSounds } from '../../../terminal-agent/src/playout/decode-sound';
import type { Decode } from '../../../terminal-agent/src/simulator/virtual-card';
import type { Family, Scene } from '../attack';
import { Bay } from '../bay';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAYS = 30;
const A_DAY = 2;
const EARLIER = 3;
/** One order in so many is replayed to a copy of the disk from before it. */
const OLDER_EVERY = 6;
const SOUNDS_MS = 4 * SECOND;
/** Whatever is played of a late order begins at once. */
const REPEATED_MS = 1_500;
const AT_ONCE = 4;

/** Of what the terminal dealt with. `silent`: it knows these very bytes, which its own platform sends again until it has heard of them. */
const REPLAYED = ['REJ_SEQ_REPLAY', 'REJ_SEQ_OLD', 'REJ_ID_SEEN', 'REJ_COMPLETED', 'silent'];
/** Of a terminal that has lost its memory: what may have sounded already is not played. */
const FORGOTTEN = [...REPLAYED, 'REJ_STATE_LOST', 'REJ_TIME_UNKNOWN'];

/**
 * Of what a copy of its disk from just before made it forget: it was never counted on that disk, and its id, refused since,
 * is kept until a day after its window only (facts 4b.5). From then on the window itself refuses it (4b.4, 9 after 6).
 */
const FORGOTTEN_LATE = [...REPLAYED, 'REJ_EXPIRED'];

/**
 * Thirty days of orders recorded on the wire of one whole terminal, and again: within their window, later, after power
 * cuts, and to a disk that was put back to a copy of before. What counts is what its card sounded (T26, G3).
 */
export const THIRTY_DAYS: Family = {
  family: 'thirty recorded days replayed', threat: 'T26 T27', where: 'agent',
  run: async (scene) => {
    const { lab, random, thin } = scene;
    const bay = new Bay(lab.world);
    const terminal = await bay.ready({ platform: 'v1', decode: decodedOnce() });
    const platform = new Platform(terminal);
    const recorded: TestOrder[] = [];
    const forgotten = new Set<TestOrder>();
    const total = Math.max(2 * OLDER_EVERY, Math.floor((DAYS * A_DAY) / Math.min(thin, 5)));
    const older = terminal.disk.copy();
    for (let n = 0; n < total; n += 1) {
      const before = terminal.disk.copy();
      const order = await aired(scene, bay, terminal, n);
      recorded.push(order);
      await replayed(scene, terminal, [order], `at once`, REPLAYED);
      await platform.afterPowerCut(random.int(80) * MINUTE);
      await replayed(scene, terminal, [order, ...Array.from({ length: EARLIER }, () => random.pick(recorded))], 'after a power cut', REPLAYED);
      if (n % OLDER_EVERY === OLDER_EVERY - 1) {
        forgotten.add(order);
        await platform.afterPowerCut(SECOND, before, () => replayed(scene, terminal, [order], 'to a copy of its disk from just before, before the platform told it so', FORGOTTEN));
        await replayed(scene, terminal, [order, random.pick(recorded)], 'to a copy of its disk from just before', FORGOTTEN);
      }
      await platform.afterPowerCut(Math.floor((24 / A_DAY) * HOUR - random.int(HOUR)));
    }
    await replayed(scene, terminal, recorded.filter((order) => !forgotten.has(order)), 'all of them at the end', REPLAYED);
    await replayed(scene, terminal, [...forgotten], 'at the end what an older copy of its disk did not know', FORGOTTEN_LATE);
    await platform.afterPowerCut(MINUTE, older);
    await replayed(scene, terminal, recorded, 'all of them, to its disk of the first day', [...FORGOTTEN, 'REJ_EXPIRED']);
    await platform.afterPowerCut(HOUR);
    await aired(scene, bay, terminal, total);
    await beforeTheStop(scene, bay);
  },
};

/** A genuine order of one of the three tiers, sounded. */
async function aired({ tally }: Scene, bay: Bay, terminal: TestTerminal, n: number): Promise<TestOrder> {
  const now = Math.floor(terminal.truth.now());
  const window = { issuedAt: now - SECOND, notBefore: now - SECOND, notAfter: now + 2 * HOUR };
  const order = await bay.order(terminal, { by: (['d', 't1', 'v1'] as const)[n % 3] ?? 'd', repeats: 1, sounds: [bay.siren], message: window, dispatch: { notBefore: window.notBefore, notAfter: window.notAfter } });
  await terminal.order(order.order);
  await terminal.truth.move(SOUNDS_MS);
  tally.control(`order ${n + 1} sounds once when it is new`, terminal.starts().filter(({ job }) => job.dispatchId === order.dispatchId).length === 1);
  return order;
}

/** A disk put back to before a stop: with the link up it is seen through at once; with the link cut what was admitted goes on, at most to its signed end (ADR 0020). */
async function beforeTheStop({ lab, tally }: Scene, bay: Bay): Promise<void> {
  const terminal = await bay.ready();
  const platform = new Platform(terminal);
  const { order, digest } = await bay.order(terminal, { repeats: 8, sounds: [bay.siren] });
  await terminal.order(order);
  await terminal.truth.move(SOUNDS_MS);
  const before = terminal.disk.copy();
  await terminal.stop(await lab.world.stop('t1', { set: { issuedAt: Math.floor(terminal.truth.now()) } }));
  await terminal.truth.move(SECOND);
  await platform.afterPowerCut(SECOND, before);
  const seen = heardOf(terminal, digest);
  await terminal.truth.move(MINUTE);
  tally.judged('a disk of before the stop, the link up', heardOf(terminal, digest) > seen ? 'play' : 'silent', ['silent']);
  terminal.crash();
  terminal.disk.putBack(before);
  terminal.link.up = false;
  await terminal.boot();
  await terminal.truth.move(HOUR);
  const end = Math.max(...terminal.starts().filter(({ job }) => job.messageDigest === digest).map(({ endedAt }) => endedAt ?? Infinity));
  tally.admitted('with its disk put back to before a stop and its link cut a terminal goes on with what it had admitted, to the signed end of that', end < terminal.truth.now() - HOUR + MINUTE);
}

/** A few at a time: more in a second than are examined would be refused for that. */
async function replayed({ tally }: Scene, terminal: TestTerminal, orders: readonly TestOrder[], when: string, codes: readonly string[]): Promise<void> {
  for (let from = 0; from < orders.length; from += AT_ONCE) {
    for (const { order, digest } of orders.slice(from, from + AT_ONCE)) {
      const [refused, starts] = [terminal.refused.length, heardOf(terminal, digest)];
      await terminal.order(order);
      await terminal.truth.move(REPEATED_MS);
      const said = terminal.refused.slice(refused).map(({ code }): string => code);
      tally.judged(`replayed ${when}`, heardOf(terminal, digest) > starts ? 'play' : said[0] ?? 'silent', codes);
    }
  }
}

function heardOf(terminal: TestTerminal, digest: string): number {
  return terminal.starts().filter(({ job }) => job.messageDigest === digest).length;
}

/** The other end of the link: it knows how far the terminal's receipts have come. */
class Platform {
  private counter = 0;

  constructor(private readonly terminal: TestTerminal) {}

  /** Off for so long, with the disk as it was or an older one; then online. `first`: what the attacker does while nothing is answered. */
  async afterPowerCut(offMs: number, disk?: ReturnType<TestTerminal['disk']['copy']>, first?: () => Promise<void>): Promise<void> {
    const { terminal } = this;
    const { link, truth } = terminal;
    this.counter = Math.max(this.counter, ...[...terminal.receipts(), ...terminal.events()].map(({ counter }) => counter));
    // What was received is not read again.
    link.sent.splice(0, link.sent.length, ...link.of('claim'));
    terminal.crash();
    if (disk !== undefined) terminal.disk.putBack(disk);
    await truth.move(offMs);
    await terminal.boot();
    terminal.agent.connect(0);
    await truth.move(1);
    await terminal.greet();
    await first?.();
    await terminal.answerExchange({ counter: this.counter, documents: await terminal.documents() });
    await truth.move(SECOND + 100);
    await terminal.answerExchange({ counter: this.counter });
    await truth.move(SECOND);
  }
}

/** The same siren again and again: decoded once. */
function decodedOnce(): Decode {
  let decoded: ReturnType<Decode> | undefined;
  return (sounds, fromFrame) => {
    if (fromFrame > 0) return decodeSounds(sounds, fromFrame, () => Promise.resolve());
    decoded ??= decodeSounds(sounds, fromFrame, () => Promise.resolve());
    return decoded;
  };
}
