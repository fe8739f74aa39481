import path from 'node:path';
import { z } from 'zod';
import {
  areaIdSchema, digestSchema, draftAnswerSchema, draftSchema, envelopeSchema, isolateIdSchema, messageDetailSchema, personIdSchema, platformIdSchema, restrictionIdSchema, stopIdSchema,
  type Digest, type Draft, type EnvelopeShape, type Message,
} from '#libs/contracts';
import { filesOf } from '#libs/domain';
import { encodePayload, toBase64, type Envelope } from '#libs/envelope';
import { sha256Hex, signEnvelope, type Signer } from '#libs/suites';
import { detailOf, draft, readMessageEnvelope, systemClock } from '../../../cli/src';
import { approve } from '../../../cli/src/commands/message';
import { codeOf } from '../../../scripted-day/src/attacks/api';
import { dispatchOf, recorded } from '../../../scripted-day/src/attacks/stolen-keys';
import { noticeDraft } from '../../../scripted-day/src/scripts';
import { until } from '../../../scripted-day/src/until';
import type { Family, Scene } from '../attack';
import { LyingProxy, type Lie } from '../lying-proxy';
import type { Aired } from '../range';

const PROXY_ABOVE_CONSOLE = 37;
const HOUR = 3_600_000;
/** A stop of a key that may become known with the next documents waits and is not told of; what comes after shows that it stopped nothing. */
const WAITS = ['nothing said'];
const BY_OTHERS = ['REJ_KEY_USAGE', 'REJ_KEY_UNKNOWN', 'REJ_THRESHOLD', 'REJ_LINEAGE', 'REJ_SCHEMA', 'REJ_SHAPE', 'REJ_TYPE'];

/**
 * The attacker's code runs in the API server: it holds the dispatchers' keys, the database and every wire, and tells
 * pages and command lines whatever it likes. Without persons nothing sounds; that it can stop, and narrow for an hour, is
 * what the design gives a dispatcher.
 */
export const HIJACKED_PLATFORM: Family = {
  family: 'a hijacked platform', threat: 'T15 T20 T22 T23 T52', where: 'district',
  run: async ({ range, tally }) => {
    const since = systemClock.now();
    const aired = await range.airNotice([range.cast.insideArea]);
    tally.control('a genuine notice sounded before', true);
    const proxy = await LyingProxy.open(range.setting.cli, range.setting.supervisor.platform.ports.console + PROXY_ABOVE_CONSOLE);
    try {
      await liesToAuthors({ range, tally }, proxy);
      await liesToApprovers({ range, tally }, proxy, aired);
    } finally {
      proxy.close();
    }
    await itsOwnKeys({ range, tally }, aired);
    tally.heard('after all that', (await range.soundedWrongly(since)).length);
    await whatItMay({ range, tally });
    const after = await range.airNotice([range.cast.insideArea]);
    tally.control('a genuine notice sounds after it', after.targets.length > 0);
  },
};

type Part = Pick<Scene, 'range' | 'tally'>;

/** The bytes that come back to be signed do not say what the author asked for. */
async function liesToAuthors({ range, tally }: Part, proxy: LyingProxy): Promise<void> {
  const { cast } = range;
  const author = await range.actor(cast.district, cast.noticeAuthor);
  const wanted: Draft = draftSchema.parse(await noticeDraft(author, [cast.insideArea], 1, HOUR));
  const lies: readonly (readonly [string, (message: Message) => Partial<Message>])[] = [
    ['another text', ({ texts }) => ({ texts: texts.map((text) => ({ ...text, text: `${text.text}请立即离开。` })) })],
    ['another title', ({ texts }) => ({ texts: texts.map((text) => ({ ...text, title: '紧急' })) })],
    ['more areas', () => ({ targets: { areas: [areaIdSchema.parse('jingkai')], terminals: [] } })],
    ['an emergency', () => ({ class: 'emergency', severity: 'red' })], ['said ten times', () => ({ repeats: 10 })],
    ['in the name of another', () => ({ author: personIdSchema.parse(cast.noticeApprover) })], ['another sound', ({ body }) => ({ body: { segments: filesOf(body).slice(0, 1).map((one) => ({ ...one, sha256: digestOfText('another') })) } })],
    ['it ends another message', () => ({ replaces: digestOfText('a warning') })], ['a drill', () => ({ mode: 'test' })],
  ];
  const says = async (lie: Lie): Promise<string> => codeOf(() => proxy.deceive(author, lie, (context) => draft(context, wanted)));
  tally.control('through the same proxy, without a lie, the author gets what was asked for', await says((_path, answer) => answer) === 'ACCEPTED');
  for (const [name, change] of lies) {
    tally.judged(`to the author: ${name}`, await says((at, answer) => (at.startsWith('/api/messages/draft') ? redrafted(answer, change) : answer)), ['PAYLOAD_DIFFERS']);
  }
  tally.judged('to the author: another digest than that of the bytes', await says((at, answer) => (at.startsWith('/api/messages/draft') ? { ...draftAnswerSchema.parse(answer), messageDigest: digestOfText('other') } : answer)), ['PAYLOAD_DIFFERS']);
}

function redrafted(answer: unknown, change: (message: Message) => Partial<Message>): unknown {
  const drafted = draftAnswerSchema.parse(answer);
  const message = { ...drafted.message, ...change(drafted.message) };
  const payload = encodePayload(message);
  return { ...drafted, message, payload: toBase64(payload), messageDigest: sha256Hex(payload) };
}

/** The approver is shown another message, or bytes that nobody wrote: what comes of that signature at a loudspeaker. */
async function liesToApprovers({ range, tally }: Part, proxy: LyingProxy, aired: Aired): Promise<void> {
  const { cast, setting } = range;
  const [waiting, other] = [await range.submitNotice([cast.insideArea]), await range.submitNotice([cast.insideArea])];
  const approver = await range.actor(cast.district, cast.noticeApprover);
  const folder = setting.cli.demoKeysDir;
  const args = [waiting.id, '--key', path.join(folder, 'people', cast.district, `${cast.noticeApprover}.key.json`), '--passphrase-file', path.join(folder, 'passphrase')];
  const shown = await detailOf(approver.context, other.id);
  const says = (lie: Lie): Promise<string> => codeOf(() => proxy.deceive(approver, (at, answer) => (at === `/api/messages/${waiting.id}` ? lie(at, answer) : answer), (context) => approve.run(args, context)));
  tally.judged('to the approver: the bytes of another message', await says((_at, answer) => ({ ...messageDetailSchema.parse(answer), envelope: shown.envelope, messageDigest: shown.messageDigest })), ['PAYLOAD_DIFFERS']);
  tally.judged('to the approver: the digest of another message', await says((_at, answer) => ({ ...messageDetailSchema.parse(answer), messageDigest: shown.messageDigest })), ['PAYLOAD_DIFFERS']);
  // Bytes that nobody wrote, under this message's own name: the approver sees them and may agree. The platform keeps the signature.
  const detail = await detailOf(approver.context, waiting.id);
  const { message } = readMessageEnvelope(detail.envelope);
  const invented = encodePayload({ ...message, texts: message.texts.map((text) => ({ ...text, text: '请立即离开。' })) });
  proxy.keep(/\/approvals$/);
  await says((_at, answer) => ({ ...messageDetailSchema.parse(answer), envelope: { ...detail.envelope, payload: toBase64(invented) }, messageDigest: sha256Hex(invented) }));
  proxy.keep(undefined);
  const caught = caughtSchema.safeParse(proxy.caught.at(-1)).data?.approval;
  tally.control('the hijacked platform caught a person\'s genuine approval of bytes that it made up', caught !== undefined);
  if (caught === undefined) return;
  const dispatcher = await range.keys.dispatcher(cast.district);
  const { dispatch } = recorded(aired.order);
  const victims = aired.targets.slice(0, 2);
  for (const [name, envelope, codes] of [
    ['under the author\'s signature of the other bytes', { ...detail.envelope, payload: toBase64(invented) }, ['REJ_SIGNATURE']],
    ['signed by the dispatcher in the author\'s place', await signEnvelope('message', invented, [dispatcher]), ['REJ_KEY_USAGE', 'REJ_AUTHOR']],
    ['signed by the thief', await signEnvelope('message', invented, [range.keys.attacker]), ['REJ_KEY_UNKNOWN']],
  ] as const) {
    const order = await dispatchOf({ ...dispatch, targets: { ...message.targets, heard: null }, notBefore: message.notBefore, notAfter: message.notAfter }, wire(envelope), [wire(caught)], dispatcher);
    await judged({ range, tally }, `a caught approval, the message ${name}`, victims, { kind: 'order', order }, codes);
  }
}

/** Everything that the dispatcher's key could be tried for and is not for. */
async function itsOwnKeys({ range, tally }: Part, aired: Aired): Promise<void> {
  const { cast } = range;
  const [dispatcher, village] = [await range.keys.dispatcher(cast.district), await range.keys.dispatcher(cast.village)];
  const now = systemClock.now();
  const victims = aired.targets.slice(0, 2);
  const platform = platformIdSchema.parse(cast.district);
  const area = areaIdSchema.parse(cast.insideArea);
  const author = await range.actor(cast.district, cast.noticeAuthor);
  const { dispatch } = recorded(aired.order);
  const waiting = await detailOf(author.context, (await range.submitNotice([cast.insideArea])).id);
  const { message: { notBefore, notAfter } } = readMessageEnvelope(waiting.envelope);
  const order = (approvals: readonly Envelope[]) => dispatchOf(dispatch, waiting.envelope, approvals.map(wire), dispatcher, { targets: { areas: [area], terminals: [], heard: null }, notBefore, notAfter });
  const tried: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['a message that waits, bound without a word', { kind: 'order', order: await order([]) }, ['REJ_APPROVAL_MISSING']],
    ['a message that waits, under another\'s approvals', { kind: 'order', order: await order(aired.order.approvals) }, ['REJ_APPROVAL_DIGEST', 'REJ_APPROVAL_MISSING']],
    ['a stop by a village for everybody', { kind: 'stop', stop: await frame('stop', { stopId: stopIdSchema.parse(systemClock.uuid7()), platform: platformIdSchema.parse(cast.village), issuedAt: now, notAfter: now + HOUR, area, scope: { kind: 'all' } }, village) }, WAITS],
    ['an isolation', { kind: 'isolate', isolate: await frame('isolate', { isolateId: isolateIdSchema.parse(systemClock.uuid7()), platform, area, reason: 'x', issuedAt: now, notAfter: now + HOUR }, dispatcher) }, BY_OTHERS],
    ['a narrowing for a day', { kind: 'restriction', restriction: await frame('restriction', { restrictionId: restrictionIdSchema.parse(systemClock.uuid7()), platform, area, kind: 'posture', classes: ['notice'], approvals: null, reason: 'x', notBefore: now, notAfter: now + 24 * HOUR, issuedAt: now }, dispatcher) }, BY_OTHERS.concat('REJ_DURATION', 'REJ_WINDOW', 'REJ_EXPIRED')],
    ['a narrowing for an important period', { kind: 'restriction', restriction: await frame('restriction', { restrictionId: restrictionIdSchema.parse(systemClock.uuid7()), platform, area, kind: 'period', classes: ['notice'], approvals: null, reason: 'x', notBefore: now, notAfter: now + HOUR, issuedAt: now }, dispatcher) }, BY_OTHERS],
    ['a revocation of an approver', { kind: 'document', document: await frame('revocation', { platform, version: 999, issuedAt: now, entries: [{ keyId: range.keys.attacker.key.keyId, reason: 'compromised', since: now }] }, dispatcher) }, BY_OTHERS],
  ];
  for (const [name, sent, codes] of tried) await judged({ range, tally }, `by the platform's own key: ${name}`, victims, sent, codes);
}

/** What the design gives a dispatcher alone: to silence. The narrowing for an hour is tried by the tests of restrictions. */
async function whatItMay({ range, tally }: Part): Promise<void> {
  const { cast } = range;
  const running = await range.airBulletin();
  const dispatcher = await range.keys.dispatcher(cast.district);
  const now = systemClock.now();
  const stop = await frame('stop', { stopId: stopIdSchema.parse(systemClock.uuid7()), platform: platformIdSchema.parse(cast.district), issuedAt: now, notAfter: now + HOUR, area: areaIdSchema.parse(cast.district), scope: { kind: 'messages', messages: [running.published.digest] } }, dispatcher);
  await range.simulator.inject([...running.targets], { kind: 'stop', stop });
  const silent = await until(10_000, async () => ((await range.cards()).some((card) => card.messageDigest === running.published.digest && card.endedAt === null) ? undefined : true));
  tally.admitted('a hijacked platform stops a bulletin', silent === true);
}

async function judged({ range, tally }: Part, name: string, victims: readonly string[], sent: unknown, codes: readonly string[]): Promise<void> {
  const refused = await range.inject(victims, sent, codes === WAITS);
  for (const victim of victims) tally.judged(`${name} at ${victim}`, refused.get(victim)?.code ?? 'nothing said', codes);
}

async function frame(word: string, payload: object, signer: Signer): Promise<Envelope> {
  return signEnvelope(word, encodePayload(payload), [signer]);
}

const caughtSchema = z.object({ approval: envelopeSchema });

function wire(envelope: Envelope): EnvelopeShape {
  return envelopeSchema.parse(envelope);
}

function digestOfText(text: string): Digest {
  return digestSchema.parse(sha256Hex(new TextEncoder().encode(text)));
}
