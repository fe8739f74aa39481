import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { CLAIM_CONTEXT, drillIdSchema, HELLO_CONTEXT, type Message, type Order } from '#libs/contracts';
import { pae, toBase64, toHex, type Envelope } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { documentsSince, lineageOf } from '#libs/trust';
import type { Passkey } from './passkey';
import { fallen } from './protocol-fallen';
import { refusals } from './protocol-refusals';
import { restrictions } from './protocol-restrictions';
import { areaOf, buildWorld, digestNamed, digestOf, makeKey, NONCE, NOW, payloadOf, platformOf, WITH_PASSKEY, type World } from './trust-builder';

/**
 * Makes `tests/vectors/protocol` anew: what someone needs to test a terminal of his own, from bytes to verdicts. The
 * keys are made here and forgotten here; only public halves and signatures are written.
 */
const FOLDER = path.join(process.cwd(), 'tests', 'vectors', 'protocol');
const HOUR = 3_600_000;
const TERMINAL = 'v1-term-1';

async function signingVector() {
  const device = await makeKey();
  const ascii = (text: string) => new TextEncoder().encode(text);
  const payload = ascii('{"rootHash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","treeSize":0}');
  const type = 'application/vnd.clarion.example.v1+json';
  const signed = async (bytes: Uint8Array) => ({ bytesHex: toHex(bytes), sig: toBase64(await device.signer.sign(bytes)) });
  return {
    key: device.record,
    keyIdIsSha256Of: { algAscii: 'ed25519', spkiBase64: device.record.spki },
    envelope: { payloadType: type, payloadText: new TextDecoder().decode(payload), payload: toBase64(payload), payloadSha256: sha256Hex(payload), pae: await signed(pae(type, payload)) },
    hello: { context: HELLO_CONTEXT, nonce: NONCE, terminal: TERMINAL, ...(await signed(ascii(`${HELLO_CONTEXT}\0${NONCE}\0${TERMINAL}`))) },
    claim: { context: CLAIM_CONTEXT, nonce: NONCE, code: 'ABCDEFGH12345678', ...(await signed(ascii(`${CLAIM_CONTEXT}\0${NONCE}\0ABCDEFGH12345678`))) },
  };
}

interface Step {
  readonly why: string;
  readonly now: number;
  /** What comes over the link; absent where something happens at the terminal itself. */
  readonly frame?: object;
  /** The message of which a sample came out here. */
  readonly sounded?: string;
  readonly expect: string;
}

function passkeyOf(world: World): Passkey {
  return world.key('v1', 'approver-c').signer as Passkey;
}

/** Each case begins with a terminal that holds the documents, the assignment and the beacon, and nothing else. */
async function cases(world: World): Promise<readonly { readonly name: string; readonly steps: readonly Step[] }[]> {
  const orderStep = (why: string, order: Order, expect: string, now = NOW): Step => ({ why, now, frame: { kind: 'order', order }, expect });
  const one = (name: string, order: Order, expect: string, now = NOW) => ({ name, steps: [orderStep(name, order, expect, now)] });
  const good = await world.order('v1');
  const township = await world.order('t1');
  const swapped = await world.order('v1', { message: { set: { texts: [{ language: 'zh-CN', title: '另一条', text: '另一条消息。' }] } } });
  const message = await world.message('v1');
  const [a, c] = [await world.approval('v1', message, 'approver-a'), await world.approval('v1', message, 'approver-c')];
  const once = world.bind(message, [a], await world.dispatch('v1', message, [a], { set: { seq: 900 } })).order;
  const byAuthor = await world.approval('v1', message, 'author', { by: [world.key('v1', 'author').signer] });
  const stop = await world.stop('t1', { set: { issuedAt: NOW + 10_000 } });
  const foreignStop = await world.stop('t2');
  const villageStop = await world.stop('v1', { set: { issuedAt: NOW + 10_000 } });
  const chime = { segments: [{ sha256: digestNamed('chime'), bytes: 9, role: 'chime' as const, durationMs: 2_000 }] };
  const notice = { class: 'notice' as const, severity: 'none' as const, body: chime };
  const light = (name: 'd' | 'v1', set: object = {}) => world.order(name, { message: { set: { ...notice, ...set } }, approvers: ['approver-a'] });
  const drill = async (kind: 'platform' | 'front-end' | 'terminal', by: 'v1' | 'd' = 'v1', set: Partial<Message> = {}) =>
    (await world.order(by, { message: { set: { mode: 'drill', drill: { plan: drillIdSchema.parse(world.nextId()), kind }, ...set } } })).order;
  const soundedStep = (message: Envelope): Step => ({ why: 'it sounds', now: NOW, sounded: digestOf(message), expect: 'noted' });
  const correction = await world.correctionOrder('v1');
  const unlisted = await world.correctionOrder('v1', { isListed: false });
  const byAuthorOnly = await world.correctionOrder('v1', { consent: { by: [world.key('v1', 'author').signer], set: { person: world.personId('v1', 'author') } } });
  const resumed = await world.order('v1');
  const wrongful = await world.stop('v1', { set: { issuedAt: NOW + 5_000 } });
  const again = { startAt: NOW + 8_000, issuedAt: NOW + 7_000 };
  const resumption = await world.resumeOrder('v1', resumed, wrongful, { dispatch: { set: again } });
  const pressedAgain = await world.stop('v1', { set: { issuedAt: NOW + 5_500 } });
  const bothNamed = await world.resumeOrder('v1', resumed, wrongful, { also: [pressedAgain], dispatch: { set: again } });
  const lateWord = await world.resumeOrder('v1', resumed, wrongful, { consent: { set: { signedAt: NOW + 35_001 } }, dispatch: { set: again } });
  const stopStep = (stopping: Envelope): Step => ({ why: 'the village stops', now: NOW + 5_000, frame: { kind: 'stop', stop: stopping }, expect: 'stopped' });
  const isolate = await world.isolate('v1');
  const isolateStep = (envelope: Envelope, expect: string): Step => ({ why: 'the village closes its area', now: NOW, frame: { kind: 'isolate', isolate: envelope }, expect });
  const night = NOW + 10 * HOUR;
  const atNight = { notBefore: night - HOUR, notAfter: night + HOUR, issuedAt: night - HOUR };
  const inQuietHours = await world.order('v1', { message: { set: { ...notice, ...atNight } }, approvers: ['approver-a'], dispatch: { set: { startAt: night, issuedAt: night } } });
  const emergencyAtNight = await world.order('v1', { message: { set: atNight }, dispatch: { set: { startAt: night, issuedAt: night } } });
  const elsewhere = { ...world.key('v1', 'approver-c').signer, sign: async (bytes: Uint8Array) => passkeyOf(world).signLying(bytes, { clientData: { origin: 'https://sign.example.com' } }) };
  const lured = await world.approval('v1', message, 'approver-c', { by: [elsewhere] });
  const byPasskeyElsewhere = world.bind(message, [lured], await world.dispatch('v1', message, [lured])).order;
  const permit = await world.permit('v1');
  const under = async (set: Parameters<World['permitOrder']>[1] = {}) => world.permitOrder('v1', { under: permit, ...set });
  const spoken = await Promise.all([under(), under(), under()]);
  const [firstSaid, secondSaid, thirdSaid] = spoken;
  const listing = await world.roster('v1', { set: { version: 2, permits: [digestOf(permit)] } });
  const without = await world.roster('v1', { set: { version: 3 } });
  const rosterStep = (why: string, document: Envelope): Step => ({ why, now: NOW, frame: { kind: 'document', document }, expect: 'taken' });
  const listed = rosterStep('the officers list the permit', listing);
  const permitted = (name: string, order: Order, expect: string) => ({ name, steps: [listed, orderStep(name, order, expect)] });
  const ownPermit = async (name: string, set: Parameters<World['permit']>[1], expect: string) => {
    const made = await world.permitOrder('v1', { under: await world.permit('v1', set) });
    return { name, steps: [rosterStep('the officers list the permit', made.roster), orderStep(name, made.order, expect)] };
  };
  const wrongSignature = { ...good.order, dispatch: flipped(good.dispatch) };
  return [
    one('an order of the own village, author and one approver, plays', good.order, 'play'),
    one('an order of the township, author and two approvers, plays', township.order, 'play'),
    one('an order that a passkey approved plays', (await world.order('v1', { approvers: ['approver-c'] })).order, 'play'),
    one('a passkey approved on another site', byPasskeyElsewhere, 'REJ_SIGNATURE'),
    one('one bit of the dispatch\'s signature is wrong', wrongSignature, 'REJ_SIGNATURE'),
    one('the dispatch is signed by an approver instead of the dispatcher', (await world.order('v1', { dispatch: { by: [world.key('v1', 'approver-a').signer] } })).order, 'REJ_KEY_USAGE'),
    one('the dispatch is signed by a stranger', (await world.order('v1', { dispatch: { by: [world.stranger.signer] } })).order, 'REJ_KEY_UNKNOWN'),
    one('an order of a township outside the lineage', (await world.order('t2')).order, 'REJ_KEY_UNKNOWN'),
    one('the message was exchanged for another genuine one', { ...good.order, message: swapped.order.message }, 'REJ_MESSAGE_DIGEST'),
    one('the approvals belong to another message', { ...good.order, approvals: swapped.order.approvals }, 'REJ_APPROVAL_DIGEST'),
    one('the approval is missing', world.bind(message, [], await world.dispatch('v1', message, [])).order, 'REJ_APPROVAL_MISSING'),
    one('more approvals came than the dispatch names', { ...once, approvals: [...once.approvals, { ...c }] as Order['approvals'] }, 'REJ_APPROVAL_DIGEST'),
    one('the author approved his own message', world.bind(message, [byAuthor], await world.dispatch('v1', message, [byAuthor])).order, 'REJ_APPROVER_IS_AUTHOR'),
    one('a village asks for the whole township', (await world.order('v1', { message: { set: { targets: { areas: [areaOf('t1-area')], terminals: [] } } } })).order, 'REJ_AREA'),
    one('the dispatch names an area that the message does not', (await world.order('t1', { dispatch: { set: { targets: { areas: [areaOf('t1-area'), areaOf('v1-area')], terminals: [], heard: null } } } })).order, 'REJ_TARGETS_EXCEED'),
    one('the neighbouring village is meant', (await world.order('t1', { message: { set: { targets: { areas: [areaOf('v2-area')], terminals: [] } } } })).order, 'REJ_NOT_TARGETED'),
    one('the dispatch repeats more often than the message', (await world.order('v1', { dispatch: { set: { repeats: 3 } } })).order, 'REJ_REPEATS'),
    one('the dispatch outlives the message', (await world.order('v1', { dispatch: { set: { notAfter: NOW + 3 * HOUR } } })).order, 'REJ_WINDOW'),
    one('a test never sounds', (await world.order('v1', { message: { set: { mode: 'test' } } })).order, 'REJ_MODE_TEST'),
    one('the window has not opened', (await world.order('v1', { message: { set: { notBefore: NOW + HOUR } }, dispatch: { set: { startAt: NOW + HOUR } } })).order, 'REJ_NOT_YET'),
    one('the window is over', good.order, 'REJ_EXPIRED', NOW + 2 * HOUR),
    one('the beacon is more than thirty days old', good.order, 'REJ_TIME_STALE', NOW + 31 * 24 * HOUR),
    one('it names versions that are not here: held', (await world.order('v1', { dispatch: { set: { minVersions: { ...world.versions('v1'), rosters: { ...world.versions('v1').rosters, [platformOf('v1')]: 2 } } } } })).order, 'hold'),
    { name: 'the same order a second time', steps: [orderStep('first', good.order, 'play'), orderStep('again', good.order, 'REJ_SEQ_REPLAY')] },
    {
      name: 'the same message under a second dispatch',
      steps: [orderStep('first', once, 'play'), orderStep('re-dispatched', world.bind(message, [a], await world.dispatch('v1', message, [a], { set: { seq: 901 } })).order, 'REJ_COMPLETED')],
    },
    {
      name: 'a stop of everything, then an order issued before it',
      steps: [{ why: 'the township stops', now: NOW, frame: { kind: 'stop', stop }, expect: 'stopped' }, orderStep('too late', good.order, 'REJ_STOPPED')],
    },
    {
      name: 'a lower tier cannot stop an upper one\'s message',
      steps: [{ why: 'the village stops', now: NOW, frame: { kind: 'stop', stop: villageStop }, expect: 'stopped' }, orderStep('the township goes on', township.order, 'play')],
    },
    {
      name: 'a stop of a township outside the lineage means nothing here',
      steps: [{ why: 'another township stops', now: NOW, frame: { kind: 'stop', stop: foreignStop }, expect: 'ignored' }, orderStep('the village goes on', good.order, 'play')],
    },
    {
      name: 'a correction plays where its message was heard',
      steps: [orderStep('the false alert', correction.original.order, 'play'), soundedStep(correction.original.message), orderStep('the correction', correction.order, 'play')],
    },
    {
      name: 'a correction is not for those that did not hear',
      steps: [orderStep('the false alert', correction.original.order, 'play'), orderStep('the correction comes before a sample of it sounded', correction.order, 'not-heard')],
    },
    one('a correction of a message that never came', correction.order, 'not-heard'),
    one('a correction without a stopper\'s consent', { ...correction.order, consent: undefined }, 'REJ_CONSENT'),
    one('a correction with the author\'s consent', byAuthorOnly.order, 'REJ_CONSENT'),
    one('a correction that the message does not list', unlisted.order, 'REJ_CORRECTION'),
    one('a correction without the message that lists it', { ...correction.order, original: undefined }, 'REJ_CORRECTION'),
    {
      name: 'a stopped message goes on where it was stopped',
      steps: [orderStep('the message', resumed.order, 'play'), soundedStep(resumed.message), stopStep(wrongful), orderStep('go on', resumption.order, 'play', NOW + 7_000)],
    },
    {
      name: 'a stopped message does not go on where it had not begun',
      steps: [orderStep('the message', resumed.order, 'play'), stopStep(wrongful), orderStep('go on', resumption.order, 'not-heard', NOW + 7_000)],
    },
    {
      name: 'a stopper takes a stop back more than thirty seconds later',
      steps: [orderStep('the message', resumed.order, 'play'), soundedStep(resumed.message), stopStep(wrongful), orderStep('too late', lateWord.order, 'REJ_RESUME', NOW + 36_000)],
    },
    {
      name: 'a message goes on after two presses, by a word that names both stops',
      steps: [orderStep('the message', resumed.order, 'play'), soundedStep(resumed.message), stopStep(wrongful), stopStep(pressedAgain), orderStep('go on', bothNamed.order, 'play', NOW + 7_000)],
    },
    {
      name: 'a second stop that the word does not name holds',
      steps: [orderStep('the message', resumed.order, 'play'), soundedStep(resumed.message), stopStep(wrongful), stopStep(pressedAgain), orderStep('go on', resumption.order, 'REJ_RESUME', NOW + 7_000)],
    },
    one('a resumption after a stop that is not known here', resumption.order, 'REJ_RESUME', NOW + 7_000),
    {
      name: 'an isolated village does not hear a notice of the district, but its own and every emergency',
      steps: [
        isolateStep(isolate, 'isolated'), orderStep('the district\'s notice', (await light('d')).order, 'REJ_ISOLATED'), orderStep('its own notice', (await light('v1')).order, 'play'),
        orderStep('the district\'s emergency', (await world.order('d')).order, 'play'),
      ],
    },
    {
      name: 'an isolated village hears no drill of the district, whatever its class',
      steps: [isolateStep(isolate, 'isolated'), orderStep('the district\'s drill', await drill('terminal', 'd'), 'REJ_ISOLATED'), orderStep('its own drill', await drill('terminal'), 'play')],
    },
    {
      name: 'an isolation ends by itself',
      steps: [isolateStep(isolate, 'isolated'), orderStep('the district\'s notice an hour later', (await light('d')).order, 'play', NOW + HOUR)],
    },
    { name: 'one officer cannot isolate where two must', steps: [isolateStep(await world.isolate('v1', { by: world.officers('v1').slice(0, 1) }), 'REJ_THRESHOLD')] },
    { name: 'nobody isolates for longer than an hour', steps: [isolateStep(await world.isolate('v1', { set: { notAfter: NOW + HOUR + 1 } }), 'REJ_WINDOW')] },
    { name: 'a village cannot isolate its township', steps: [isolateStep(await world.isolate('v1', { set: { area: areaOf('t1-area') } }), 'REJ_AREA')] },
    one('a notice in the township\'s quiet hours', inQuietHours.order, 'quiet', night),
    one('an emergency in quiet hours', emergencyAtNight.order, 'play', night),
    one('a drill that is heard', await drill('terminal'), 'play'),
    one('a drill up to the amplifier', await drill('front-end'), 'play-silent'),
    {
      name: 'a drill never ends what is meant',
      steps: [orderStep('the warning', good.order, 'play'), orderStep('a drill that names it as what it replaces', await drill('terminal', 'v1', { replaces: digestOf(good.message) }), 'REJ_CEILING')],
    },
    one('a drill of the platforms only', await drill('platform'), 'REJ_CEILING'),
    {
      name: 'a clerk speaks alone under a permit, twice a day and not three times',
      steps: [listed, orderStep('the first', firstSaid?.order ?? good.order, 'play'), orderStep('the second', secondSaid?.order ?? good.order, 'play'), orderStep('the third', thirdSaid?.order ?? good.order, 'REJ_PERMIT')],
    },
    {
      name: 'a permit ends with the officers\' roster without it',
      steps: [listed, rosterStep('the officers leave it out', without), orderStep('the clerk goes on', (await under()).order, 'REJ_PERMIT')],
    },
    one('under a permit that the roster does not list', (await under()).order, 'REJ_PERMIT'),
    permitted('under a permit with a siren', (await under({ message: { set: { body: { segments: [{ sha256: digestNamed('siren'), bytes: 9, role: 'siren', durationMs: 2_000 }] } } } })).order, 'REJ_PERMIT'),
    permitted('under a permit as a notice', (await under({ message: { set: { class: 'notice' } } })).order, 'REJ_PERMIT'),
    permitted('under a permit louder than it says', (await under({ message: { set: { volume: 'full' } } })).order, 'REJ_PERMIT'),
    permitted('the message of a permit without naming it in the dispatch', (await under({ dispatch: { set: { permit: undefined } } })).order, 'REJ_PERMIT'),
    await ownPermit('a permit that one approver signed', { by: [world.key('v1', 'approver-a').signer] }, 'REJ_THRESHOLD'),
    await ownPermit('a permit that two browsers signed and nobody verified', { by: [world.key('v1', 'approver-b').signer, world.key('t1', 'approver-b').signer] }, 'REJ_VERIFICATION'),
    await ownPermit('a permit that an approver of the neighbours signed', { by: [world.key('v1', 'approver-a').signer, world.key('v2', 'approver-a').signer] }, 'REJ_KEY_USAGE'),
    await ownPermit('a permit whose hours are over', { set: { dayBand: { fromMinute: 480, toMinute: 720 } } }, 'REJ_PERMIT'),
  ];
}

function flipped(envelope: Envelope): Order['dispatch'] {
  const [first, ...rest] = envelope.signatures;
  const sig = first?.sig ?? '';
  const other = sig.startsWith('A') ? 'B' : 'A';
  return { ...envelope, signatures: [{ keyid: first?.keyid ?? '', sig: `${other}${sig.slice(1)}` }, ...rest] } as Order['dispatch'];
}

/** Writes `district.json` anew, and `signing.json` too (its values stand in docs/protocol.md) when asked. */
export async function writeProtocolVectors(files: { readonly signing: boolean }): Promise<void> {
  const world = await buildWorld({ suites: WITH_PASSKEY, rosters: (roster) => (roster.platform === 't1' ? { ...roster, quietHours: [{ fromMinute: 1_260, toMinute: 390 }] } : roster) });
  const lineage = lineageOf(world.trust, platformOf('v1'));
  const district = {
    made: new Date(NOW).toISOString(),
    terminal: TERMINAL,
    deviceKey: world.device.record,
    demo: true,
    now: NOW,
    mediaHeld: ['siren', 'speech', 'chime', 'correction', 'drill', 'recording'].map(digestNamed),
    root: world.expected.rootEnvelope,
    documents: [...documentsSince(world.trust, lineage, null), await world.assignment('v1')],
    beacon: await world.beacon('v1'),
    cases: [
      ...(await cases(world)),
      ...[...await refusals(world), ...await restrictions(world), ...await fallen(world)].map(({ name, steps }) => ({ name, steps: steps.map((step): Step => ({ why: name, now: NOW, ...step })) })),
    ],
  };
  const sample = await world.message('v1');
  const reading = { ofMessage: digestOf(sample), payloadText: new TextDecoder().decode(payloadOf(sample)), envelope: sample };
  if (files.signing) write('signing.json', await signingVector());
  write('district.json', { ...district, sample: reading });
}

function write(name: string, value: object): void {
  writeFileSync(path.join(FOLDER, name), `${JSON.stringify(value, null, 1)}\n`);
}
