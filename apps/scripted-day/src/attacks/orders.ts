import { areaIdSchema, dispatchSchema, messageIdSchema, stopIdSchema, type Message, type Order, type RefusalCode } from '#libs/contracts';
import { systemClock } from '../../../cli/src';
import { approvalsOf, dispatchOf, payloadDigest, recorded, signed, withPayload, type Recorded, type StolenKeys } from './stolen-keys';

/** One attack on a terminal: an order, and the codes that are right for refusing it. */
export interface OrderAttack {
  readonly name: string;
  readonly order: unknown;
  readonly codes: readonly RefusalCode[];
}

export interface Scene {
  readonly keys: StolenKeys;
  /** The district's bulletin, sounded and stopped. */
  readonly bulletin: Order;
  /** A village's own message, sounded to its end. */
  readonly village: Order;
  readonly district: string;
  readonly bulletinAuthor: string;
  readonly bulletinApprovers: readonly [string, string];
  readonly villagePlatform: string;
  /** A terminal's area that the bulletin targeted, and one that it did not. */
  readonly insideArea: string;
  readonly outsideArea: string;
}

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

/** Every order attack of the first part, against terminals inside the bulletin's areas. */
export async function orderAttacks(scene: Scene): Promise<readonly OrderAttack[]> {
  const bulletin = recorded(scene.bulletin);
  return [
    ...await forged(scene, bulletin),
    ...await reTargeted(scene, bulletin),
    ...await mixedApprovals(scene, bulletin),
    ...await stolenDispatcher(scene, bulletin),
    ...await villageKeys(scene, bulletin),
  ];
}

async function forged({ keys, bulletin, district }: Scene, was: Recorded): Promise<OrderAttack[]> {
  const fresh = await dispatchOf(was.dispatch, bulletin.message, bulletin.approvals, keys.attacker);
  const genuine = await keys.dispatcher(district);
  const louder = { ...was.message, texts: was.message.texts.map((text) => ({ ...text, text: `${text.text}速逃` })) };
  const reworded = withPayload(bulletin.message, louder);
  const resigned = await signed('message', louder, keys.attacker);
  return [
    { name: 'forged: the dispatch is signed by a key that nobody knows', order: fresh, codes: ['REJ_KEY_UNKNOWN'] },
    { name: 'forged: a genuine key id over another payload', order: { ...bulletin, dispatch: withPayload(bulletin.dispatch, { ...was.dispatch, seq: was.dispatch.seq + 1 }) }, codes: ['REJ_SIGNATURE'] },
    { name: 'forged: a message under the type of a dispatch', order: { ...bulletin, dispatch: bulletin.message }, codes: ['REJ_TYPE', 'REJ_KEY_USAGE', 'REJ_SHAPE'] },
    { name: 'forged: not an envelope at all', order: { dispatch: 'play', message: null, approvals: [] }, codes: ['REJ_SHAPE'] },
    { name: 'replayed: the genuine order once more', order: bulletin, codes: ['REJ_ID_SEEN', 'REJ_SEQ_REPLAY', 'REJ_STOPPED'] },
    { name: 're-signed: the text changed under the author\'s signature', order: await dispatchOf(was.dispatch, reworded, bulletin.approvals, genuine), codes: ['REJ_SIGNATURE', 'REJ_APPROVAL_DIGEST', 'REJ_MESSAGE_DIGEST'] },
    { name: 're-signed: the text changed and signed by the thief', order: await dispatchOf(was.dispatch, resigned, bulletin.approvals, genuine), codes: ['REJ_KEY_UNKNOWN'] },
  ];
}

async function reTargeted({ keys, bulletin, district, outsideArea }: Scene, was: Recorded): Promise<OrderAttack[]> {
  const dispatcher = await keys.dispatcher(district);
  const wider = dispatchSchema.shape.targets.parse({ areas: [...was.dispatch.targets.areas, outsideArea], terminals: [], heard: null });
  return [
    { name: 're-targeted: areas added under the old signature', order: { ...bulletin, dispatch: withPayload(bulletin.dispatch, { ...was.dispatch, targets: wider }) }, codes: ['REJ_SIGNATURE'] },
    { name: 're-targeted: a stolen dispatcher widens the targets', order: await dispatchOf(was.dispatch, bulletin.message, bulletin.approvals, dispatcher, { targets: wider }), codes: ['REJ_TARGETS_EXCEED'] },
    { name: 're-targeted: a stolen dispatcher repeats it more often', order: await dispatchOf(was.dispatch, bulletin.message, bulletin.approvals, dispatcher, { repeats: Math.min(10, was.message.repeats + 1) }), codes: ['REJ_REPEATS'] },
    { name: 're-targeted: a stolen dispatcher lets it sound longer', order: await dispatchOf(was.dispatch, bulletin.message, bulletin.approvals, dispatcher, { maxDurationMs: was.dispatch.maxDurationMs + HOUR }), codes: ['REJ_DURATION'] },
  ];
}

async function mixedApprovals(scene: Scene, was: Recorded): Promise<OrderAttack[]> {
  const { keys, bulletin, district, bulletinAuthor, bulletinApprovers: [first, second] } = scene;
  const dispatcher = await keys.dispatcher(district);
  const base = was.approvals[0];
  if (base === undefined) return [];
  const author = { person: bulletinAuthor, signer: await keys.person(district, bulletinAuthor) };
  const one = { person: first, signer: await keys.person(district, first) };
  const stolenAuthor = await signed('message', { ...was.message, id: nextId(), texts: was.message.texts.map((text) => ({ ...text, title: `${text.title}二` })) }, author.signer);
  const order = (approvals: Awaited<ReturnType<typeof approvalsOf>>): Promise<Order> => dispatchOf(was.dispatch, stolenAuthor, approvals, dispatcher);
  const twice = await approvalsOf(stolenAuthor, base, [one]);
  const again = await approvalsOf(stolenAuthor, { ...base, signedAt: base.signedAt + 1 }, [one]);
  return [
    { name: 'swapped: the bulletin\'s approvals under another message', order: await order([...bulletin.approvals]), codes: ['REJ_APPROVAL_DIGEST', 'REJ_DISPLAYED'] },
    { name: 'swapped: the dispatch names other approvals than it carries', order: { ...(await order([...twice])), approvals: bulletin.approvals }, codes: ['REJ_APPROVAL_DIGEST'] },
    { name: 'one approver twice', order: await order([...twice, ...again]), codes: ['REJ_APPROVER_REPEATED', 'REJ_APPROVAL_STEP'] },
    { name: 'one approver alone', order: await order([...twice]), codes: ['REJ_APPROVAL_MISSING'] },
    { name: 'no approver at all', order: await order([]), codes: ['REJ_APPROVAL_MISSING'] },
    { name: 'the author as approver', order: await order([...twice, ...await approvalsOf(stolenAuthor, base, [author])]), codes: ['REJ_APPROVER_IS_AUTHOR', 'REJ_APPROVER_ROLE'] },
    { name: 'an approver that nobody knows', order: await order([...twice, ...await approvalsOf(stolenAuthor, base, [{ person: second, signer: keys.attacker }])]), codes: ['REJ_KEY_UNKNOWN'] },
    { name: 'an approver of another platform', order: await order([...twice, ...await approvalsOf(stolenAuthor, base, [{ person: second, signer: await keys.person(scene.villagePlatform, `${scene.villagePlatform}-head`) }])]), codes: ['REJ_KEY_UNKNOWN', 'REJ_KEY_USAGE', 'REJ_APPROVER_ROLE'] },
  ];
}

/** A stolen dispatcher with genuine approvals: before their window, after it, once more, and after STOP. */
async function stolenDispatcher({ keys, bulletin, district, bulletinAuthor, bulletinApprovers }: Scene, was: Recorded): Promise<OrderAttack[]> {
  const dispatcher = await keys.dispatcher(district);
  const now = systemClock.now();
  const approvers = await Promise.all(bulletinApprovers.map(async (person) => ({ person, signer: await keys.person(district, person) })));
  const author = await keys.person(district, bulletinAuthor);
  const base = was.approvals[0];
  if (base === undefined) return [];
  const genuine = async (notBefore: number, notAfter: number, signedAt: number): Promise<Pick<Order, 'message' | 'approvals'>> => {
    const message = await signed('message', { ...was.message, id: nextId(), notBefore, notAfter, issuedAt: signedAt, sourceRef: `window ${notBefore}` }, author);
    return { message, approvals: await approvalsOf(message, { ...base, signedAt }, approvers) };
  };
  const lastWeek = await genuine(now - WEEK, now - WEEK + 2 * HOUR, now - WEEK);
  const tomorrow = await genuine(now + 20 * HOUR, now + 22 * HOUR, now);
  const attack = (part: Pick<Order, 'message' | 'approvals'>, change: Parameters<typeof dispatchOf>[4]): Promise<Order> => dispatchOf(was.dispatch, part.message, part.approvals, dispatcher, change);
  return [
    { name: 'stolen dispatcher, last week\'s approvals in their own window', order: await attack(lastWeek, { notBefore: now - WEEK, notAfter: now - WEEK + 2 * HOUR, startAt: now - WEEK }), codes: ['REJ_EXPIRED'] },
    { name: 'stolen dispatcher, last week\'s approvals in a window of today', order: await attack(lastWeek, { notBefore: now - HOUR, notAfter: now + HOUR }), codes: ['REJ_WINDOW'] },
    { name: 'stolen dispatcher, tomorrow\'s approvals in a window of today', order: await attack(tomorrow, { notBefore: now - HOUR, notAfter: now + HOUR }), codes: ['REJ_WINDOW'] },
    { name: 'stolen dispatcher, tomorrow\'s approvals in their own window', order: await attack(tomorrow, { notBefore: now + 20 * HOUR, notAfter: now + 22 * HOUR, startAt: now + 20 * HOUR }), codes: ['REJ_NOT_YET'] },
    { name: 'stolen dispatcher, the stopped bulletin once more', order: await attack(bulletin, {}), codes: ['REJ_STOPPED'] },
    { name: 'stolen dispatcher, the stopped bulletin goes on without a consent', order: await attack(bulletin, { resumes: stopIdSchema.parse(systemClock.uuid7()) }), codes: ['REJ_CONSENT', 'REJ_RESUME'] },
    { name: 'stolen dispatcher, the bulletin called its own correction', order: await attack(bulletin, { targets: { ...was.dispatch.targets, heard: was.dispatch.messageDigest } }), codes: ['REJ_CORRECTION', 'REJ_CONSENT'] },
    { name: 'stolen dispatcher, a sequence far ahead', order: await attack(bulletin, { seq: Number.MAX_SAFE_INTEGER }), codes: ['REJ_SEQ_JUMP'] },
    { name: 'stolen dispatcher, a higher epoch', order: await attack(bulletin, { epoch: was.dispatch.epoch + 5 }), codes: ['REJ_STOPPED', 'REJ_EPOCH'] },
  ];
}

/** All keys of one village against everybody else: its own three people's worth of signatures, its own dispatcher. */
async function villageKeys({ keys, village, villagePlatform, insideArea }: Scene, was: Recorded): Promise<OrderAttack[]> {
  const own = recorded(village);
  const clerk = await keys.person(villagePlatform, `${villagePlatform}-clerk`);
  const head = { person: `${villagePlatform}-head`, signer: await keys.person(villagePlatform, `${villagePlatform}-head`) };
  const dispatcher = await keys.dispatcher(villagePlatform);
  const base = own.approvals[0];
  if (base === undefined) return [];
  const targets = { ...was.message.targets, areas: [areaIdSchema.parse(insideArea)] };
  const message = await signed('message', { ...own.message, id: nextId(), targets, notAfter: systemClock.now() + HOUR }, clerk);
  const approvals = await approvalsOf(message, base, [head]);
  const asDistrict = await signed('message', { ...own.message, id: nextId(), platform: was.message.platform, targets }, clerk);
  return [
    { name: 'village keys against another village', order: await dispatchOf(own.dispatch, message, approvals, dispatcher, { targets: { ...targets, heard: null }, notAfter: systemClock.now() + HOUR }), codes: ['REJ_KEY_UNKNOWN', 'REJ_LINEAGE', 'REJ_AREA'] },
    { name: 'village keys in the district\'s name', order: await dispatchOf({ ...own.dispatch, platform: was.dispatch.platform }, asDistrict, approvals, dispatcher, { targets: { ...targets, heard: null } }), codes: ['REJ_KEY_UNKNOWN', 'REJ_KEY_USAGE', 'REJ_LINEAGE'] },
  ];
}

function nextId(): Message['id'] {
  return messageIdSchema.parse(systemClock.uuid7());
}

export function subjectOf(order: Order): string {
  return payloadDigest(order.dispatch);
}
