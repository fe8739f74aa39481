import { envelopeSchema } from '#libs/contracts';
import { fromHex, PACKET_MS } from '#libs/envelope';
import { sha256, sha256Hex } from '#libs/suites';
import { soundlessCard } from '../../../../apps/terminal-agent/src/hardware/soundless-card';
import { BLOCK_ATTACKS } from '../../../support/block-attacks';
import { grantFor, sessionKey, signBlock, speak } from '../../../support/live-speaker';
import { seededRandom } from '../../../support/seeded-random';
import { tone } from '../../../support/terminal-agent/fake-media';
import { orderOf } from '../../../support/terminal-agent/orders';
import { namesOf, Speaking } from '../../../support/terminal-agent/speaking';
import { useTestScene } from '../../../support/terminal-agent/test-scene';

const chime = tone(700, 1_000, 'chime');
const siren = tone(500, 2_000, 'siren');
const scene = useTestScene(chime, siren);

const digestOver = (parts: readonly Uint8Array[]): string => sha256Hex(...parts.map((part) => sha256(part)));
const packetsOf = (voice: Speaking) => voice.blocks.flatMap(({ block }) => [...block.packets]);

describe('a terminal that hears a living voice', () => {
  it('sounds the chime and then every packet at its time, and proves what it took and what it sounded', async () => {
    const terminal = await scene.ready({ skew: { ppm: 35, offsetMs: 4_000 } });
    const voice = await Speaking.begin(scene.world, terminal, { chime });
    await voice.say(40);
    await voice.end();
    await voice.until(voice.startAt + 9_000);
    const { names, offMs } = voice.heard();
    expect(names).toEqual(namesOf(1, 40));
    expect(Math.max(...offMs.map(Math.abs))).toBeLessThan(2);
    expect(terminal.starts().map(({ live }) => live)).toEqual([true]);
    expect(Math.abs((terminal.starts()[0]?.startedAt ?? 0) - voice.startAt)).toBeLessThan(2);
    await terminal.truth.move(3_000);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1']);
    const done = terminal.receipts().at(-1);
    expect(done?.playedDigest).toBe(digestOver(packetsOf(voice)));
    expect(done?.live).toEqual({ firstSeq: 1, lastSeq: 41, blocks: 41, late: 0, lost: 0, blocksDigest: digestOver(voice.blocks.map(({ bytes }) => bytes)) });
    expect(terminal.link.of('listen')).toEqual([{ kind: 'listen', stream: voice.grant.stream, lastSeq: 0 }]);
    expect(terminal.link.of('unlisten')).toHaveLength(1);
    expect(terminal.faults).toEqual([]);
  });

  it('asks the time once a second and tells how far it is while the voice is live, and neither afterwards', async () => {
    const terminal = await scene.ready();
    await terminal.truth.move(30_000);
    const voice = await Speaking.begin(scene.world, terminal);
    const before = terminal.link.of('time').length;
    await voice.say(80);
    expect(terminal.link.of('time').length - before).toBeGreaterThanOrEqual(7);
    const progress = terminal.link.of('progress');
    expect(progress.length).toBeGreaterThanOrEqual(8);
    expect(progress.at(-1)).toMatchObject({ stream: voice.grant.stream, late: 0, refused: 0 });
    expect(progress.at(-1)?.lastSeq).toBeGreaterThan(65);
    expect(progress.at(-1)?.bufferMs).toBeGreaterThan(500);
    await voice.end();
    await voice.until(terminal.truth.now() + 3_000);
    const [asked, told] = [terminal.link.of('time').length, terminal.link.of('progress').length];
    await terminal.truth.move(10_000);
    expect(terminal.link.of('time').length - asked).toBeLessThanOrEqual(1);
    expect(terminal.link.of('progress')).toHaveLength(told);
  });

  it('listens anew after every welcome from where it is, and misses nothing that the ring still holds', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal);
    await voice.say(10);
    terminal.link.cut();
    const missed: Uint8Array[] = [];
    await voice.say(3, ({ bytes }) => { missed.push(bytes); return []; });
    await terminal.greet();
    expect(terminal.link.of('listen').at(-1)).toEqual({ kind: 'listen', stream: voice.grant.stream, lastSeq: 10 });
    for (const bytes of missed) terminal.link.giveBlock(bytes);
    await voice.say(10);
    await voice.end();
    await voice.until(terminal.truth.now() + 2_000);
    expect(voice.heard().names).toEqual(namesOf(1, 23));
  });
});

describe('blocks that are lost, late or nobody\'s', () => {
  it('leaves out what never came and what came too late, goes on with the rest at its time, and says how many', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal);
    await voice.say(30, ({ block: { seq }, bytes }) => (seq === 10 ? [] : [bytes]), (seq) => (seq === 20 ? 1_500 : 0));
    await voice.end();
    await voice.until(terminal.truth.now() + 5_000);
    const { names, offMs } = voice.heard();
    // The late one kept those behind it waiting, as a link does.
    expect(names.slice(0, 45)).toEqual(namesOf(1, 9));
    expect(names).toContain('11.1');
    expect(names).not.toContain('20.1');
    expect(names.slice(-5)).toEqual(namesOf(30, 30));
    expect(Math.max(...offMs.map(Math.abs))).toBeLessThan(2);
    const done = terminal.receipts().at(-1);
    expect(done?.state).toBe('done');
    expect(done?.live).toMatchObject({ firstSeq: 1, lastSeq: 31, blocks: 30, lost: 1 });
    expect(done?.live?.late).toBeGreaterThan(0);
    expect(done?.playedDigest).toBe(digestOver(terminal.voiced.map(({ packet }) => packet.opus)));
  });

  it('sounds no sample of any block that is not genuine, tells of it, and the genuine voice goes on unharmed', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal);
    const random = seededRandom(7);
    const [otherKey, twinGrant] = [sessionKey(), { ...voice.grant, stream: 'ab'.repeat(16) }];
    const startAt = voice.startAt;
    const other = speak({ ...grantFor('another', otherKey), startAt }, otherKey, 60, random);
    const twin = speak({ ...twinGrant, startAt }, voice.key, 60, random);
    const second = speak({ ...voice.grant, startAt }, voice.key, 60, random);
    let tried = 0;
    await voice.say(30, (spoken) => {
      const taken = spoken.block.seq - 1;
      const scn = { grant: voice.grant, key: voice.key, genuine: voice.blocks, other, otherKey, twin, second, taken, now: terminal.truth.now() };
      const attacks = BLOCK_ATTACKS.filter(({ name, when }) => (when?.(scn) ?? true) && !['kept back', 'sent ahead'].includes(name));
      const bad = attacks.map(({ make }) => { const made = make(scn, random); return made instanceof Uint8Array ? made : made.bytes; });
      tried += bad.length;
      // The holder of the key alone can make a second stream; before its first block is taken that is the voice.
      return [...(taken === 0 ? [] : bad), spoken.bytes, ...(taken === 0 ? [] : [spoken.bytes])];
    });
    await voice.end();
    await voice.until(terminal.truth.now() + 2_000);
    expect(tried).toBeGreaterThan(600);
    expect(voice.heard().names).toEqual(namesOf(1, 30));
    expect(Math.max(...voice.heard().offMs.map(Math.abs))).toBeLessThan(2);
    await terminal.truth.move(3_000);
    expect(terminal.receipts().at(-1)).toMatchObject({ state: 'done', live: { blocks: 31, lost: 0 }, playedDigest: digestOver(packetsOf(voice)) });
    const codes = terminal.events().filter(({ kind }) => kind === 'refused').map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(['REJ_SHAPE', 'REJ_SIZE', 'REJ_SIGNATURE', 'REJ_SEQ_REPLAY', 'REJ_EXPIRED', 'REJ_NOT_YET', 'REJ_BLOCK_CHAIN']));
    // At most one of each kind a second.
    expect(codes.length).toBeLessThanOrEqual(7 * 5);
    expect(terminal.link.of('progress').at(-1)?.refused).toBeGreaterThan(500);
  });

  it('takes nothing behind the END, not even of the holder of the key', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal);
    await voice.say(10);
    await voice.end();
    const behind = voice.next({ capturedAt: (voice.capturedAt(11) + 50) * 1_000 });
    terminal.link.giveBlock(behind.bytes);
    await voice.until(terminal.truth.now() + 3_000);
    expect(voice.heard().names).toEqual(namesOf(1, 10));
    expect(terminal.receipts().at(-1)).toMatchObject({ state: 'done', live: { lastSeq: 11, blocks: 11 } });
  });

  it('takes no block of a voice that it has no order for', async () => {
    const terminal = await scene.ready();
    const key = sessionKey();
    const grant = { ...grantFor('nobody\'s', key), startAt: terminal.truth.now() };
    for (const { bytes } of speak(grant, key, 10, seededRandom(3))) terminal.link.giveBlock(bytes);
    terminal.link.giveBlock(signBlock({ end: true, stream: grant.stream, seq: 99, capturedAt: terminal.truth.now() * 1_000, previous: '0'.repeat(32), packets: [] }, key));
    await terminal.truth.move(5_000);
    expect(terminal.voiced).toEqual([]);
    expect(terminal.events()).toEqual([]);
    expect(terminal.refused.map(({ code }) => code)).toEqual(['REJ_STREAM']);
    expect(fromHex(terminal.refused[0]?.subject ?? '')).toHaveLength(32);
  });
});

describe('a voice of which nothing is heard', () => {
  it('is audible with the first packet that sounded and not before, where no chime opens it', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal);
    await voice.until(voice.startAt + 700);
    expect(terminal.told()).toEqual(['acked 0']);
    await voice.say(10, ({ block: { seq }, bytes }) => (seq < 5 ? [] : [bytes]));
    await voice.until(voice.startAt + 3_000);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1']);
    expect(terminal.receipts().at(-1)?.startedAt).toBe(Math.round(terminal.voiced[0]?.at ?? 0));
    expect(terminal.voiced[0]?.at).toBeGreaterThan(voice.capturedAt(5) + 790);
    await voice.end();
    await voice.until(terminal.truth.now() + 3_000);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1']);
  });

  it.each([['said to be over', true, 1], ['at its signed longest', false, 0]] as const)('is neither audible nor done, %s', async (_end, isSaid, blocks) => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal, { live: { maxDurationMs: 6_000 } });
    await voice.until(voice.startAt + 2_000);
    if (isSaid) terminal.link.giveBlock(voice.next({ end: true, packets: [], capturedAt: Math.floor(terminal.truth.now()) * 1_000 }).bytes);
    await voice.until(voice.startAt + 12_000);
    expect(terminal.told()).toEqual(['acked 0', 'failed 0 INTERRUPTED']);
    expect(terminal.receipts().at(-1)).toMatchObject({ startedAt: null, live: { blocks }, playedDigest: sha256Hex(new Uint8Array()) });
  });

  it('is audible by its chime, and yet not done', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal, { chime, live: { maxDurationMs: 5_000 } });
    await voice.until(voice.startAt + 500);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1']);
    await voice.until(voice.startAt + 12_000);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'failed 0 INTERRUPTED']);
    expect(Math.abs((terminal.receipts().at(-1)?.startedAt ?? 0) - voice.startAt)).toBeLessThan(3);
  });

  it('is no sound of a terminal without a loudspeaker', async () => {
    const terminal = await scene.ready({ card: soundlessCard });
    const voice = await Speaking.begin(scene.world, terminal);
    await voice.say(20);
    await voice.end();
    await voice.until(terminal.truth.now() + 3_000);
    expect(terminal.told()).toEqual(['acked 0', 'failed 0 SILENT']);
    expect(terminal.receipts().every(({ playedDigest }) => playedDigest === null || playedDigest === sha256Hex(new Uint8Array()))).toBe(true);
  });
});

describe('a lease', () => {
  it('that is not renewed silences the voice five seconds after the last one, also when blocks go on coming; another one brings back what is said then', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal, { live: { maxDurationMs: 60_000 } });
    await voice.say(30);
    voice.leased = false;
    await voice.lease();
    const last = terminal.truth.now();
    await voice.say(80);
    const silentFrom = (terminal.voiced.at(-1)?.at ?? 0) + PACKET_MS;
    expect(silentFrom).toBeGreaterThan(last + 4_950);
    expect(silentFrom).toBeLessThan(last + 5_030);
    const before = terminal.voiced.length;
    await voice.lease();
    const back = terminal.truth.now();
    await voice.say(20);
    expect(terminal.voiced[before]?.at).toBeGreaterThanOrEqual(back);
    expect(terminal.voiced[before]?.at).toBeLessThan(back + 200);
    expect(Math.max(...voice.heard().offMs.map(Math.abs))).toBeLessThan(2);
    await voice.say(230);
    expect(terminal.told().at(-1)).toBe('audible 1');
    await voice.say(25);
    expect(terminal.told().at(-1)).toBe('failed 0 INTERRUPTED');
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.starts()[0]?.endedAt).toBeLessThan(back + 25_100);
    expect((terminal.voiced.at(-1)?.at ?? 0) + PACKET_MS).toBeLessThan(back + 5_030);
    expect(terminal.receipts().at(-1)?.live?.blocks).toBeGreaterThan(300);
    expect(terminal.receipts().at(-1)?.playedDigest).toBe(digestOver(terminal.voiced.map(({ packet }) => packet.opus)));
  });

  it('that never came lets the voice sound for five seconds after its start, and no old or foreign one makes it longer', async () => {
    const terminal = await scene.ready();
    await terminal.truth.move(10_000);
    const voice = await Speaking.begin(scene.world, terminal, { live: { maxDurationMs: 60_000 } });
    voice.leased = false;
    await voice.say(10);
    await voice.lease(Math.floor(voice.startAt - 5_000));
    const other = await scene.world.beacon('d', { set: { at: Math.floor(terminal.truth.now()), nonce: null, terminal: null, counter: null, leases: [(await orderOf(scene.world, 't1', [siren], { startAt: voice.startAt })).digest] } });
    terminal.give({ kind: 'lease', beacon: envelopeSchema.parse(other) });
    await voice.say(60);
    expect(Math.abs((terminal.voiced.at(-1)?.at ?? 0) + PACKET_MS - (voice.startAt + 5_000))).toBeLessThan(30);
    await terminal.truth.move(20_000);
    expect(Math.abs((terminal.starts()[0]?.endedAt ?? 0) - (voice.startAt + 25_000))).toBeLessThan(30);
    expect(terminal.told().at(-1)).toBe('failed 0 INTERRUPTED');
  });

  it('that goes on holds the voice to its signed longest, which no block and no lease extends', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal, { chime, live: { maxDurationMs: 4_000 } });
    await voice.say(60);
    await voice.until(voice.startAt + 9_000);
    expect(terminal.starts()[0]?.endedAt).toBeLessThan(voice.startAt + 5_000 + 30);
    expect(terminal.starts()[0]?.endedAt).toBeGreaterThan(voice.startAt + 4_900);
    expect(terminal.told()).toEqual(['acked 0', 'audible 1', 'done 1']);
  });
});

describe('a voice among others', () => {
  it('is silent within the fade of a stop, and nothing of it comes back', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal);
    await voice.say(30);
    const at = terminal.truth.now();
    await terminal.stop(await scene.world.stop('t1', { set: { issuedAt: Math.floor(at) } }));
    await voice.say(20);
    await terminal.truth.move(3_000);
    expect(terminal.starts()).toHaveLength(1);
    expect((terminal.starts()[0]?.endedAt ?? 0) - at).toBeLessThan(8);
    expect(terminal.told().at(-1)).toBe('failed 0 STOPPED');
    expect(terminal.receipts().at(-1)).toMatchObject({ live: { firstSeq: 1, blocks: 30 }, playedDigest: digestOver(terminal.voiced.map(({ packet }) => packet.opus)) });
  });

  it('gives way to what ranks higher and comes back with what is said then', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal, { chime });
    await voice.say(20);
    const alarm = await orderOf(scene.world, 't1', [siren], { startAt: terminal.truth.now() + 500, repeats: 1 });
    await terminal.order(alarm.order);
    await voice.say(60);
    await voice.end();
    await voice.until(terminal.truth.now() + 3_000);
    const [first, between, back] = terminal.starts();
    expect([first?.live, between?.live, back?.live]).toEqual([true, false, true]);
    expect(between?.job.messageDigest).toBe(alarm.digest);
    const heard = voice.heard();
    const pause = heard.names.findIndex((name, index) => index > 0 && Number(name.split('.')[0]) - Number(heard.names[index - 1]?.split('.')[0]) > 2);
    expect(terminal.voiced[pause]?.at).toBeGreaterThanOrEqual((between?.endedAt ?? Infinity) - 1);
    expect(terminal.voiced[pause]?.at).toBeLessThan((between?.endedAt ?? 0) + 30);
    expect(heard.names.at(-1)).toBe('80.5');
    expect(Math.max(...heard.offMs.map(Math.abs))).toBeLessThan(2);
    await terminal.truth.move(3_000);
    expect(terminal.told()).toEqual(expect.arrayContaining(['failed 1 PREEMPTED', 'done 1']));
    const [cut, done] = [terminal.receipts().find(({ reason }) => reason === 'PREEMPTED'), terminal.receipts().findLast(({ messageDigest, state }) => messageDigest === voice.digest && state === 'done')];
    expect(cut?.live).toBeUndefined();
    expect(done?.live).toMatchObject({ blocks: 81, lost: 0 });
  });

  it('is joined by a latecomer in the middle, without its chime, at the same moments as everywhere', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal, { chime, send: false });
    const missed: Uint8Array[] = [];
    await voice.say(30, ({ bytes }) => { missed.push(bytes); return []; });
    await terminal.order(voice.order.order);
    await terminal.truth.move(5);
    for (const bytes of missed.slice(-15)) terminal.link.giveBlock(bytes);
    await voice.say(20);
    await voice.end();
    await voice.until(terminal.truth.now() + 3_000);
    const { names, offMs } = voice.heard();
    expect(names).toEqual(expect.arrayContaining([...namesOf(25, 50)]));
    expect(Math.max(...offMs.map(Math.abs))).toBeLessThan(2);
    expect(terminal.starts()).toHaveLength(1);
    expect(terminal.starts()[0]?.job.fromFrame).toBeGreaterThan(4_000 * 48);
    await terminal.truth.move(3_000);
    expect(terminal.receipts().at(-1)).toMatchObject({ state: 'done', live: { firstSeq: 16, lost: 0 } });
    // What the ring brought for the moments in which it had begun already.
    expect(terminal.receipts().at(-1)?.live?.late).toBeLessThanOrEqual(2);
  });

  it('is joined again after a power cut where it is then, never from its beginning', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal, { chime });
    await voice.say(20);
    terminal.crash();
    const before = terminal.voiced.length;
    await terminal.truth.move(1_000);
    await terminal.boot();
    await terminal.goOnline();
    expect(terminal.link.of('listen').at(-1)).toEqual({ kind: 'listen', stream: voice.grant.stream, lastSeq: 0 });
    const now = terminal.truth.now();
    while (voice.capturedAt(voice.blocks.length + 1) < now) voice.next();
    await voice.say(20);
    await voice.end();
    await voice.until(terminal.truth.now() + 3_000);
    const after = terminal.voiced.slice(before);
    expect(after.length).toBeGreaterThanOrEqual(95);
    expect(after.every(({ at }) => at >= now)).toBe(true);
    expect(Math.max(...voice.heard().offMs.map(Math.abs))).toBeLessThan(2);
    expect(terminal.starts().at(-1)?.job.fromFrame).toBeGreaterThan(1_000 * 48);
    await terminal.truth.move(3_000);
    expect(terminal.told().at(-1)).toBe('done 1');
  });

  it('ends INTERRUPTED after a power cut when nobody leases it any more', async () => {
    const terminal = await scene.ready();
    const voice = await Speaking.begin(scene.world, terminal);
    await voice.say(20);
    terminal.crash();
    await terminal.truth.move(1_000);
    await terminal.boot();
    const before = terminal.voiced.length;
    await terminal.goOnline();
    await terminal.truth.move(26_000);
    expect(terminal.voiced).toHaveLength(before);
    expect(terminal.told().at(-1)).toBe('failed 0 INTERRUPTED');
  });
});
