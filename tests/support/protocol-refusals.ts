import { drillIdSchema, type Approval, type Dispatch, type Message, type Order } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { areaOf, digestNamed, digestOf, NOW, platformOf, unitOf, type PlatformName, type Signing, type World } from './trust-builder';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface Refusal {
  readonly name: string;
  /** Frames in their order, each with its verdict. */
  readonly steps: readonly { readonly frame: object; readonly expect: string; readonly now?: number }[];
}

/** One case for each rule of admit, of stops and of isolates that the stories of `write-protocol-vectors.ts` leave out. */
export async function refusals(world: World): Promise<readonly Refusal[]> {
  const frame = (order: object) => ({ kind: 'order', order });
  const one = (name: string, order: object, expect: string, now = NOW): Refusal => ({ name, steps: [{ frame: frame(order), expect, now }] });
  const said = async (name: string, set: Partial<Message>, expect: string, from: PlatformName = 'v1') => one(name, (await world.order(from, { message: { set } })).order, expect);
  const placed = async (name: string, set: Partial<Dispatch>, expect: string) => one(name, (await world.order('v1', { dispatch: { set } })).order, expect);
  const message = await world.message('v1');
  const bound = async (approvals: readonly Envelope[]): Promise<Order> => world.bind(message, approvals, await world.dispatch('v1', message, approvals)).order;
  const approved = async (name: string, signing: Signing<Approval>, expect: string, who = 'approver-a') => one(name, await bound([await world.approval('v1', message, who, signing)]), expect);
  const issuedAt = NOW - 60_000;
  const township = await world.message('t1');
  const twice = await Promise.all([0, 1].map((later) => world.approval('t1', township, 'approver-a', { set: { signedAt: NOW + later } })));
  const good = await world.order('v1');
  const other = await world.message('v1');
  const consent = await world.approval('v1', other, 'approver-a');
  const again = async (set: Partial<Dispatch>) => frame(world.bind(other, [consent], await world.dispatch('v1', other, [consent], { set })).order);
  const first = async (set: Partial<Dispatch>) => ({ frame: frame((await world.order('v1', { dispatch: { set } })).order), expect: 'play' });
  const chime = { segments: [{ sha256: digestNamed('chime'), bytes: 9, role: 'chime' as const, durationMs: 2_000 }] };
  const light = { class: 'notice' as const, severity: 'none' as const, body: chime };
  const { dispatchId } = JSON.parse(Buffer.from(good.dispatch.payload, 'base64').toString('utf8')) as Dispatch;
  return [
    one('an order with a field that nobody knows', { ...good.order, priority: 1 }, 'REJ_SHAPE'),
    one('a message in the place of the dispatch', { ...good.order, dispatch: good.message }, 'REJ_TYPE'),
    one('the message is signed by an approver', (await world.order('v1', { message: { by: [world.key('v1', 'approver-a').signer] } })).order, 'REJ_AUTHOR'),
    await said('the author speaks for a unit that is not his', { unit: unitOf('v1-other') }, 'REJ_UNIT'),
    await said('an emergency that opens with a chime', { body: chime }, 'REJ_CEILING'),
    await said('a drill whose first sound is the chime', { ...light, mode: 'drill', drill: { plan: drillIdSchema.parse(world.nextId()), kind: 'terminal' } }, 'REJ_CEILING'),
    await said('the district says what only townships and villages may', { ...light, class: 'governance' }, 'REJ_CEILING', 'd'),
    await said('an emergency for more than a day', { notAfter: NOW + 25 * HOUR }, 'REJ_WINDOW'),
    await said('a message that is older than stops are remembered', { issuedAt: NOW - 9 * DAY }, 'REJ_WINDOW'),
    await said('a message dated ahead', { issuedAt: NOW + 6_000 }, 'REJ_NOT_YET'),
    await said('a message to nobody', { targets: { areas: [], terminals: [] } }, 'REJ_SCHEMA'),
    await said('a drill without its plan', { mode: 'drill' }, 'REJ_SCHEMA'),
    one('a notice under an expired charter', (await world.order('v1', { message: { set: light } })).order, 'REJ_CHARTER_EXPIRED', NOW + 401 * DAY),
    await approved('an approval in another\'s name', { set: { person: world.personId('v1', 'approver-c') } }, 'REJ_APPROVER_ROLE'),
    await approved('an approval by somebody who may only stop', {}, 'REJ_APPROVER_ROLE', 'stopper'),
    await approved('the approver\'s device showed something else', { set: { displayedDigest: digestOf(township) } }, 'REJ_DISPLAYED'),
    await approved('approved long before it was written', { set: { signedAt: issuedAt - 300_001 } }, 'REJ_WINDOW'),
    await approved('approved in the future', { set: { signedAt: NOW + 300_001 } }, 'REJ_NOT_YET'),
    await approved('approved five minutes ahead, which a person\'s clock may be', { set: { signedAt: NOW + 300_000 } }, 'play'),
    await approved('approved under another policy', { set: { policyVersion: 2 } }, 'REJ_POLICY_VERSION'),
    await approved('approved for a step that the policy does not have', { set: { step: 'review' } }, 'REJ_APPROVAL_STEP'),
    await approved('the approver sent it back', { set: { decision: 'return' } }, 'REJ_APPROVAL_DECISION'),
    await approved('an approval that speaks for the district', { set: { platform: platformOf('d') } }, 'REJ_LINEAGE'),
    one('one approver twice', world.bind(township, twice, await world.dispatch('t1', township, twice)).order, 'REJ_APPROVER_REPEATED'),
    one('one approver where two must', (await world.order('t1', { approvers: ['approver-a'] })).order, 'REJ_APPROVAL_MISSING'),
    await placed('it would begin after its window', { startAt: NOW + 2 * HOUR }, 'REJ_WINDOW'),
    await placed('it may sound longer than was approved', { maxDurationMs: 33_001 }, 'REJ_DURATION'),
    await placed('the dispatch is dated ahead', { issuedAt: NOW + 5_001 }, 'REJ_NOT_YET'),
    await placed('a number a million and one ahead', { seq: 1_000_001 }, 'REJ_SEQ_JUMP'),
    { name: 'an older epoch', steps: [await first({ epoch: 2, seq: 500 }), { frame: await again({ epoch: 1, seq: 501 }), expect: 'REJ_EPOCH' }] },
    { name: 'a higher epoch does not begin the numbers again', steps: [await first({ epoch: 1, seq: 5_000 }), { frame: await again({ epoch: 2, seq: 1 }), expect: 'REJ_SEQ_OLD' }] },
    { name: 'a number out of the window', steps: [await first({ seq: 5_000 }), { frame: await again({ seq: 3_976 }), expect: 'REJ_SEQ_OLD' }] },
    { name: 'a number just inside the window', steps: [await first({ seq: 5_000 }), { frame: await again({ seq: 3_977 }), expect: 'play' }] },
    { name: 'another dispatch under a used id', steps: [{ frame: frame(good.order), expect: 'play' }, { frame: await again({ dispatchId, seq: 800 }), expect: 'REJ_ID_SEEN' }] },
    { name: 'a stop by somebody who may only write', steps: [{ frame: { kind: 'stop', stop: await world.stop('v1', { by: [world.key('v1', 'author').signer] }) }, expect: 'REJ_KEY_USAGE' }] },
    { name: 'a village stops its township\'s area', steps: [{ frame: { kind: 'stop', stop: await world.stop('v1', { set: { area: areaOf('t1-area') } }) }, expect: 'REJ_AREA' }] },
    { name: 'an isolate that is over', steps: [{ frame: { kind: 'isolate', isolate: await world.isolate('v1', { set: { issuedAt: NOW - HOUR, notAfter: NOW } }) }, expect: 'REJ_EXPIRED' }] },
    { name: 'an isolate dated ahead', steps: [{ frame: { kind: 'isolate', isolate: await world.isolate('v1', { set: { issuedAt: NOW + 300_001, notAfter: NOW + HOUR } }) }, expect: 'REJ_NOT_YET' }] },
  ];
}
