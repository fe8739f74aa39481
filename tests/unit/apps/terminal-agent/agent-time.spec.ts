import { envelopeSchema } from '#libs/contracts';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import type { TestTerminal } from '../../../support/terminal-agent/test-terminal';
import { useTestScene } from '../../../support/terminal-agent/test-scene';

const siren = tone(700, 2_000, 'siren');
const scene = useTestScene(siren);

/** On again after a power cut and greeted by the gateway; no exchange has been answered yet. */
async function back(terminal: TestTerminal, offsetMs = 0): Promise<void> {
  await terminal.boot({ ppm: 0, offsetMs });
  terminal.agent.connect(0);
  await terminal.truth.move(1);
  await terminal.greet();
}

function emergency(now: number, repeats: number) {
  return orderOf(scene.world, 't1', [siren], { startAt: now + 3_000, repeats, message: { issuedAt: now - 60_000 }, dispatch: { issuedAt: now } });
}

describe('a battery clock that runs ahead', () => {
  it('holds nothing back once a beacon has set it: what comes then sounds at its time, also where an order was kept', async () => {
    const terminal = await scene.ready();
    const kept = await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 40_000, repeats: 10 });
    await terminal.order(kept.order);
    await terminal.truth.move(1_000);
    terminal.crash();
    await back(terminal, 3_600_000);
    await terminal.truth.move(500);
    await terminal.answerExchange({});
    await terminal.truth.move(1_500);
    const now = Math.floor(terminal.truth.now());
    const order = await orderOf(scene.world, 't1', [siren], { startAt: now + 3_000, repeats: 3, notAfter: now + 1_800_000, message: { severity: 'red', issuedAt: now - 60_000 }, dispatch: { issuedAt: now } });
    await terminal.order(order.order);
    await terminal.truth.move(60_000);
    expect(terminal.starts().filter(({ job }) => job.dispatchId === order.dispatchId).map(({ startedAt }) => Math.round(startedAt - now))).toEqual([3_000, 6_000, 9_000]);
  });
});

describe('somebody in the path', () => {
  it('who repeats one beacon for ever and lets no time probe through does not hold the time back', async () => {
    const terminal = await scene.make();
    terminal.link.onSent = undefined;
    await terminal.goOnline();
    const beacon = envelopeSchema.parse(await scene.world.beacon('d', { set: { at: Math.floor(terminal.truth.now()), nonce: null, terminal: null, counter: null } }));
    for (let n = 0; n < 200; n += 1) {
      terminal.give({ kind: 'exchange', beacon, documents: [], stops: [], isolates: [], orders: [] });
      await terminal.truth.move(100);
    }
    expect(Math.abs(terminal.agent.health().clockOffsetMs ?? NaN)).toBeLessThan(1_000);
  });
});

describe('an order that comes before the time is known', () => {
  it('waits for the first answer where the battery clock fell behind, and sounds', async () => {
    const terminal = await scene.ready();
    terminal.crash();
    await terminal.truth.move(600_000);
    await back(terminal, -10_000);
    const now = Math.floor(terminal.truth.now());
    await terminal.order((await emergency(now, 1)).order);
    await terminal.truth.move(500);
    await terminal.answerExchange({});
    await terminal.truth.move(10_000);
    expect(terminal.starts().map(({ startedAt }) => Math.round(startedAt - now))).toEqual([3_000]);
    expect(terminal.refused).toEqual([]);
  });

  it('is refused after ten seconds, and taken from the next exchange all the same', async () => {
    const terminal = await scene.ready({ batteryClock: false });
    terminal.crash();
    await back(terminal);
    const order = await emergency(Math.floor(terminal.truth.now()), 5);
    await terminal.order(order.order);
    await terminal.truth.move(11_500);
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_TIME_UNKNOWN']);
    await terminal.answerExchange({ orders: [order.order] });
    await terminal.truth.move(60_000);
    expect(terminal.starts().map(({ job }) => job.repetition)).toEqual([4, 5]);
  });

  it('does not make it ask again and again when an exchange itself brings it', async () => {
    const terminal = await scene.ready({ batteryClock: false });
    terminal.crash();
    await back(terminal);
    const order = await emergency(Math.floor(terminal.truth.now()), 5);
    const asked = () => terminal.link.of('exchange').length;
    await terminal.truth.move(2_000);
    const before = asked();
    for (let second = 0; second < 60; second += 1) {
      terminal.give({ kind: 'exchange', beacon: null, documents: [], stops: [], isolates: [], orders: [order.order] });
      await terminal.truth.move(1_000);
    }
    expect(asked() - before).toBeLessThanOrEqual(10);
    expect(terminal.events().filter(({ code }) => code === 'REJ_TIME_UNKNOWN')).toHaveLength(1);
  });
});

describe('a district whose clock ran forty days ahead for a while', () => {
  const AHEAD = 40 * 86_400_000;
  const shared = async (terminal: TestTerminal, at: number) => {
    const beacon = await scene.world.beacon('d', { set: { at: Math.floor(at), nonce: null, terminal: null, counter: null } });
    terminal.give({ kind: 'exchange', beacon: envelopeSchema.parse(beacon), documents: [], stops: [], isolates: [], orders: [] });
    await terminal.truth.move(1);
  };
  /** Something is stopped, then the wrong time comes and lasts for some exchanges. */
  async function misled() {
    const terminal = await scene.ready();
    const stopped = await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700, repeats: 5 });
    await terminal.order(stopped.order);
    await terminal.truth.move(2_000);
    await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: Math.floor(terminal.truth.now()) } }));
    for (let exchange = 0; exchange < 3; exchange += 1) {
      await shared(terminal, terminal.truth.now() + AHEAD);
      await terminal.truth.move(30_000);
    }
    expect(terminal.agent.health().clockOffsetMs).toBeLessThan(-AHEAD + 60_000);
    return { terminal, stopped };
  }
  async function sounds(terminal: TestTerminal): Promise<number> {
    const before = terminal.starts().length;
    const now = Math.floor(terminal.truth.now());
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: now + 3_000, repeats: 1, message: { issuedAt: now }, dispatch: { issuedAt: now } })).order);
    await terminal.truth.move(10_000);
    return terminal.starts().length - before;
  }

  it('is followed back by the answer to a nonce: what comes then sounds, and what was stopped stays so', async () => {
    const { terminal, stopped } = await misled();
    await shared(terminal, terminal.truth.now());
    expect(terminal.agent.health().clockOffsetMs).toBeLessThan(-AHEAD + 60_000);
    await terminal.truth.move(35_000);
    expect(terminal.link.of('exchange').at(-1)?.nonce).not.toBeNull();
    await terminal.answerExchange({});
    await terminal.truth.move(1_500);
    expect(Math.abs(terminal.agent.health().clockOffsetMs ?? NaN)).toBeLessThan(2_000);
    expect(terminal.incidents).toEqual(['clock-step', 'clock-step']);
    expect(await sounds(terminal)).toBe(1);
    const again = await scene.world.dispatch('t1', stopped.parts.message, stopped.parts.approvals, { set: { startAt: Math.floor(terminal.truth.now()) + 1_000, issuedAt: Math.floor(terminal.truth.now()), repeats: 1 } });
    await terminal.order(scene.world.bind(stopped.parts.message, stopped.parts.approvals, again).order);
    expect(terminal.refused.at(-1)?.code).toBe('REJ_STOPPED');
  });

  it('is followed back after a power cut as well, and the right time is what the disk keeps', async () => {
    const { terminal } = await misled();
    terminal.crash();
    await back(terminal);
    await terminal.answerExchange({});
    await terminal.truth.move(1_500);
    expect(await sounds(terminal)).toBe(1);
    terminal.crash();
    await back(terminal);
    expect(Math.abs(terminal.agent.health().clockOffsetMs ?? NaN)).toBeLessThan(2_000);
  });

  it('is told from a replay: an old beacon alone, or an old answer, sets nothing back', async () => {
    const terminal = await scene.ready();
    const answer = await scene.world.beacon('d', { set: { at: Math.floor(terminal.truth.now()), nonce: terminal.link.of('exchange')[1]?.nonce ?? '0'.repeat(32) as never, terminal: terminal.id, counter: 0 } });
    const early = terminal.truth.now();
    await terminal.truth.move(3_600_000);
    await terminal.answerExchange({});
    await terminal.truth.move(60_000);
    for (const beacon of [answer, await scene.world.beacon('d', { set: { at: Math.floor(early), nonce: null, terminal: null, counter: null } })]) {
      terminal.give({ kind: 'exchange', beacon: envelopeSchema.parse(beacon), documents: [], stops: [], isolates: [], orders: [] });
      await terminal.truth.move(1);
    }
    expect(Math.abs(terminal.agent.health().clockOffsetMs ?? NaN)).toBeLessThan(2_000);
    expect(terminal.incidents).toEqual([]);
  });
});
