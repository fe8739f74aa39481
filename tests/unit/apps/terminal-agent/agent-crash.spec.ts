import { seededChance, settled } from '../../../support/terminal-agent/driven-time';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { useTestScene } from '../../../support/terminal-agent/test-scene';

const siren = tone(700, 2_000, 'siren');
const speech = tone(300, 3_000);
const scene = useTestScene(siren, speech);

describe('a disk that has not written yet', () => {
  it.each([['its journal', ['journal']], ['anything', []]])('%s: nothing of an order sounds, whatever its time, until it has', async (_what, names) => {
    const terminal = await scene.ready();
    const startAt = Math.floor(terminal.truth.now()) + 700;
    terminal.disk.hold(...names);
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt })).order);
    await terminal.truth.move(1_500);
    expect(terminal.starts()).toHaveLength(0);
    const written = terminal.truth.now();
    terminal.disk.resume();
    await terminal.truth.move(10_000);
    expect(terminal.starts().filter(({ startedAt }) => startedAt >= written)).toHaveLength(2);
  });

  it.each(['journal', 'order'])('the order\'s %s: it is not acknowledged, for a power cut would take what was said to be held', async (name) => {
    const terminal = await scene.ready();
    const order = await orderOf(scene.world, 't1', [siren], { startAt: Math.floor(terminal.truth.now()) + 20_000 });
    terminal.disk.hold(name === 'order' ? `order.${order.dispatchId}` : name);
    await terminal.order(order.order);
    await terminal.truth.move(1_000);
    expect(terminal.told()).toEqual([]);
    terminal.disk.resume();
    await terminal.truth.move(1_000);
    expect(terminal.told()).toEqual(['acked 0']);
  });
});

describe('a power cut', () => {
  it('between the floor and the first sample: the only repetition is not played again but reported INTERRUPTED', async () => {
    const terminal = await scene.ready();
    const order = await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700, repeats: 1 });
    terminal.beforeCard = () => { queueMicrotask(() => terminal.crash()); return true; };
    await terminal.order(order.order);
    terminal.beforeCard = undefined;
    await terminal.truth.move(100);
    await terminal.boot();
    await terminal.goOnline();
    await terminal.order(order.order);
    await terminal.truth.move(20_000);
    expect(terminal.starts()).toHaveLength(0);
    expect(terminal.told().filter((told) => told.startsWith('failed'))).toEqual(['failed 0 INTERRUPTED']);
  });

  it('in the middle of repetition 1 of 2: the second plays at its time, without any link', async () => {
    const terminal = await scene.ready({ skew: { ppm: 37, offsetMs: 5_000 } });
    await terminal.truth.move(0.37);
    const startAt = Math.floor(terminal.truth.now()) + 700;
    await terminal.order((await orderOf(scene.world, 't1', [siren, speech], { startAt })).order);
    await terminal.truth.move(2_000);
    terminal.crash();
    terminal.link.up = false;
    await terminal.truth.move(1_000);
    await terminal.boot();
    terminal.agent.connect(0);
    await terminal.truth.move(20_000);
    expect(terminal.starts().map((record) => record.job.repetition)).toEqual([1, 2]);
    expect(Math.abs((terminal.starts()[1]?.startedAt ?? 0) - (startAt + 6_000))).toBeLessThan(20);
    expect(scene.media.asked).toHaveLength(2);
  });

  it('without a battery clock: silent until a beacon answers its own nonce, then the next repetition', async () => {
    const terminal = await scene.ready({ batteryClock: false });
    const startAt = Math.floor(terminal.truth.now()) + 700;
    await terminal.order((await orderOf(scene.world, 't1', [siren, speech], { startAt, repeats: 4 })).order);
    await terminal.truth.move(2_000);
    terminal.crash();
    await terminal.boot();
    await terminal.truth.move(7_000);
    expect(terminal.agent.health().state).toBe('time-unknown');
    expect(terminal.starts()).toHaveLength(1);
    await terminal.goOnline();
    await terminal.truth.move(20_000);
    expect(terminal.starts().map((record) => record.job.repetition)).toEqual([1, 3, 4]);
  });

  it('that takes un-synced writes with it never leads to a double, wherever it falls', async () => {
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const chance = seededChance(seed);
      const terminal = await scene.ready({ seed });
      const order = await orderOf(scene.world, 't1', [siren, speech], { startAt: Math.floor(terminal.truth.now()) + 700 });
      let pushing = true;
      for (let life = 0; life < 5; life += 1) {
        if (pushing) await terminal.order(order.order);
        pushing = true;
        if (chance.fraction() < 0.4) terminal.disk.hold();
        await terminal.truth.move(chance.fraction() * 4_000);
        terminal.crash();
        await terminal.boot();
        await terminal.goOnline();
      }
      await terminal.truth.move(20_000);
      const heard = terminal.starts().map((record) => record.job.repetition);
      expect(new Set(heard).size).toBe(heard.length);
      const counters = terminal.link.of('receipts').flatMap((frame) => frame.envelopes).map((envelope) => envelope.payload);
      const distinct = new Set(counters).size;
      expect(new Set([...terminal.receipts(), ...terminal.events()].map(({ counter }) => counter)).size).toBe(distinct);
    }
  }, 60_000);

  it('does not lose a receipt: what was not acknowledged is sent again, what was is not', async () => {
    const terminal = await scene.ready();
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700, repeats: 1 })).order);
    await terminal.truth.move(5_000);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1']);
    terminal.give({ kind: 'ack', counter: 2 });
    await settled();
    terminal.crash();
    terminal.link.sent.length = 0;
    await terminal.boot();
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    await terminal.truth.move(100);
    expect(terminal.told()).toEqual(['done 1']);
    expect(terminal.receipts().map(({ counter }) => counter)).toEqual([3]);
  });
});

describe('a power cut that took the sound of a kept order from the shelf', () => {
  const interrupted = async () => {
    const terminal = await scene.ready();
    const startAt = Math.floor(terminal.truth.now()) + 700;
    const order = await orderOf(scene.world, 't1', [siren, speech], { startAt, repeats: 6 });
    await terminal.order(order.order);
    await terminal.truth.move(2_000);
    terminal.crash();
    terminal.disk.erase(`shelf/${speech.segment.sha256}`);
    return { terminal, order };
  };

  it('fetches it again and goes on with the next repetition', async () => {
    const { terminal } = await interrupted();
    await terminal.boot();
    await terminal.goOnline();
    await terminal.truth.move(40_000);
    expect(terminal.starts().map(({ job }) => job.repetition)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(terminal.told().filter((told) => told.startsWith('failed'))).toEqual([]);
    expect(scene.media.asked.filter(({ sha256 }) => sha256 === speech.segment.sha256)).toHaveLength(2);
  });

  it('asks on while nobody has it, and says only at the end of its window that it was not to be', async () => {
    const { terminal, order } = await interrupted();
    scene.media.up = false;
    await terminal.boot();
    await terminal.goOnline();
    const { notAfter } = JSON.parse(Buffer.from(order.order.dispatch.payload, 'base64').toString()) as { notAfter: number };
    await terminal.truth.move(notAfter - terminal.truth.now() - 1_000);
    expect(terminal.told().filter((told) => told.startsWith('failed'))).toEqual([]);
    await terminal.truth.move(8_000);
    expect(terminal.told().filter((told) => told.startsWith('failed'))).toEqual(['failed 0 INTERRUPTED']);
    scene.media.up = true;
    await terminal.truth.move(20_000);
    expect(terminal.starts()).toHaveLength(1);
  });

  it('is stopped while it waits: it stays silent when the sound is back', async () => {
    const { terminal } = await interrupted();
    scene.media.up = false;
    await terminal.boot();
    await terminal.goOnline();
    await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: Math.floor(terminal.truth.now()) } }));
    scene.media.up = true;
    await terminal.truth.move(40_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.told().filter((told) => told.startsWith('failed'))).toEqual(['failed 0 STOPPED']);
  });
});

describe('state files that are damaged', () => {
  it.each(['journal', 'spool'])('%s: silent, reported, and trusted again only after a fresh beacon, without reviving what may have sounded', async (name) => {
    const terminal = await scene.ready();
    const order = await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700, repeats: 1 });
    await terminal.order(order.order);
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(1);
    terminal.crash();
    terminal.disk.corrupt(name);
    await terminal.boot();
    expect(terminal.agent.health().state).toBe('silent');
    terminal.agent.connect(0);
    await terminal.truth.move(1);
    await terminal.greet();
    await terminal.order(order.order);
    await terminal.truth.move(1_000);
    expect(terminal.starts()).toHaveLength(1);
    await terminal.answerExchange({ counter: 41 });
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.events().map(({ kind }) => kind)).toContain('state-lost');
    expect(terminal.events()[0]?.counter).toBeGreaterThan(41);
    const fresh = await orderOf(scene.world, 't1', [speech], { startAt: terminal.truth.now() + 700, repeats: 1, dispatch: { issuedAt: Math.floor(terminal.truth.now()) } });
    await terminal.order(fresh.order);
    await terminal.truth.move(6_000);
    expect(terminal.starts()).toHaveLength(2);
  });

  it('trust and assignment: pulled again', async () => {
    const terminal = await scene.ready();
    terminal.crash();
    terminal.disk.corrupt('trust');
    terminal.disk.corrupt('assignment');
    await terminal.boot();
    expect(terminal.agent.health().state).toBe('unassigned');
    await terminal.goOnline();
    expect(terminal.agent.health().state).toBe('ready');
    expect(terminal.link.of('exchange').some(({ assignmentVersion, versions }) => assignmentVersion === 0 && versions === null)).toBe(true);
  });

  it.each([
    ['an empty list, as files of before there was a memory were', '[]'],
    ['no document and nothing remembered', '{"documents":[],"memory":{"floors":{},"revoked":{},"certificates":[],"fallen":{},"parents":{}}}'],
  ])('a trust file that is whole and says nothing, under a place that is known (%s): reported and pulled again', async (_, text) => {
    const terminal = await scene.ready();
    terminal.crash();
    terminal.disk.overwrite('trust', new TextEncoder().encode(text));
    await terminal.boot();
    expect(terminal.incidents).toContain('state-lost');
    await terminal.goOnline();
    expect(terminal.agent.health().state).toBe('ready');
  });

  it('a disk that refuses to write: nothing sounds, and the watcher hears of it', async () => {
    const terminal = await scene.ready();
    terminal.disk.fail(true);
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700 })).order);
    await terminal.truth.move(5_000);
    expect(terminal.starts()).toHaveLength(0);
    expect(terminal.incidents).toContain('disk');
  });
});
