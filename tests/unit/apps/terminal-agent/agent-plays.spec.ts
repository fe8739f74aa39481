import { MediaStore } from '../../../../apps/terminal-agent/src/media/media-store';
import { NOW } from '../../../support/trust-builder';
import { seededChance, settled } from '../../../support/terminal-agent/driven-time';
import { tone } from '../../../support/terminal-agent/fake-media';
import { useTestScene } from '../../../support/terminal-agent/test-scene';
import { orderOf } from '../../../support/terminal-agent/orders';

const siren = tone(700, 2_000, 'siren');
const speech = tone(300, 3_000);
const scene = useTestScene(siren, speech);

describe('a terminal that plays', () => {
  it('claims once, says hello ever after, and is ready after one exchange', async () => {
    const terminal = await scene.ready();
    expect(terminal.link.of('claim')).toHaveLength(1);
    expect(terminal.link.of('hello')).toHaveLength(1);
    expect(terminal.agent.health().state).toBe('ready');
    terminal.link.cut();
    await terminal.truth.move(300);
    await terminal.greet();
    expect(terminal.link.of('claim')).toHaveLength(1);
    expect(terminal.link.of('hello')).toHaveLength(2);
  });

  it('plays both repetitions exactly at their times by the district clock, whatever its own clocks say', async () => {
    const terminal = await scene.ready({ skew: { ppm: 40, offsetMs: -7_000 } });
    const startAt = terminal.truth.now() + 700;
    await terminal.order((await orderOf(scene.world, 't1', [siren, speech], { startAt })).order);
    await terminal.truth.move(15_000);
    const starts = terminal.starts();
    expect(starts.map((record) => record.job.repetition)).toEqual([1, 2]);
    expect(Math.abs((starts[0]?.startedAt ?? 0) - startAt)).toBeLessThan(1);
    expect(Math.abs((starts[1]?.startedAt ?? 0) - (startAt + 6_000))).toBeLessThan(1);
    expect(starts.every((record) => record.readyAt < record.job.startAt - 100)).toBe(true);
    expect((starts[0]?.endedAt ?? 0) - (starts[0]?.startedAt ?? 0)).toBeCloseTo(5_000, 0);
  });

  it('proves what it played: acked, audible and done per repetition, with digest, level and rising counters', async () => {
    const terminal = await scene.ready();
    const startAt = terminal.truth.now() + 700;
    await terminal.order((await orderOf(scene.world, 't1', [siren, speech], { startAt })).order);
    await terminal.truth.move(15_000);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1', 'audible 2', 'done 2']);
    const done = terminal.receipts().filter((receipt) => receipt.state === 'done');
    expect(done[0]?.playedDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(done[0]?.playedDigest).toBe(done[1]?.playedDigest);
    expect(done[0]?.playedDigest).toBe(terminal.starts()[0]?.digest);
    expect(done[0]?.levelCentiDbfs).toBeLessThan(-500);
    expect(Math.abs((done[0]?.startedAt ?? 0) - startAt)).toBeLessThan(2);
    expect(terminal.receipts().map((receipt) => receipt.counter)).toEqual([1, 2, 3, 4, 5]);
  });

  it('knows that the platform may send an order again while it sounds, and reports it once it is over', async () => {
    const terminal = await scene.ready();
    const { order } = await orderOf(scene.world, 't1', [siren, speech], { startAt: terminal.truth.now() + 700 });
    await terminal.order(order);
    await terminal.order(order);
    await terminal.truth.move(2_000);
    await terminal.order(order);
    expect(terminal.refused).toEqual([]);
    await terminal.truth.move(15_000);
    await terminal.order(order);
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_SEQ_REPLAY']);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1', 'audible 2', 'done 2']);
  });

  it('keeps the floors and the repetition on the disk before the first sample, and hands nothing to the card until then', async () => {
    const terminal = await scene.ready();
    terminal.disk.hold();
    await terminal.order((await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700 })).order);
    await terminal.truth.move(2_000);
    expect(terminal.starts()).toHaveLength(0);
    terminal.disk.resume();
    await terminal.truth.move(200);
    expect(terminal.disk.written).toContain('journal');
  });

  it('fetches what it lacks before it plays, and joins at the next repetition when that took too long', async () => {
    const terminal = await scene.ready();
    scene.media.up = false;
    const startAt = terminal.truth.now() + 700;
    await terminal.order((await orderOf(scene.world, 't1', [siren, speech], { startAt })).order);
    await terminal.truth.move(2_500);
    expect(terminal.starts()).toHaveLength(0);
    scene.media.up = true;
    await terminal.truth.move(12_000);
    expect(terminal.starts().map((record) => record.job.repetition)).toEqual([2]);
    expect(Math.abs((terminal.starts()[0]?.startedAt ?? 0) - (startAt + 6_000))).toBeLessThan(1);
    expect(terminal.told()).toEqual(['acked 0', 'audible 2', 'done 2']);
  });

  it('joins a running message at the next boundary, plays it once alone after the last one, and reports EXPIRED once after its window', async () => {
    const terminal = await scene.ready();
    const now = terminal.truth.now();
    await terminal.order((await orderOf(scene.world, 't1', [siren, speech], { startAt: now - 3_000 })).order);
    await terminal.truth.move(9_000);
    expect(terminal.starts().map((record) => [record.job.repetition, Math.round(record.startedAt - now)])).toEqual([[2, 3_000]]);

    const again = terminal.truth.now();
    await terminal.order((await orderOf(scene.world, 't1', [siren, speech], { startAt: again - 20_000 })).order);
    await terminal.truth.move(9_000);
    expect(terminal.starts()[1]?.job.repetition).toBe(2);
    expect((terminal.starts()[1]?.startedAt ?? 0) - again).toBeLessThan(50);

    const late = await orderOf(scene.world, 't1', [siren, speech], { startAt: NOW - 50_000, notAfter: terminal.truth.now() - 1 });
    await terminal.order(late.order);
    await terminal.order(late.order);
    await terminal.truth.move(1_000);
    expect(terminal.starts()).toHaveLength(2);
    expect(terminal.told().filter((told) => told === 'failed 0 EXPIRED')).toHaveLength(1);
  });

  it('gives the same sound however the frames are shuffled and doubled', async () => {
    const heard: string[] = [];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const terminal = await scene.make({ seed });
      terminal.agent.connect(0);
      await terminal.truth.move(1);
      await terminal.greet();
      const startAt = NOW + 8_000;
      const order = await orderOf(scene.world, 't1', [siren, speech], { startAt });
      const other = await orderOf(scene.world, 't1', [speech], { startAt: startAt + 20_000, repeats: 1 });
      const foreign = await orderOf(scene.world, 't2', [speech], { startAt });
      const stop = await scene.world.stop('t1', { set: { scope: { kind: 'messages', messages: [other.digest] } } });
      const frames = [
        ...(await terminal.documents()).map((document) => ({ kind: 'document' as const, document })),
        { kind: 'order' as const, order: order.order }, { kind: 'order' as const, order: other.order }, { kind: 'order' as const, order: foreign.order },
        { kind: 'stop' as const, stop },
        { kind: 'prefetch' as const, media: [siren, speech].map(({ segment }) => ({ sha256: segment.sha256, bytes: segment.bytes })) },
      ];
      const chance = seededChance(seed);
      const doubled = [...frames, ...frames].map((frame) => ({ frame, at: chance.fraction() })).sort((a, b) => a.at - b.at);
      for (const { frame } of doubled) {
        terminal.give(frame as never);
        await settled();
        await terminal.truth.move(40);
      }
      await terminal.truth.move(1_500);
      await terminal.answerExchange({});
      await terminal.truth.move(40_000);
      heard.push(terminal.starts().map((record) => `${record.job.messageDigest === order.digest ? 'order' : 'another'} ${record.job.repetition} ${Math.round(record.startedAt - NOW)}`).join(', '));
    }
    expect(new Set(heard)).toEqual(new Set(['order 1 8000, order 2 14000']));
  });
});

describe('an order whose sound leaves the memory in the very moment of its admission', () => {
  it('waits as if the sound had still to come, and is not lost', async () => {
    const terminal = await scene.ready();
    const order = await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 700, repeats: 5 });
    const { ready } = MediaStore.prototype;
    let there = 0;
    const gone = jest.spyOn(MediaStore.prototype, 'ready').mockImplementation(function (this: MediaStore, sha256) {
      const sound = ready.call(this, sha256);
      if (sound !== undefined) there += 1;
      return there === 2 ? undefined : sound;
    });
    await terminal.order(order.order);
    await terminal.truth.move(20_000);
    gone.mockRestore();
    expect(there).toBeGreaterThan(1);
    expect(terminal.starts().length).toBeGreaterThan(0);
    expect(terminal.told().at(-1)).toBe('done 5');
  });
});
