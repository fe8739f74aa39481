import { dispatchSchema, envelopeSchema } from '#libs/contracts';
import { messageDurationMs } from '#libs/domain';
import { FakeMedia, tone } from '../../../../tests/support/terminal-agent/fake-media';
import type { TestTerminal } from '../../../../tests/support/terminal-agent/test-terminal';
import { areaOf, payloadOf, type World } from '../../../../tests/support/trust-builder';
import type { Family, Scene } from '../attack';
import { Bay } from '../bay';

/** What is no frame is refused at once; a document may wait for its signers' until the next exchange is over. */
const AT_ONCE_MS = 500;
const HELD_MS = 45_000;
const ELSEWHERE = 'https://203.0.113.7/siren.ogg';
const NO_FRAME = ['REJ_SHAPE'];

/** Whoever holds the path tells the terminal another source, another owner, other sounds: what nobody signed is refused, and what it plays is named by its digest alone (T37, T43). */
export const SOURCE_POINTED_AWAY: Family = {
  family: 'a source or settings that nobody signed', threat: 'T37 T43', where: 'agent',
  run: async (scene) => {
    const bay = new Bay(scene.lab.world);
    await settings(scene, bay);
    await documents(scene, bay);
    await hostileSource(scene, bay);
    await plantedOnDisk(scene, bay);
  },
};

async function attempt({ tally }: Pick<Scene, 'tally'>, terminal: TestTerminal, name: string, text: string, codes: readonly string[], withinMs = AT_ONCE_MS): Promise<void> {
  const [refused, starts] = [terminal.refused.length, terminal.starts().length];
  terminal.link.giveText(text);
  await terminal.truth.move(withinMs);
  const said = terminal.refused.slice(refused).map(({ code }): string => code);
  tally.judged(name, terminal.starts().length > starts ? 'play' : said.find((code) => codes.includes(code)) ?? said[0] ?? 'nothing said', codes);
}

async function settings(scene: Scene, bay: Bay): Promise<void> {
  const terminal = await bay.ready();
  const [{ segment }] = [bay.siren];
  const frames: readonly object[] = [
    { kind: 'config', gatewayUrl: 'https://203.0.113.7:8444' }, { kind: 'config', source: ELSEWHERE, volume: 'full' }, { kind: 'source', url: ELSEWHERE }, { kind: 'play', url: ELSEWHERE },
    { kind: 'play', sha256: segment.sha256 }, { kind: 'play', file: '/etc/alarm.wav' }, { kind: 'stream', group: '239.1.1.1', port: 5_004 }, { kind: 'live', session: 'x', key: 'y' },
    { kind: 'update', url: ELSEWHERE }, { kind: 'shell', command: 'aplay siren.wav' }, { kind: 'maintenance', token: '1234' }, { kind: 'volume', permille: 1_000 }, { kind: 'root', root: {} },
    { kind: 'prefetch', media: [{ sha256: segment.sha256, bytes: 10, url: ELSEWHERE }] }, { kind: 'order', order: { url: ELSEWHERE } }, { kind: 'order', url: ELSEWHERE },
    { kind: 'document', document: {} }, { kind: 'ack', counter: -1 }, {},
  ];
  for (const frame of frames) await attempt(scene, terminal, JSON.stringify(frame).slice(0, 60), JSON.stringify(frame), NO_FRAME);
  for (const text of ['', '{', '[]', 'null', '"play"', '\u0000', `{"kind":"play","kind":"order"}`]) await attempt(scene, terminal, `the text ${JSON.stringify(text)}`, text, NO_FRAME);
  await soundsStill(scene, bay, terminal, 'after settings that nobody signed');
}

async function documents(scene: Scene, bay: Bay): Promise<void> {
  const { world } = bay;
  const terminal = await bay.ready();
  const by = [world.stranger.signer];
  const set = { version: 2, issuedAt: Math.floor(terminal.truth.now()) };
  const unsigned = { ...await world.roster('t1', { set }), signatures: [] };
  const genuine = await world.roster('t1', { set });
  const made: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['a roster without a signature', unsigned, NO_FRAME],
    ['a roster that strangers signed', await world.roster('t1', { by, set }), ['REJ_KEY_UNKNOWN']],
    ['a roster changed under its signatures', { ...genuine, payload: (await world.roster('t1', { set: { ...set, version: 3 } })).payload }, ['REJ_SIGNATURE', 'REJ_THRESHOLD']],
    ['a roster with one officer', await world.roster('t1', { by: world.officers('t1').slice(0, 1), set }), ['REJ_THRESHOLD']],
    ['an assignment that strangers signed', await world.assignment('t1', { by }), ['REJ_KEY_UNKNOWN']],
    ['an assignment that the dispatcher signed', await world.assignment('t1', { by: [world.platform('t1').dispatcher.signer] }), ['REJ_KEY_USAGE']],
    ['a charter that strangers signed', await world.charter('t1', { by, set }), ['REJ_KEY_UNKNOWN']],
    ['a root that strangers signed', await world.root({ by, set }), ['REJ_THRESHOLD', 'REJ_KEY_UNKNOWN']],
    ['a message in the place of a document', await world.message('t1'), ['REJ_TYPE', 'REJ_KEY_UNKNOWN']],
  ];
  for (const [name, document, codes] of made) await attempt(scene, terminal, name, JSON.stringify({ kind: 'document', document }), codes, codes.includes('REJ_KEY_UNKNOWN') ? HELD_MS : AT_ONCE_MS);
  await soundsStill(scene, bay, terminal, 'after documents of strangers');
}

/** The media server is the attacker's: other bytes under the approved digest, none, or too many. */
async function hostileSource({ tally, lab }: Scene, bay: Bay): Promise<void> {
  const foreign = tone(1_000, 3_000);
  const answers: readonly (readonly [string, Uint8Array])[] = [
    ['another sound', foreign.bytes], ['the sound with a bit changed', bay.speech.bytes.map((byte, index) => (index === bay.speech.bytes.length - 40 ? byte ^ 1 : byte))],
    ['the sound and more', Uint8Array.from([...bay.speech.bytes, ...foreign.bytes])], ['half of the sound', bay.speech.bytes.slice(0, 1_000)], ['nothing', new Uint8Array()], ['noise', Uint8Array.from({ length: 4_000 }, (_, index) => (index * 97) % 256)],
  ];
  for (const [name, bytes] of answers) {
    const media = new FakeMedia();
    media.put(bay.siren);
    media.put(bay.speech, bytes);
    const terminal = await new Bay(lab.world).ready({ media });
    await terminal.order((await bay.order(terminal, { repeats: 1 })).order);
    await terminal.truth.move(30_000);
    const said = terminal.refused.map(({ code }): string => code);
    const codes = ['REJ_MEDIA_DIGEST', 'no whole sound'];
    tally.judged(`the media server gives ${name}`, terminal.starts().length > 0 ? 'play' : said.find((code) => codes.includes(code)) ?? 'no whole sound', codes);
    media.put(bay.speech);
    const [before] = [terminal.starts().length];
    await terminal.order((await bay.order(terminal, { repeats: 1 })).order);
    await terminal.truth.move(30_000);
    tally.control(`sounds once the media server gives the genuine sound again after ${name}`, terminal.starts().length > before);
  }
}

/** Somebody had the unit open: a sound of his own, named and listed as its own, and an order file as the terminal itself writes them. */
async function plantedOnDisk({ tally, lab: { world } }: Scene, bay: Bay): Promise<void> {
  const foreign = tone(1_000, 3_000, 'siren');
  for (const who of ['a stranger', 'the terminal itself', 'a stolen dispatcher', 'a stolen dispatcher and one approver', 'everybody, for another place', 'everybody, until a moment ago'] as const) {
    const terminal = await bay.ready();
    const waiting = await bay.order(terminal, { repeats: 4 });
    await terminal.order(waiting.order);
    await terminal.truth.move(2_000);
    terminal.crash();
    terminal.link.up = false;
    const now = Math.floor(terminal.truth.now());
    const forged = who.startsWith('everybody') ? await signedOrder(bay, terminal, who, now, foreign) : await forgedOrder(world, who, now + 5_000, foreign);
    const { dispatchId, messageDigest } = dispatchSchema.parse(JSON.parse(new TextDecoder().decode(payloadOf(forged.dispatch))));
    const write = (name: string, value: unknown): void => { terminal.disk.overwrite(name, new TextEncoder().encode(JSON.stringify(value))); };
    const journal = await jsonOf(terminal, 'journal');
    const [note] = Array.isArray(journal['messages']) ? journal['messages'].map(asRecord) : [];
    write('journal', { ...journal, messages: [{ ...note, dispatchId, messageDigest, state: 'accepted', repetition: 0, ended: 0 }] });
    write(`order.${dispatchId}`, { ...await jsonOf(terminal, `order.${waiting.dispatchId}`), order: forged.order });
    write('media', [{ sha256: foreign.segment.sha256, bytes: foreign.bytes.length, keepUntil: Math.floor(terminal.truth.now()) + 86_400_000, approved: true }]);
    terminal.disk.overwrite(`shelf/${foreign.segment.sha256}`, foreign.bytes);
    const before = terminal.starts().length;
    await terminal.boot();
    await terminal.truth.move(60_000);
    const told = terminal.starts().length > before ? 'play' : 'silent';
    tally.judged(`an order of ${who} written on the disk`, told, ['silent']);
    terminal.link.up = true;
    await terminal.goOnline();
    tally.control(`what it gave up is told as interrupted, ${who}`, terminal.told().some((line) => line.endsWith('INTERRUPTED')));
  }
}

/** All its persons signed it; it was not meant for here, or not for now. */
async function signedOrder(bay: Bay, terminal: TestTerminal, who: string, now: number, sound: ReturnType<typeof tone>) {
  const isElsewhere = who.endsWith('place');
  const places = { areas: [areaOf('t2-area')], terminals: [] };
  const { parts } = await bay.order(terminal, {
    by: isElsewhere ? 'd' : 't1', sounds: [sound], repeats: 4,
    message: isElsewhere ? { targets: places } : { notAfter: now - 1 },
    dispatch: isElsewhere ? { startAt: now + 5_000, targets: { ...places, heard: null } } : { startAt: now - 60_000, notAfter: now - 1, notBefore: now - 120_000 },
  });
  return parts;
}

async function forgedOrder(world: World, who: string, startAt: number, sound: ReturnType<typeof tone>) {
  const thief = who === 'the terminal itself' ? world.device.signer : world.stranger.signer;
  const dispatcher = who.startsWith('a stolen dispatcher') ? world.platform('t1').dispatcher.signer : thief;
  const body = { segments: [sound.segment] };
  const message = await world.message('t1', { by: [thief], set: { body, repeats: 4 } });
  const approvals = who.endsWith('approver') ? [await world.approval('t1', message, 'approver-a')] : [];
  return world.bind(message, approvals, await world.dispatch('t1', message, approvals, { by: [dispatcher], set: { startAt, repeats: 4, maxDurationMs: messageDurationMs(world.messagePayload('t1', { body, repeats: 4 })) } }));
}

async function soundsStill({ tally }: Scene, bay: Bay, terminal: TestTerminal, when: string): Promise<void> {
  await terminal.answerExchange({ documents: [envelopeSchema.parse(await bay.world.charter('t1'))] });
  const before = terminal.starts().length;
  await terminal.order((await bay.order(terminal, { repeats: 1 })).order);
  await terminal.truth.move(10_000);
  tally.control(`a genuine message sounds ${when}`, terminal.starts().length === before + 1);
}

async function jsonOf(terminal: TestTerminal, name: string): Promise<Record<string, unknown>> {
  const read = await terminal.disk.read(name);
  if (read.kind !== 'whole') throw new Error(`no ${name} on the disk`);
  return asRecord(JSON.parse(new TextDecoder().decode(read.bytes)));
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
