import { sha256Hex } from '#libs/suites';
import { pcm16 } from '../../../../../apps/terminal-agent/src/playout/decode-sound';
import { decodeSamples } from '../../../../../apps/terminal-agent/src/playout/decode-sound';
import { tone } from '../../../../support/terminal-agent/fake-media';
import { orderOf, resumedOf } from '../../../../support/terminal-agent/orders';
import { useTestScene } from '../../../../support/terminal-agent/test-scene';
import type { TestTerminal } from '../../../../support/terminal-agent/test-terminal';

const PACKET_MS = 20;
const siren = tone(700, 2_000, 'siren');
const speech = tone(300, 3_000);
let terminal: TestTerminal;
let now: number;
const scene = useTestScene(siren, speech);
beforeEach(async () => {
  terminal = await scene.ready();
  now = Math.floor(terminal.truth.now());
});

type Set = Parameters<typeof orderOf>[3]['message'];
/** Five seconds of sound, a second between repetitions. */
const notice = (startAt: number, set: Set = {}, repeats = 1) =>
  orderOf(scene.world, 't1', [siren, speech], { startAt, repeats, message: { class: 'governance', severity: 'none', volume: 'normal', whenPreempted: 'resume', ...set } });
const emergency = (startAt: number, set: Set = {}, repeats = 1) => orderOf(scene.world, 't1', [siren, speech], { startAt, repeats, message: set });
const stopOf = (digest: Awaited<ReturnType<typeof notice>>['digest']) =>
  scene.world.stop('t1', { set: { issuedAt: Math.floor(terminal.truth.now()), scope: { kind: 'messages', messages: [digest] } } });

/** What was heard: whose it is, repetition and ms into it, start and end from `now`. */
function heard(names: Readonly<Record<string, string>>): readonly string[] {
  return terminal.starts().map(({ job, startedAt, endedAt }) => `${names[job.messageDigest] ?? '?'}${job.repetition}+${Math.round(job.fromFrame / 48)} ${Math.round(startedAt - now)}-${Math.round((endedAt ?? 0) - now)}`);
}

const toldOf = (digest: string) => terminal.receipts().filter(({ messageDigest }) => messageDigest === digest);

describe('a pre-empted item', () => {
  it('goes on within one packet of its position and with exactly its gain, and proves the rest', async () => {
    const low = await notice(now + 700);
    const high = await emergency(now + 3_000);
    await terminal.order(low.order);
    await terminal.order(high.order);
    await terminal.truth.move(15_000);
    expect(heard({ [low.digest]: 'n', [high.digest]: 'e' })).toEqual(['n1+0 700-3000', 'e1+0 3000-8000', 'n1+2300 8000-10700']);
    const [before, , after] = terminal.starts();
    const cutMs = (before?.endedAt ?? 0) - (before?.startedAt ?? 0);
    expect(Math.abs((after?.job.fromFrame ?? 0) / 48 - cutMs)).toBeLessThanOrEqual(PACKET_MS);
    expect(after?.job.gainDb).toBe(before?.job.gainDb);
    expect(toldOf(low.digest).map(({ state, repetition, reason, fromMs, startedAt, endedAt }) => [state, repetition, reason, fromMs, startedAt === null ? null : startedAt - now, endedAt === null ? null : endedAt - now])).toEqual([
      ['acked', 0, null, 0, null, null], ['audible', 1, null, 0, 700, null], ['failed', 1, 'PREEMPTED', 0, 700, 3_000],
      ['audible', 1, null, 2_300, 8_000, null], ['done', 1, null, 2_300, 8_000, 10_700],
    ]);
    const samples = await decodeSamples(after?.job.sounds ?? [], () => Promise.resolve());
    expect(toldOf(low.digest).at(-1)?.playedDigest).toBe(sha256Hex(pcm16(samples?.subarray(2_300 * 48) ?? new Float32Array())));
  });

  it('waits until the higher one is through, its gaps included, however often it repeats', async () => {
    const low = await notice(now + 700);
    const high = await emergency(now + 3_000, {}, 2);
    await terminal.order(low.order);
    await terminal.order(high.order);
    await terminal.truth.move(25_000);
    expect(heard({ [low.digest]: 'n', [high.digest]: 'e' })).toEqual(['n1+0 700-3000', 'e1+0 3000-8000', 'e2+0 9000-14000', 'n1+2300 14000-16700']);
  });

  it('goes on from there after a power cut in between, without any link', async () => {
    const low = await notice(now + 700);
    const high = await emergency(now + 3_000);
    await terminal.order(low.order);
    await terminal.order(high.order);
    await terminal.truth.move(4_000);
    terminal.crash();
    terminal.link.up = false;
    await terminal.truth.move(500);
    await terminal.boot();
    terminal.agent.connect(0);
    await terminal.truth.move(15_000);
    // The interrupted emergency is never repeated; what waited for it goes on.
    const names = { [low.digest]: 'n', [high.digest]: 'e' };
    expect(heard(names).map((line) => line.split(' ')[0])).toEqual(['n1+0', 'e1+0', 'n1+2300']);
  });

  it('that a power cut interrupts while it goes on is never begun again', async () => {
    const low = await notice(now + 700, {}, 2);
    const high = await emergency(now + 3_000);
    await terminal.order(low.order);
    await terminal.order(high.order);
    await terminal.truth.move(9_000);
    terminal.crash();
    await terminal.boot();
    await terminal.truth.move(15_000);
    expect(heard({ [low.digest]: 'n', [high.digest]: 'e' }).map((line) => line.split(' ')[0])).toEqual(['n1+0', 'e1+0', 'n1+2300', 'n2+0']);
  });

  it('is not cut at all when the higher one is stopped before its time, and loses nothing that was only written down', async () => {
    const low = await notice(now + 1_500, {}, 1);
    const high = await emergency(now + 1_400);
    await terminal.order(low.order);
    await terminal.order(high.order);
    await terminal.truth.move(300);
    await terminal.stop(await stopOf(high.digest));
    await terminal.truth.move(10_000);
    expect(heard({ [low.digest]: 'n', [high.digest]: 'e' })).toEqual(['n1+0 1500-6500']);
  });

  it('that was handed to the card and has not sounded yet gives way and is heard whole afterwards', async () => {
    const low = await notice(now + 1_500);
    await terminal.order(low.order);
    await terminal.truth.move(200);
    const high = await emergency(now + 1_300);
    await terminal.order(high.order);
    await terminal.truth.move(15_000);
    expect(heard({ [low.digest]: 'n', [high.digest]: 'e' })).toEqual(['e1+0 1300-6300', 'n1+0 6300-11300']);
    expect(toldOf(low.digest).map(({ state, repetition }) => `${state} ${repetition}`)).toEqual(['acked 0', 'audible 1', 'done 1']);
  });

  it('is closed as PREEMPTED when its window ends meanwhile', async () => {
    const low = await orderOf(scene.world, 't1', [siren, speech], { startAt: now + 700, repeats: 1, notAfter: now + 7_000, message: { class: 'governance', severity: 'none', whenPreempted: 'resume' } });
    const high = await emergency(now + 3_000);
    await terminal.order(low.order);
    await terminal.order(high.order);
    await terminal.truth.move(15_000);
    expect(toldOf(low.digest).map(({ state, repetition, reason }) => `${state} ${repetition} ${reason ?? ''}`.trim())).toEqual(['acked 0', 'audible 1', 'failed 1 PREEMPTED', 'failed 0 PREEMPTED']);
  });
});

describe('a storm of equal alerts', () => {
  it('three in one minute are heard whole and in turn', async () => {
    const orders = [await emergency(now + 700, {}, 2), await emergency(now + 2_000, {}, 2), await emergency(now + 3_000, {}, 2)];
    for (const { order } of orders) await terminal.order(order);
    await terminal.truth.move(60_000);
    const names = Object.fromEntries(orders.map(({ digest }, nr) => [digest, 'abc'.charAt(nr)]));
    expect(heard(names)).toEqual(['a1+0 700-5700', 'b1+0 5700-10700', 'c1+0 10700-15700', 'a2+0 15700-20700', 'b2+0 20700-25700', 'c2+0 25700-30700']);
    expect(terminal.receipts().filter(({ state }) => state === 'done')).toHaveLength(6);
    expect(terminal.receipts().every(({ state, playedDigest }) => state !== 'done' || playedDigest !== null)).toBe(true);
  });

  it('whoever comes late to it takes its next turn', async () => {
    const orders = [await emergency(now - 3_000, {}, 2), await emergency(now - 1_000, {}, 2)];
    for (const { order } of orders) await terminal.order(order);
    await terminal.truth.move(20_000);
    const names = Object.fromEntries(orders.map(({ digest }, nr) => [digest, 'ab'.charAt(nr)]));
    // The second one's siren still runs: it is entered at its place, and the turns follow from there.
    expect(heard(names)).toEqual(['b1+1200 200-4000', 'a2+0 4000-9000', 'b2+0 9000-14000']);
  });
});

describe('a message that goes on after a stop', () => {
  it('does so where its timetable stood when the stop was given, at its volume', async () => {
    const order = await notice(now + 700, {}, 2);
    await terminal.order(order.order);
    await terminal.truth.move(3_000);
    const stop = await stopOf(order.digest);
    await terminal.truth.move(400);
    await terminal.stop(stop);
    await terminal.truth.move(2_000);
    const resumed = await resumedOf(scene.world, 't1', order, stop, { startAt: now + 7_000 });
    await terminal.order(resumed.order);
    await terminal.truth.move(15_000);
    expect(heard({ [order.digest]: 'n' })).toEqual(['n1+0 700-3405', 'n1+2300 7000-9700', 'n2+0 10700-15700']);
    expect(new Set(terminal.starts().map(({ job }) => job.gainDb)).size).toBe(1);
  });

  it('also when pre-emption had moved its timetable', async () => {
    const low = await notice(now + 700, {}, 2);
    const high = await emergency(now + 3_000);
    await terminal.order(low.order);
    await terminal.order(high.order);
    await terminal.truth.move(9_000);
    const stop = await stopOf(low.digest);
    await terminal.truth.move(300);
    await terminal.stop(stop);
    const resumed = await resumedOf(scene.world, 't1', low, stop, { startAt: now + 12_000 });
    await terminal.order(resumed.order);
    await terminal.truth.move(15_000);
    expect(heard({ [low.digest]: 'n', [high.digest]: 'e' })).toEqual(['n1+0 700-3000', 'e1+0 3000-8000', 'n1+2300 8000-9305', 'n1+3300 12000-13700', 'n2+0 14700-19700']);
  });

  it('begins with the next repetition when the stop fell into a gap', async () => {
    const order = await notice(now + 700, {}, 2);
    await terminal.order(order.order);
    await terminal.truth.move(6_000);
    const stop = await stopOf(order.digest);
    await terminal.stop(stop);
    const resumed = await resumedOf(scene.world, 't1', order, stop, { startAt: now + 8_000 });
    await terminal.order(resumed.order);
    await terminal.truth.move(15_000);
    expect(heard({ [order.digest]: 'n' })).toEqual(['n1+0 700-5700', 'n2+0 8000-13000']);
  });
});

describe('what does not sound although it is due', () => {
  it('says MUTED where the switch on the box is off, but for an emergency', async () => {
    terminal.hardware.set({ muted: true });
    const low = await notice(now + 700);
    const high = await emergency(now + 2_000);
    await terminal.order(low.order);
    await terminal.order(high.order);
    await terminal.truth.move(10_000);
    expect(heard({ [low.digest]: 'n', [high.digest]: 'e' })).toEqual(['e1+0 2000-7000']);
    expect(toldOf(low.digest).map(({ state, reason }) => `${state} ${reason ?? ''}`)).toEqual(['acked ', 'failed MUTED']);
  });

  it('a front-end drill is taken and told as done, and no card ever has it', async () => {
    const drill = await emergency(now + 700, { mode: 'drill', drill: { plan: '0197a3b0-0d11-7000-8000-00000000000d', kind: 'front-end' }, body: { segments: [speech.segment, { ...siren.segment, role: 'siren' }] } } as never, 2);
    await terminal.order(drill.order);
    await terminal.truth.move(15_000);
    expect(terminal.starts()).toEqual([]);
    expect(toldOf(drill.digest).map(({ state, repetition, levelCentiDbfs, reason }) => [state, repetition, levelCentiDbfs, reason])).toEqual([['acked', 0, null, null], ['done', 0, null, null]]);
  });

  it('a card that never begins is told as SILENT', async () => {
    const order = await notice(now + 700);
    terminal.beforeCard = () => true;
    await terminal.order(order.order);
    await terminal.truth.move(15_000);
    expect(toldOf(order.digest).map(({ state, reason }) => `${state} ${reason ?? ''}`)).toEqual(['acked ', 'failed SILENT']);
  });

  it('a disk that takes longer than there was time lets it begin late, and what follows later still', async () => {
    const low = await notice(now + 700, {}, 2);
    terminal.disk.hold();
    await terminal.order(low.order);
    await terminal.truth.move(2_700);
    terminal.disk.resume();
    await terminal.truth.move(20_000);
    expect(heard({ [low.digest]: 'n' })).toEqual(['n1+0 2700-7700', 'n2+0 8700-13700']);
  });
});
