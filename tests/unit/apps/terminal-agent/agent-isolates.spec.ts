import { areaOf, type World } from '../../../support/trust-builder';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../support/terminal-agent/test-terminal';

const siren = tone(700, 2_000, 'siren');
const MINUTE = 60_000;
const scene = useTestScene(siren);

type Class = 'emergency' | 'advisory';
async function sent(terminal: TestTerminal, by: 'd' | 't1' | 'v1', of: Class, repeats = 3) {
  const body = { segments: [{ ...siren.segment, role: of === 'emergency' ? 'siren' as const : 'chime' as const }] };
  const order = await orderOf(scene.world, by, [siren], { startAt: terminal.truth.now() + 700, repeats, message: { class: of, severity: 'orange', body } });
  await terminal.order(order.order);
  return order;
}

async function isolate(terminal: TestTerminal, set: Parameters<World['isolate']>[1] = {}, by: 'v1' | 't1' = 'v1') {
  const now = Math.floor(terminal.truth.now());
  const envelope = await scene.world.isolate(by, { ...set, set: { issuedAt: now, notAfter: now + 10 * MINUTE, ...set.set } });
  terminal.give({ kind: 'isolate', isolate: envelope as never });
  await terminal.truth.move(100);
  return envelope;
}

describe('an isolate', () => {
  it('ends at once what a tier above is saying, raises the alarm, and is seen in health until it ends by itself', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    await sent(terminal, 't1', 'advisory');
    await terminal.truth.move(1_500);
    const at = terminal.truth.now();
    const envelope = await isolate(terminal);
    expect((terminal.starts()[0]?.endedAt ?? Infinity) - at).toBeLessThan(100);
    expect(terminal.agent.health().isolatedUntil).toBe(Math.floor(at) + 10 * MINUTE);
    terminal.give({ kind: 'isolate', isolate: envelope as never });
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'failed 0 ISOLATED']);
    expect(terminal.events().map(({ kind, payloadType }) => [kind, payloadType])).toEqual([['isolated', 'application/vnd.clarion.isolate.v1+json']]);
    await sent(terminal, 'd', 'advisory');
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.told().at(-1)).toBe('failed 0 ISOLATED');
    await terminal.truth.move(10 * MINUTE);
    await terminal.answerExchange({});
    expect(terminal.agent.health().isolatedUntil).toBeNull();
    await sent(terminal, 't1', 'advisory', 1);
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(2);
  });

  it('lets pass what the root always lets sound, and what its own tier says', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    await isolate(terminal);
    await sent(terminal, 't1', 'emergency', 1);
    await terminal.truth.move(5_000);
    await sent(terminal, 'v1', 'advisory', 1);
    await terminal.truth.move(5_000);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1', 'acked 0', 'audible 1', 'done 1']);
  });

  it('holds after a power cut, with and without a known time, and is counted in what the terminal holds', async () => {
    const terminal = await scene.ready({ platform: 'v1', batteryClock: false });
    const before = terminal.link.of('exchange').at(-1)?.held;
    await isolate(terminal);
    terminal.crash();
    await terminal.boot();
    expect(terminal.agent.health()).toMatchObject({ state: 'time-unknown', isolatedUntil: expect.any(Number) as number });
    await terminal.goOnline();
    expect(terminal.link.of('exchange').at(-1)?.held).not.toBe(before);
    await sent(terminal, 't1', 'advisory');
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toEqual([]);
  });

  it('that comes while the time is unknown waits: it could be an old one sent again', async () => {
    const terminal = await scene.ready({ platform: 'v1', batteryClock: false });
    const now = Math.floor(terminal.truth.now());
    const old = await scene.world.isolate('v1', { set: { issuedAt: now - 50 * MINUTE, notAfter: now + 1_000 } });
    terminal.crash();
    await terminal.truth.move(2_000);
    await terminal.boot();
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    terminal.give({ kind: 'isolate', isolate: old as never });
    await terminal.truth.move(50);
    expect(terminal.agent.health().isolatedUntil).toBeNull();
    await terminal.answerExchange({});
    await terminal.truth.move(1_000);
    expect(terminal.agent.health().isolatedUntil).toBeNull();
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_EXPIRED']);
  });

  it('by one officer, for more than an hour or by the wrong keys is refused and reported; for another village it means nothing', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    const now = Math.floor(terminal.truth.now());
    await isolate(terminal, { by: scene.world.officers('v1').slice(0, 1) });
    await isolate(terminal, { set: { notAfter: now + 62 * MINUTE } });
    await isolate(terminal, { by: [scene.world.key('v1', 'stopper').signer] });
    expect(terminal.agent.health().isolatedUntil).toBeNull();
    expect(terminal.events().map(({ kind, code }) => [kind, code])).toEqual([['refused', 'REJ_THRESHOLD'], ['refused', 'REJ_WINDOW'], ['refused', 'REJ_KEY_USAGE']]);
    await isolate(terminal, { set: { area: areaOf('v2-area') } }, 't1');
    expect(terminal.events()).toHaveLength(3);
    expect(terminal.agent.health().isolatedUntil).toBeNull();
  });

  it('in an exchange is taken before the orders of the same answer', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    const now = Math.floor(terminal.truth.now());
    const envelope = await scene.world.isolate('v1', { set: { issuedAt: now, notAfter: now + MINUTE } });
    const order = await orderOf(scene.world, 't1', [siren], {
      startAt: now + 700, message: { class: 'advisory', severity: 'orange', body: { segments: [{ ...siren.segment, role: 'chime' }] } },
    });
    await terminal.answerExchange({ isolates: [envelope as never], orders: [order.order] });
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toEqual([]);
    expect(terminal.told()).toEqual(['failed 0 ISOLATED']);
  });
});
