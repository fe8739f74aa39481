import { sha256Hex } from '#libs/suites';
import { areaOf, payloadOf, type World } from '../../../support/trust-builder';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../support/terminal-agent/test-terminal';

const chime = tone(700, 2_000, 'chime');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const scene = useTestScene(chime);

async function notice(terminal: TestTerminal, inMs = 700) {
  const order = await orderOf(scene.world, 'v1', [chime], {
    startAt: terminal.truth.now() + inMs, repeats: 1,
    message: { class: 'notice', severity: 'none', body: { segments: [chime.segment] } },
  });
  await terminal.order(order.order);
  return order;
}

async function restrict(terminal: TestTerminal, signing: Parameters<World['restriction']>[1] = {}, by: 'v1' | 't1' = 'v1') {
  const now = Math.floor(terminal.truth.now());
  const envelope = await scene.world.restriction(by, { ...signing, set: { issuedAt: now, notBefore: now, notAfter: now + 30 * MINUTE, ...signing.set } });
  terminal.give({ kind: 'restriction', restriction: envelope as never });
  await terminal.truth.move(100);
  return envelope;
}

describe('a restriction at a terminal', () => {
  it('keeps notices silent, says so, lets what sounds already end, and ends by itself', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    await notice(terminal);
    await terminal.truth.move(1_500);
    await restrict(terminal);
    await terminal.truth.move(5_000);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1']);
    await notice(terminal);
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.told().at(-1)).toBe('failed 0 RESTRICTED');
    expect(terminal.events()).toEqual([]);
    await terminal.truth.move(30 * MINUTE);
    await terminal.answerExchange({});
    await notice(terminal);
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(2);
  });

  it('begins by itself: what was taken before and would begin inside it never does, after a power cut and without a link as well', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    const now = Math.floor(terminal.truth.now());
    await notice(terminal, 20 * MINUTE);
    await terminal.truth.move(100);
    expect(terminal.told()).toEqual(['acked 0']);
    await restrict(terminal, { set: { kind: 'period', approvals: 2, notBefore: now + 10 * MINUTE, notAfter: now + 24 * HOUR } });
    expect(terminal.told()).toEqual(['acked 0', 'failed 0 RESTRICTED']);
    terminal.crash();
    await terminal.boot();
    await terminal.goOnline();
    await notice(terminal, 5 * MINUTE);
    await terminal.truth.move(6 * MINUTE);
    expect(terminal.starts()).toHaveLength(1);
    await terminal.truth.move(5 * MINUTE);
    await notice(terminal);
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.told().at(-1)).toBe('failed 0 RESTRICTED');
  });

  it.each([['begins while it waits', 'failed 0 RESTRICTED'], ['is over by then', 'done 10']])('judges anew what had to wait for the loudspeaker and truly begins later than planned: one that %s', async (how, end) => {
    const terminal = await scene.ready({ platform: 'v1' });
    const now = Math.floor(terminal.truth.now());
    const period = { kind: 'period', approvals: null, notBefore: now + 10_000, notAfter: now + (how === 'is over by then' ? 20_000 : HOUR) } as const;
    await terminal.order((await orderOf(scene.world, 'v1', [chime], { startAt: now + 700, repeats: 10 })).order);
    const waiting = await notice(terminal, 2_000);
    await restrict(terminal, { set: period });
    await terminal.truth.move(25_000);
    expect(terminal.starts().filter(({ job }) => job.dispatchId === waiting.dispatchId)).toEqual([]);
    await terminal.truth.move(60_000);
    expect(terminal.told()).toContain(end);
    expect(terminal.starts().filter(({ job }) => job.dispatchId === waiting.dispatchId)).toHaveLength(how === 'is over by then' ? 1 : 0);
  });

  it('is counted in what the terminal holds, comes with an exchange before its orders, and waits while the time is unknown', async () => {
    const terminal = await scene.ready({ platform: 'v1', batteryClock: false });
    const before = terminal.link.of('exchange').at(-1)?.held;
    const now = Math.floor(terminal.truth.now());
    const envelope = await scene.world.restriction('v1', { set: { issuedAt: now, notBefore: now, notAfter: now + 30 * MINUTE } });
    terminal.crash();
    await terminal.boot();
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    terminal.give({ kind: 'restriction', restriction: envelope as never });
    await terminal.truth.move(50);
    const order = await orderOf(scene.world, 'v1', [chime], { startAt: now + 5_000, repeats: 1, message: { class: 'notice', severity: 'none', body: { segments: [chime.segment] } } });
    await terminal.answerExchange({ orders: [order.order] });
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toEqual([]);
    expect(terminal.told()).toEqual(['failed 0 RESTRICTED']);
    await terminal.truth.move(30_000);
    expect(terminal.link.of('exchange').at(-1)?.held).not.toBe(before);
  });

  it('by a stolen terminal key, by one officer or for two hours is refused and reported; for another village it means nothing', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    const now = Math.floor(terminal.truth.now());
    await restrict(terminal, { by: [scene.world.device.signer] });
    await restrict(terminal, { by: scene.world.officers('v1').slice(0, 1), set: { kind: 'period', approvals: null } });
    await restrict(terminal, { set: { notAfter: now + 2 * HOUR } });
    await restrict(terminal, { set: { area: areaOf('v2-area') } }, 't1');
    expect(terminal.events().map(({ kind, code }) => [kind, code])).toEqual([['refused', 'REJ_THRESHOLD'], ['refused', 'REJ_WINDOW']]);
    await notice(terminal);
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(1);
  });

  it('stands in what the terminal holds, by its digest, until it ends', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    const digest = sha256Hex(payloadOf(await restrict(terminal)));
    const held = () => terminal.link.of('exchange').at(-1)?.held;
    await terminal.truth.move(40_000);
    expect(held()).toBe(sha256Hex(new TextEncoder().encode(digest)));
    await terminal.answerExchange({});
    await terminal.truth.move(31 * MINUTE);
    await terminal.answerExchange({});
    await terminal.truth.move(40_000);
    expect(held()).toBe(sha256Hex(new Uint8Array()));
  });

  it('of the dispatcher keeps no officers\' period out by taking its id first', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    const now = Math.floor(terminal.truth.now());
    const period = await scene.world.restriction('v1', { set: { kind: 'period', approvals: null, issuedAt: now, notBefore: now, notAfter: now + 24 * HOUR } });
    const { restrictionId } = JSON.parse(new TextDecoder().decode(payloadOf(period))) as { restrictionId: never };
    const weak = await restrict(terminal, { set: { restrictionId, classes: ['daily'], approvals: 1 } });
    terminal.give({ kind: 'restriction', restriction: period as never });
    await terminal.truth.move(40_000);
    const digests = [weak, period].map((one) => sha256Hex(payloadOf(one))).sort();
    expect(terminal.link.of('exchange').at(-1)?.held).toBe(sha256Hex(new TextEncoder().encode(digests.join('\n'))));
    await terminal.answerExchange({});
    await notice(terminal);
    await terminal.truth.move(5_000);
    expect([terminal.starts(), terminal.told()]).toEqual([[], ['failed 0 RESTRICTED']]);
  });

  it('that is strong finds its room, however many weak ones came before; what there is no room for is told, and signed', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    for (let number = 0; number < 16; number += 1) await restrict(terminal, { set: { classes: ['daily'], approvals: 1 } });
    await restrict(terminal);
    await notice(terminal);
    await terminal.truth.move(5_000);
    expect([terminal.starts(), terminal.events()]).toEqual([[], []]);

    // Each a little stronger and shorter than the one before: none covers another.
    const until = Math.floor(terminal.truth.now()) + 50 * MINUTE;
    const given = [];
    for (let number = 0; number < 24; number += 1) {
      const classes = (['advisory', 'daily', 'governance'] as const).slice(number % 3, (number % 3) + 1);
      given.push(await restrict(terminal, { set: { classes: ['notice', ...classes], approvals: 1 + Math.trunc(number / 3), notAfter: until - number * 1_000 } }));
    }
    const events = terminal.events();
    expect(events.map(({ kind, code, payloadType }) => [kind, code, payloadType])).toEqual(Array.from({ length: 9 }, () => ['refused', 'REJ_FULL', 'application/vnd.clarion.restriction.v1+json']));
    expect(events.map(({ subject }) => subject).sort()).toEqual(given.slice(0, 9).map((one) => sha256Hex(payloadOf(one))).sort());
    await notice(terminal);
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toEqual([]);
  });

  it('silences each repetition that would begin inside it; what sounds as it begins ends its repetition', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    const now = Math.floor(terminal.truth.now());
    await restrict(terminal, { set: { kind: 'period', approvals: null, notBefore: now + 1_500, notAfter: now + HOUR } });
    const order = await orderOf(scene.world, 'v1', [chime], { startAt: now + 700, repeats: 10, message: { class: 'notice', severity: 'none', gapMs: 60_000, repeats: 10, body: { segments: [chime.segment] } } });
    await terminal.order(order.order);
    await terminal.truth.move(15 * MINUTE);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1', 'failed 0 RESTRICTED']);
    expect(terminal.starts()).toHaveLength(1);
  });

  it('that comes while a repetition is with the sound card and has not begun takes it back', async () => {
    const terminal = await scene.ready({ platform: 'v1' });
    const now = Math.floor(terminal.truth.now());
    const order = await orderOf(scene.world, 'v1', [chime], { startAt: now + 700, repeats: 3, message: { class: 'notice', severity: 'none', gapMs: 10_000, repeats: 3, body: { segments: [chime.segment] } } });
    await terminal.order(order.order);
    await terminal.truth.move(11_700);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1']);
    await restrict(terminal);
    await terminal.truth.move(MINUTE);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1', 'failed 0 RESTRICTED']);
    expect(terminal.starts()).toHaveLength(1);
  });
});
