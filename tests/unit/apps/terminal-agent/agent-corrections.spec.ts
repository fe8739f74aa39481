import { tone } from '../../../support/terminal-agent/fake-media';
import { correctedOf, resumedOf, orderOf } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../support/terminal-agent/test-terminal';

const siren = tone(700, 2_000, 'siren');
const chime = tone(500, 1_000);
const scene = useTestScene(siren, chime);

async function corrected(terminal: TestTerminal, correctionInMs: number, repeats = 2) {
  const now = terminal.truth.now();
  return correctedOf(scene.world, 't1', [siren], { startAt: now + 700, correctionAt: now + correctionInMs, repeats, by: [chime] });
}

const heard = (terminal: TestTerminal) => terminal.starts().map(({ job }) => job.messageDigest);

describe('a correction', () => {
  it('sounds where its original sounded, and ends what still sounds of it', async () => {
    const terminal = await scene.ready();
    const { original, correction } = await corrected(terminal, 2_500, 5);
    await terminal.order(original.order);
    await terminal.truth.move(1_500);
    const at = terminal.truth.now();
    await terminal.order(correction.order);
    expect(terminal.starts()[0]?.endedAt).toBeLessThanOrEqual(at + 50);
    await terminal.truth.move(20_000);
    expect(heard(terminal)).toEqual([original.digest, correction.digest]);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'failed 0 WITHDRAWN', 'acked 0', 'audible 1', 'done 1']);
    expect(terminal.events()).toEqual([]);
  });

  it('sounds where the original had been stopped before, also after a power cut between the two', async () => {
    for (const cut of [false, true]) {
      const terminal = await scene.ready();
      const { original, correction } = await corrected(terminal, 5_000);
      await terminal.order(original.order);
      await terminal.truth.move(1_000);
      await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: Math.floor(terminal.truth.now()), scope: { kind: 'messages', messages: [original.digest] } } }));
      await terminal.truth.move(200);
      if (cut) {
        terminal.crash();
        await terminal.boot();
        await terminal.goOnline();
      }
      await terminal.order(correction.order);
      await terminal.truth.move(10_000);
      expect(heard(terminal)).toEqual([original.digest, correction.digest]);
    }
  });

  it('goes on when a stop of everything from before its consent comes only now, and ends by one from after it', async () => {
    for (const [offsetMs, ends] of [[-10_000, 1], [0, 0]] as const) {
      const terminal = await scene.ready();
      const { original, correction } = await corrected(terminal, 2_000, 1);
      await terminal.order(original.order);
      await terminal.truth.move(1_000);
      await terminal.order(correction.order);
      await terminal.truth.move(1_100);
      await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: Math.floor(terminal.truth.now()) + offsetMs } }));
      await terminal.truth.move(10_000);
      expect(terminal.told().filter((told) => told === 'done 1').length).toBe(ends);
    }
  });

  it('sounds after a power cut in the middle of the original: whoever may have heard is told', async () => {
    const terminal = await scene.ready();
    const { original, correction } = await corrected(terminal, 8_000, 1);
    await terminal.order(original.order);
    await terminal.truth.move(1_500);
    terminal.crash();
    await terminal.boot();
    await terminal.goOnline();
    await terminal.order(correction.order);
    await terminal.truth.move(10_000);
    expect(heard(terminal)).toEqual([original.digest, correction.digest]);
  });

  it('is silent where nothing of its original came out, and says NOT_HEARD, which is no incident', async () => {
    const terminal = await scene.ready();
    const { correction } = await corrected(terminal, 1_000);
    await terminal.order(correction.order);
    await terminal.truth.move(10_000);
    expect(heard(terminal)).toEqual([]);
    expect(terminal.told()).toEqual(['failed 0 NOT_HEARD']);
    expect(terminal.events()).toEqual([]);
  });

  it('keeps its original silent where that was accepted but had not begun, or comes only afterwards', async () => {
    for (const originalFirst of [true, false]) {
      const terminal = await scene.ready();
      const { original, correction } = await corrected(terminal, 1_000);
      if (originalFirst) await terminal.order(original.order);
      await terminal.truth.move(300);
      await terminal.order(correction.order);
      if (!originalFirst) await terminal.order(original.order);
      await terminal.truth.move(20_000);
      expect(heard(terminal)).toEqual([]);
      expect(terminal.told().filter((told) => told.startsWith('failed')).sort()).toEqual(['failed 0 NOT_HEARD', 'failed 0 WITHDRAWN']);
    }
  });
});

describe('what takes a stop back', () => {
  async function stopped(terminal: TestTerminal, inMs = 1_500) {
    const order = await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700, repeats: 3 });
    await terminal.order(order.order);
    await terminal.truth.move(inMs);
    const stop = await scene.world.stop('t1', { set: { issuedAt: Math.floor(terminal.truth.now()), scope: { kind: 'messages', messages: [order.digest] } } });
    return { order, stop };
  }

  it('lets the message go on, once', async () => {
    const terminal = await scene.ready();
    const { order, stop } = await stopped(terminal);
    await terminal.stop(stop);
    await terminal.truth.move(3_000);
    const resumed = await resumedOf(scene.world, 't1', order, stop, { startAt: terminal.truth.now() + 700 });
    await terminal.order(resumed.order);
    await terminal.order(resumed.order);
    await terminal.truth.move(20_000);
    expect(terminal.starts().filter(({ job }) => job.dispatchId === resumed.dispatchId).length).toBeGreaterThan(0);
    expect(terminal.told().at(-1)).toBe('done 3');
  });

  it('lets it go on after two presses, whichever stop comes when; a press after the word silences it again', async () => {
    for (const order of ['both before', 'second after the word', 'first after the second'] as const) {
      const terminal = await scene.ready();
      const { order: message, stop } = await stopped(terminal);
      const now = Math.floor(terminal.truth.now());
      const second = await scene.world.stop('t1', { set: { issuedAt: now + 400, scope: { kind: 'messages', messages: [message.digest] } } });
      const third = await scene.world.stop('t1', { set: { issuedAt: now + 3_500, scope: { kind: 'messages', messages: [message.digest] } } });
      const resumed = await resumedOf(scene.world, 't1', message, stop, { startAt: now + 2_500, also: [second] });
      if (order === 'first after the second') await terminal.stop(second);
      await terminal.stop(stop);
      await terminal.truth.move(500);
      if (order === 'both before') await terminal.stop(second);
      await terminal.truth.move(1_200);
      await terminal.order(resumed.order);
      await terminal.truth.move(1_500);
      if (order === 'second after the word') await terminal.stop(second);
      await terminal.truth.move(300);
      expect([order, terminal.starts().filter(({ job }) => job.dispatchId === resumed.dispatchId).length]).toEqual([order, 1]);
      expect(terminal.agent.health().playing).toBe(message.digest);
      await terminal.stop(third);
      await terminal.truth.move(20_000);
      expect(terminal.told().filter((told) => told === 'failed 0 STOPPED')).toHaveLength(2);
    }
  });

  it('still knows after a power cut which stops were taken back', async () => {
    const terminal = await scene.ready();
    const { order: message, stop } = await stopped(terminal);
    const now = Math.floor(terminal.truth.now());
    const second = await scene.world.stop('t1', { set: { issuedAt: now + 400, scope: { kind: 'messages', messages: [message.digest] } } });
    await terminal.stop(stop);
    await terminal.truth.move(1_500);
    const resumed = await resumedOf(scene.world, 't1', message, stop, { startAt: now + 2_500, also: [second] });
    await terminal.order(resumed.order);
    await terminal.truth.move(2_000);
    terminal.crash();
    await terminal.boot();
    await terminal.goOnline();
    await terminal.stop(second);
    await terminal.truth.move(20_000);
    expect(terminal.told().at(-1)).toBe('done 3');
  });

  it('waits for its stop when it has overtaken it', async () => {
    const terminal = await scene.ready();
    const { order, stop } = await stopped(terminal);
    const resumed = await resumedOf(scene.world, 't1', order, stop, { startAt: terminal.truth.now() + 1_500 });
    await terminal.truth.move(100);
    await terminal.order(resumed.order);
    expect(terminal.starts()).toHaveLength(1);
    await terminal.stop(stop);
    await terminal.truth.move(20_000);
    expect(terminal.told().filter((told) => /STOPPED|done 3/.test(told))).toEqual(['failed 0 STOPPED', 'done 3']);
    expect(terminal.refused).toEqual([]);
  });

  it('finds nothing to go on with where the message had not begun', async () => {
    const terminal = await scene.ready();
    const { order, stop } = await stopped(terminal, 100);
    await terminal.stop(stop);
    await terminal.truth.move(1_000);
    const resumed = await resumedOf(scene.world, 't1', order, stop, { startAt: terminal.truth.now() + 700 });
    await terminal.order(resumed.order);
    await terminal.truth.move(10_000);
    expect(terminal.starts()).toEqual([]);
    expect(terminal.told()).toEqual(['acked 0', 'failed 0 STOPPED', 'failed 0 NOT_HEARD']);
  });
});
