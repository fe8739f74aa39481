import { areaOf } from '../../../../support/trust-builder';
import { tone } from '../../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../../support/terminal-agent/orders';
import { useTestScene } from '../../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../../support/terminal-agent/test-terminal';

const siren = tone(700, 2_000, 'siren');
const speech = tone(300, 3_000);
let terminal: TestTerminal;
let now: number;
const scene = useTestScene(siren, speech);
beforeEach(async () => {
  terminal = await scene.ready();
  now = Math.floor(terminal.truth.now());
});

const notice = (startAt: number, set: Parameters<typeof orderOf>[3]['message'] = {}, repeats = 1) =>
  orderOf(scene.world, 't1', [siren, speech], { startAt, repeats, message: { class: 'governance', severity: 'none', whenPreempted: 'drop', ...set } });
const emergency = (startAt: number, set: Parameters<typeof orderOf>[3]['message'] = {}, repeats = 1) => orderOf(scene.world, 't1', [siren, speech], { startAt, repeats, message: set });

/** What was heard: first letters of whose it is, repetition, start and end from `now`, whole ms. */
function heard(names: Readonly<Record<string, string>>): readonly string[] {
  return terminal.starts().map(({ job, startedAt, endedAt }) => `${names[job.messageDigest] ?? '?'}${job.repetition} ${Math.round(startedAt - now)}-${Math.round((endedAt ?? 0) - now)}`);
}

describe('who has the loudspeaker', () => {
  it('a strictly higher rank takes it at its own start time, and what must not resume has failed as PREEMPTED', async () => {
    const low = await notice(now + 700);
    const high = await emergency(now + 3_000);
    await terminal.order(low.order);
    await terminal.truth.move(2_000);
    await terminal.order(high.order);
    await terminal.truth.move(10_000);
    expect(heard({ [low.digest]: 'n', [high.digest]: 'e' })).toEqual(['n1 700-3000', 'e1 3000-8000']);
    expect(terminal.receipts().filter(({ messageDigest }) => messageDigest === low.digest).map(({ state, reason }) => `${state} ${reason ?? ''}`)).toEqual(['acked ', 'audible ', 'failed PREEMPTED']);
  });

  it('what may resume goes on where it was cut off when the loudspeaker is free again', async () => {
    const low = await notice(now + 700, { whenPreempted: 'resume' }, 3);
    const high = await emergency(now + 3_000);
    await terminal.order(low.order);
    await terminal.order(high.order);
    await terminal.truth.move(25_000);
    expect(heard({ [low.digest]: 'n', [high.digest]: 'e' })).toEqual(['n1 700-3000', 'e1 3000-8000', 'n1 8000-10700', 'n2 11700-16700', 'n3 17700-22700']);
  });

  it('an equal one waits for the end of the running repetition, and then they take turns', async () => {
    const first = await emergency(now + 700, {}, 2);
    const second = await emergency(now + 3_000, {}, 2);
    await terminal.order(first.order);
    await terminal.order(second.order);
    await terminal.truth.move(25_000);
    expect(heard({ [first.digest]: 'a', [second.digest]: 'b' })).toEqual(['a1 700-5700', 'b1 5700-10700', 'a2 10700-15700', 'b2 15700-20700']);
    expect(terminal.told().filter((told) => told.startsWith('done'))).toEqual(['done 1', 'done 1', 'done 2', 'done 2']);
  });

  it('a lower one whose time comes during a higher one waits, and reports when its window closed meanwhile', async () => {
    const high = await emergency(now + 700, {}, 2);
    const low = await orderOf(scene.world, 't1', [siren, speech], { startAt: now + 3_000, repeats: 1, notAfter: now + 9_000, message: { class: 'governance', severity: 'none' } });
    await terminal.order(high.order);
    await terminal.order(low.order);
    await terminal.truth.move(25_000);
    expect(new Set(terminal.starts().map(({ job }) => job.messageDigest))).toEqual(new Set([high.digest]));
    expect(terminal.told()).toContain('failed 0 EXPIRED');
  });

  it('what is before it in time and over by then does not disturb it', async () => {
    const before = await notice(now + 700);
    const after = await notice(now + 6_000);
    await terminal.order(after.order);
    await terminal.order(before.order);
    await terminal.truth.move(20_000);
    expect(heard({ [before.digest]: 'b', [after.digest]: 'a' })).toEqual(['b1 700-5700', 'a1 6000-11000']);
  });

  it('a replacement ends its predecessor at once, whichever came first', async () => {
    const old = await emergency(now + 700, {}, 2);
    const next = await emergency(now + 9_000, { replaces: old.digest });
    await terminal.order(old.order);
    await terminal.truth.move(2_000);
    await terminal.order(next.order);
    await terminal.truth.move(20_000);
    expect(heard({ [old.digest]: 'o', [next.digest]: 'n' })).toEqual(['o1 700-2005', 'n1 9000-14000']);
    expect(terminal.told()).toContain('failed 0 WITHDRAWN');

    const later = Math.floor(terminal.truth.now());
    const unseen = await emergency(later + 2_000);
    const replacing = await emergency(later + 3_000, { replaces: unseen.digest });
    await terminal.order(replacing.order);
    await terminal.order(unseen.order);
    await terminal.truth.move(15_000);
    expect(terminal.starts().some(({ job }) => job.messageDigest === unseen.digest)).toBe(false);
  });

  it('a replacement of another platform\'s message is ignored and reported', async () => {
    const mine = await emergency(now + 700);
    const theirs = await orderOf(scene.world, 'd', [siren, speech], { startAt: now + 20_000, repeats: 1, message: { replaces: mine.digest, targets: { areas: [areaOf('t1-area')], terminals: [] } } });
    await terminal.order(mine.order);
    await terminal.truth.move(2_000);
    await terminal.order(theirs.order);
    await terminal.truth.move(30_000);
    expect(heard({ [mine.digest]: 'm', [theirs.digest]: 't' })).toEqual(['m1 700-5700', 't1 20000-25000']);
    expect(terminal.events().map(({ code }) => code)).toContain('REJ_LINEAGE');
  });

  it('media longer than was approved is cut at the signed length, with no message at all', async () => {
    const long = { ...speech, segment: { ...speech.segment, durationMs: 200 } };
    const order = await orderOf(scene.world, 't1', [{ ...siren, segment: { ...siren.segment, durationMs: 100 } }, long], { startAt: now + 700, repeats: 1 });
    await terminal.order(order.order);
    await terminal.truth.move(10_000);
    const [start] = terminal.starts();
    expect((start?.endedAt ?? Infinity) - (start?.startedAt ?? 0)).toBeLessThanOrEqual(300 + 2_000 + 50);
    expect(terminal.told()).toContain('failed 0 INTERRUPTED');
  });
});
