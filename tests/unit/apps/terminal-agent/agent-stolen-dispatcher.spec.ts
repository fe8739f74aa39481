import { envelopeSchema } from '#libs/contracts';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { settled } from '../../../support/terminal-agent/driven-time';
import { useTestScene } from '../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../support/terminal-agent/test-terminal';
import type { Beacon } from '#libs/contracts';

const siren = tone(700, 2_000, 'siren');
const scene = useTestScene(siren);
const LAST = Number.MAX_SAFE_INTEGER;
const YEAR = 31_536_000_000;

/** An answer by whoever holds t1's dispatcher key and the path, echoing the nonce that the terminal asked with. */
async function lie(terminal: TestTerminal, set: Partial<Beacon>): Promise<void> {
  const nonce = terminal.link.of('exchange').at(-1)?.nonce ?? null;
  const beacon = await scene.world.beacon('t1', { set: { at: Math.floor(terminal.truth.now()), nonce, terminal: nonce === null ? null : terminal.id, counter: nonce === null ? null : 0, ...set } });
  terminal.give({ kind: 'exchange', beacon: envelopeSchema.parse(beacon), documents: [], stops: [], isolates: [], orders: [] });
  await settled();
}

/** On again after a power cut and greeted; it has asked with a nonce, and nothing is answered. */
async function asking(): Promise<TestTerminal> {
  const terminal = await scene.ready();
  terminal.crash();
  await terminal.boot();
  terminal.agent.connect(0);
  await terminal.truth.move(1);
  await terminal.greet();
  return terminal;
}

/** The genuine platform is back: two answers, then an emergency of the district. What sounded and what was told of it. */
async function after(terminal: TestTerminal): Promise<readonly string[]> {
  for (let n = 0; n < 3; n += 1) {
    await terminal.truth.move(31_000);
    await terminal.answerExchange({});
  }
  const now = Math.floor(terminal.truth.now());
  const order = await orderOf(scene.world, 'd', [siren], { startAt: now + 3_000, repeats: 1, message: { issuedAt: now - 60_000 }, dispatch: { issuedAt: now } });
  await terminal.order(order.order);
  await terminal.truth.move(20_000);
  return terminal.receipts().filter(({ dispatchId }) => dispatchId === order.dispatchId).map(({ state }) => state);
}

describe('what a stolen dispatcher said before it was found out', () => {
  it('a counter beyond all numbers leaves the terminal its receipts', async () => {
    const terminal = await asking();
    await lie(terminal, { counter: LAST });
    expect(await after(terminal)).toEqual(['acked', 'audible', 'done']);
    expect(terminal.faults).toEqual([]);
  });

  it('a far future as the moment at which memory was lost does not silence what comes after it', async () => {
    const terminal = await asking();
    await lie(terminal, { at: Math.floor(terminal.truth.now()) + 100 * YEAR, counter: 1_000 });
    expect(await after(terminal)).toEqual(['acked', 'audible', 'done']);
  });

  it('a time that no calendar has is no time of day', async () => {
    const terminal = await asking();
    await terminal.answerExchange({});
    await lie(terminal, { at: LAST });
    await terminal.truth.move(1_000);
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_SCHEMA']);
    expect(await after(terminal)).toEqual(['acked', 'audible', 'done']);
  });

  it.each([['', false], [', and once more after it,', true]])('another day as the time, before a power cut%s, makes nothing be forgotten that was heard today', async (_words, again) => {
    const terminal = await scene.ready();
    const heard = await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 1_000, repeats: 1 });
    await terminal.order(heard.order);
    await terminal.truth.move(10_000);
    await lie(terminal, { at: Math.floor(terminal.truth.now()) + 10 * 86_400_000, nonce: null, terminal: null, counter: null });
    terminal.crash();
    await terminal.boot();
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    if (again) await lie(terminal, { at: Math.floor(terminal.truth.now()) + 10 * 86_400_000 });
    await terminal.truth.move(60_000);
    for (let n = 0; n < 3; n += 1) {
      await terminal.answerExchange({});
      await terminal.truth.move(31_000);
    }
    const now = Math.floor(terminal.truth.now());
    await terminal.order({ ...heard.order, dispatch: await scene.world.dispatch('t1', heard.order.message, heard.order.approvals, { set: { seq: 900_000, startAt: now + 1_000, issuedAt: now } }) as typeof heard.order.dispatch });
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.refused.at(-1)?.code).toBe('REJ_COMPLETED');
  });
});
