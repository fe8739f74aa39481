import { digestSchema, LIMITS, refusalCodeSchema, type Charter, type KeyId, type Person, type RefusalCode, type Roster } from '#libs/contracts';
import { EMPTY_SEQ_WINDOW, messageDurationMs, withSeq } from '#libs/domain';
import { signEnvelope } from '#libs/suites';
import { admit, isolationOf, restrictionOf, verifyRestriction, tombstoneOf, verifyIsolate, verifyStop, type AdmitFacts, type JournalEntry, type TrustState } from '#libs/trust';
import { codeOf, ENTRY, factsFor, trustAfter } from '../../../support/admit-facts';
import { areaOf, buildWorld, digestNamed, digestOf, NOW, platformOf, payloadOf, rule, terminalOf, unitOf, type OrderParts, type World } from '../../../support/trust-builder';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T1 = terminalOf('t1-term-1');

let world: World;
let parts: OrderParts;
beforeAll(async () => {
  world = await buildWorld();
  parts = await world.order('t1');
});

/** Trust after the township issued roster 2 with these fields changed. */
async function withRoster(change: (roster: Roster) => Partial<Roster>): Promise<TrustState> {
  return trustAfter(world.trust, await world.roster('t1', { set: { ...change(world.rosterPayload('t1')), version: 2 } }));
}
function withPerson(who: string, change: Partial<Person>): Promise<TrustState> {
  return withRoster((roster) => ({ persons: roster.persons.map((person) => (person.id === world.personId('t1', who) ? { ...person, ...change } : person)) }));
}
const t1 = (order: unknown, set: Partial<AdmitFacts> = {}): AdmitFacts => factsFor(world, 't1', order, set);
const remembered = (state: JournalEntry['state'], dispatches = 1): Partial<AdmitFacts> => {
  const { dispatchId } = JSON.parse(new TextDecoder().decode(payloadOf(parts.dispatch))) as { dispatchId: JournalEntry['dispatchId'] };
  return { journal: new Map([[digestOf(parts.message), { dispatchId, repetition: 1, state, dispatches, until: NOW + DAY, sounded: true, stoppedBy: null, startAt: NOW, mode: 'actual', takenBack: [], permit: null }]]) };
};
const dispatcherId = () => world.platform('t1').dispatcher.record.keyId;
const floorAt = (epoch: number, ...used: number[]): Partial<AdmitFacts> => ({ floors: new Map([[dispatcherId(), { epoch, window: used.reduce(withSeq, EMPTY_SEQ_WINDOW) }]]) });

/** Every code that admit itself can give, each brought about by one fault in an otherwise perfect order. */
const CASES: Readonly<Partial<Record<RefusalCode, readonly (readonly [string, () => AdmitFacts | Promise<AdmitFacts>])[]>>> = {
  REJ_SIZE: [['an order above the size limit, before looking at it', () => t1('anything', { bytes: LIMITS.orderBytes + 1 })]],
  REJ_RATE: [['the fifty-first order of a second', () => t1(parts.order, { examinedThisSecond: LIMITS.ordersPerSecond })]],
  REJ_SHAPE: [
    ['something that is not an order', () => t1(['order'])],
    ['an order with a part too many', () => t1({ ...parts.order, mandate: {} })],
    ['a dispatch with two signatures', async () => t1({ ...parts.order, dispatch: (await world.order('t1', { dispatch: { by: [world.platform('t1').dispatcher.signer, world.platform('t2').dispatcher.signer] } })).dispatch })],
  ],
  REJ_TYPE: [
    ['a stop in the place of a dispatch', async () => t1({ ...parts.order, dispatch: await world.stop('t1') })],
    ['an approval in the place of the message', () => t1({ ...parts.order, message: parts.approvals[0] })],
  ],
  REJ_KEY_UNKNOWN: [
    ['a dispatch by a stranger', async () => t1((await world.order('t1', { dispatch: { by: [world.stranger.signer] } })).order)],
    ['a message by a stranger', async () => t1((await world.order('t1', { message: { by: [world.stranger.signer] } })).order)],
  ],
  REJ_KEY_USAGE: [
    ['a dispatch signed by an approver', async () => t1((await world.order('t1', { dispatch: { by: [world.key('t1', 'approver-a').signer] } })).order)],
    ['a message signed by the dispatcher', async () => t1((await world.order('t1', { message: { by: [world.platform('t1').dispatcher.signer] } })).order)],
    ['a dispatch signed by the dispatcher of another platform', async () => t1((await world.order('t1', { dispatch: { by: [world.platform('d').dispatcher.signer] } })).order)],
    ['a message signed by the author of another platform', async () => t1((await world.order('t1', { message: { by: [world.key('d', 'author').signer] } })).order)],
  ],
  REJ_SIGNATURE: [['a dispatch whose payload was exchanged', async () => {
    const other = await world.order('t1');
    return t1({ ...parts.order, dispatch: { ...parts.order.dispatch, payload: other.dispatch.payload } });
  }]],
  REJ_JSON: [['signed bytes that are not strict JSON', async () => t1({ ...parts.order, dispatch: await rawDispatch('{"epoch":1,"epoch":2}') })]],
  REJ_SCHEMA: [
    ['a dispatch with an unknown field', async () => t1({ ...parts.order, dispatch: await rawDispatch('{"mandate":true}') })],
    ['a message without targets', async () => t1((await world.order('t1', { message: { set: { targets: { areas: [], terminals: [] } } } })).order)],
  ],
  REJ_EPOCH: [['a dispatch of a lower epoch', () => t1(parts.order, floorAt(2))]],
  REJ_SEQ_OLD: [['a sequence number below the window', async () => t1((await world.order('t1', { dispatch: { set: { seq: 1 } } })).order, floorAt(1, 1025))]],
  REJ_SEQ_REPLAY: [['a sequence number already used', async () => t1((await world.order('t1', { dispatch: { set: { seq: 77 } } })).order, floorAt(1, 77, 90))]],
  REJ_SEQ_JUMP: [['a sequence number more than a million ahead', async () => t1((await world.order('t1', { dispatch: { set: { seq: LIMITS.seqJump + 1 } } })).order)]],
  REJ_ID_SEEN: [['a dispatch id already used', () => {
    const { dispatchId } = JSON.parse(new TextDecoder().decode(payloadOf(parts.dispatch))) as { dispatchId: string };
    return t1(parts.order, { seenDispatches: new Set([dispatchId]) });
  }]],
  REJ_VERSIONS: [['versions still lacking after ten seconds', async () => t1((await lackingOrder()).order, { heldForMs: LIMITS.holdMs })]],
  REJ_LINEAGE: [
    ['a dispatch of a platform that the terminal does not listen to', async () => t1((await world.order('t2')).order)],
    ['an approval that speaks for another platform', async () => t1(await rebound({ set: { platform: world.platform('d').id } }))],
    ['a message of another platform bound by the own dispatcher', async () => {
      const message = await world.message('d');
      const approvals = [await world.approval('d', message, 'approver-a'), await world.approval('d', message, 'approver-b')];
      return t1(world.bind(message, approvals, await world.dispatch('t1', message, approvals)).order);
    }],
  ],
  REJ_KEY_REVOKED: [
    ['a revoked dispatcher', () => revokedFacts(dispatcherId())],
    ['a revoked author', () => revokedFacts(world.key('t1', 'author').record.keyId)],
    ['an approver who left', () => revokedFacts(world.key('t1', 'approver-b').record.keyId, 'left')],
    ['an approver whom the district revoked', () => revokedFacts(world.key('t1', 'approver-a').record.keyId, 'compromised', 'd')],
  ],
  REJ_CHARTER_EXPIRED: [['a notice after the charter expired', async () => t1((await noticeOrder()).order, { trust: await withCharter({ expiresAt: NOW }) })]],
  REJ_ROSTER_EXPIRED: [['a notice after the roster expired', async () => t1((await noticeOrder()).order, { trust: await withRoster(() => ({ expiresAt: NOW })) })]],
  REJ_NOT_YET: [
    ['a dispatch more than five seconds before its window', async () => t1((await world.order('t1', { dispatch: { set: { notBefore: NOW + LIMITS.earlyMs + 1, startAt: NOW + 10_000 } } })).order)],
    ['a dispatch dated ahead', async () => t1((await world.order('t1', { dispatch: { set: { issuedAt: NOW + LIMITS.earlyMs + 1 } } })).order)],
    ['a message dated ahead', async () => t1((await world.order('t1', { message: { set: { issuedAt: NOW + LIMITS.earlyMs + 1 } } })).order)],
  ],
  REJ_EXPIRED: [['an order at the very end of its window', () => t1(parts.order, { now: NOW + 2 * HOUR, beaconAt: NOW + 2 * HOUR })]],
  REJ_TIME_UNKNOWN: [['any order while the time is unknown', () => t1(parts.order, { now: null })]],
  REJ_TIME_STALE: [
    ['any order thirty days after the last beacon', () => t1(parts.order, { beaconAt: NOW - 30 * DAY })],
    ['any order before the first beacon', () => t1(parts.order, { beaconAt: null })],
    ['a notice a day after the last beacon', async () => t1((await noticeOrder()).order, { beaconAt: NOW - DAY })],
  ],
  REJ_MESSAGE_DIGEST: [['another genuine message', async () => t1({ ...parts.order, message: (await world.order('t1')).message })]],
  REJ_AUTHOR: [
    ['a message in the name of another author', async () => t1((await world.order('t1', { message: { by: [world.key('t1', 'approver-c').signer] } })).order)],
    ['a message of one author in the name of another', async () => t1((await world.order('t1', { message: { by: [world.key('t1', 'approver-c').signer] } })).order, { trust: await withPerson('approver-c', { roles: ['author', 'approver'] }) })],
    ['an author who lost the role', async () => t1(parts.order, { trust: await withPerson('author', { roles: ['approver'] }) })],
  ],
  REJ_UNIT: [
    ['a message of a unit that is not there', async () => t1((await world.order('t1', { message: { set: { unit: unitOf('t1-weather') } } })).order)],
    ['a message of a unit that the author is not in', async () => t1((await world.order('t1', { message: { set: { unit: unitOf('t1-weather') } } })).order, {
      trust: await withRoster((roster) => ({ units: [...roster.units, { id: unitOf('t1-weather'), name: '气象站', classes: [] }] })),
    })],
    ['a class that the unit may not speak in', async () => t1(parts.order, { trust: await withRoster((roster) => ({ units: roster.units.map((unit) => ({ ...unit, classes: ['notice'] })) })) })],
  ],
  REJ_CEILING: [
    ['a class that the charter does not grant', async () => t1(parts.order, { trust: await withCharter({ ceilings: { ...world.charterPayload('t1').ceilings, classes: ['notice'] } }) })],
    ['a severity that the charter does not grant', async () => t1(parts.order, { trust: await withCharter({ ceilings: { ...world.charterPayload('t1').ceilings, severities: ['blue'] } }) })],
    ['a mode that the charter does not grant', async () => t1(parts.order, { trust: await withCharter({ ceilings: { ...world.charterPayload('t1').ceilings, modes: ['drill'] } }) })],
    ['a class that this tier may not originate', async () => factsFor(world, 'd', (await world.order('d', { message: { set: { class: 'governance', severity: 'none' } } })).order)],
    ['an emergency that does not open with the siren', async () => t1((await world.order('t1', { message: { set: { body: { segments: [{ sha256: digestNamed('speech'), bytes: 9, role: 'speech', durationMs: 15_000 }] } } } })).order)],
  ],
  REJ_MODE_TEST: [['a test, however well signed', async () => t1((await world.order('t1', { message: { set: { mode: 'test' } }, approvers: ['approver-a'] })).order)]],
  REJ_APPROVAL_DIGEST: [
    ['approvals of another message', async () => {
      const other = await world.order('t1');
      return t1({ ...parts.order, approvals: other.approvals, dispatch: await world.dispatch('t1', parts.message, other.approvals) });
    }],
    ['an approval left out', () => t1({ ...parts.order, approvals: parts.approvals.slice(0, 1) })],
    ['an approval too many', async () => t1({ ...parts.order, approvals: [...parts.approvals, await world.approval('t1', parts.message, 'approver-c')] })],
    ['the same approval twice', async () => {
      const twice = [...parts.approvals, ...parts.approvals.slice(0, 1)];
      return t1({ ...parts.order, approvals: twice, dispatch: await world.dispatch('t1', parts.message, twice) });
    }],
    ['a dispatch that names an approval more than it brings', async () => t1({
      ...parts.order, dispatch: await world.dispatch('t1', parts.message, parts.approvals, { set: { approvals: [...parts.approvals.map(digestOf).sort(), digestSchema.parse('f'.repeat(64))] } }),
    })],
    ['approvals named out of order', async () => t1({
      ...parts.order, dispatch: await world.dispatch('t1', parts.message, parts.approvals, { set: { approvals: parts.approvals.map(digestOf).sort().reverse() } }),
    })],
  ],
  REJ_APPROVAL_DECISION: [['an approver who returned it', async () => t1(await rebound({ set: { decision: 'return' } }))]],
  REJ_APPROVAL_STEP: [['an approval for a step that the policy does not have', async () => t1(await rebound({ set: { step: 'review' } }))]],
  REJ_APPROVAL_MISSING: [
    ['one approval where two are asked', async () => t1((await world.order('t1', { approvers: ['approver-b'] })).order)],
    ['no approval at all', async () => t1((await world.order('t1', { approvers: [] })).order)],
    ['one of two steps', async () => t1((await noticeOrder()).order, { trust: await withTwoSteps() })],
  ],
  REJ_APPROVER_IS_AUTHOR: [['the author as approver', async () => t1((await world.order('t1', { approvers: ['author', 'approver-a'] })).order, { trust: await withPerson('author', { roles: ['author', 'approver'] }) })]],
  REJ_APPROVER_REPEATED: [['one approver twice', async () => t1(await orderWith(await Promise.all([0, 1].map((n) => world.approval('t1', parts.message, 'approver-a', { set: { signedAt: NOW - n } })))))]],
  REJ_APPROVER_ROLE: [
    ['a stopper as approver', async () => t1((await world.order('t1', { approvers: ['approver-a', 'stopper'] })).order)],
    ['an approval in the name of another person', async () => t1(await rebound({ by: [world.key('t1', 'approver-c').signer] }))],
  ],
  REJ_DISPLAYED: [['an approver who was shown something else', async () => t1(await rebound({ set: { displayedDigest: digestNamed('another text') } }))]],
  REJ_POLICY: [['a message that no rule of the policy decides', async () => t1(parts.order, { trust: await withRoster(() => ({ policy: { version: 1, rules: [rule(['notice'], ['actual'], [], 1, 'none')] } })) })]],
  REJ_POLICY_VERSION: [['approvals given under another policy', async () => t1(parts.order, { trust: await withRoster((roster) => ({ policy: { ...roster.policy, version: 2 } })) })]],
  REJ_VERIFICATION: [['an emergency without one verified signature', async () => t1(parts.order, { trust: await withRoster((roster) => ({ policy: { ...roster.policy, rules: [rule(['emergency'], ['actual'], [], 2, 'all')] } })) })]],
  REJ_WINDOW: [
    ['a dispatch that ends after its message', async () => t1((await world.order('t1', { dispatch: { set: { notAfter: NOW + 3 * HOUR } } })).order)],
    ['a dispatch that begins before its message', async () => t1((await world.order('t1', { dispatch: { set: { notBefore: NOW - HOUR } } })).order)],
    ['a start outside the window', async () => t1((await world.order('t1', { dispatch: { set: { startAt: NOW + 2 * HOUR } } })).order)],
    ['a start before the window', async () => t1((await world.order('t1', { dispatch: { set: { startAt: NOW - HOUR } } })).order)],
    ['an emergency open for more than a day', async () => t1((await world.order('t1', { message: { set: { notAfter: NOW - 60_000 + DAY + 1 } } })).order)],
    ['a message that ends before it begins', async () => t1((await world.order('t1', { message: { set: { notBefore: NOW, notAfter: NOW } }, dispatch: { set: { notAfter: NOW + HOUR } } })).order)],
    ['a message that would outlast the memory of stops', async () => t1((await world.order('t1', {
      message: { set: { issuedAt: NOW - 9 * DAY } }, dispatch: { set: { notAfter: NOW + HOUR } },
    })).order)],
  ],
  REJ_TARGETS_EXCEED: [
    ['a dispatch to an area that the message does not name', async () => t1((await world.order('t1', { message: { set: { targets: { areas: [areaOf('v1-area')], terminals: [] } } }, dispatch: { set: { targets: { areas: [areaOf('t1-area')], terminals: [], heard: null } } } })).order)],
    ['a dispatch to a terminal that the message does not name', async () => t1((await world.order('t1', { message: { set: { targets: { areas: [], terminals: [terminalOf('t1-term-9')] } } }, dispatch: { set: { targets: { areas: [], terminals: [T1], heard: null } } } })).order)],
    ['a dispatch to a terminal outside the areas of the message', async () => t1((await world.order('t1', { message: { set: { targets: { areas: [areaOf('v1-area')], terminals: [] } } }, dispatch: { set: { targets: { areas: [], terminals: [T1], heard: null } } } })).order)],
  ],
  REJ_DURATION: [['a dispatch longer than its message', async () => t1((await world.order('t1', { dispatch: { set: { maxDurationMs: messageDurationMs(world.messagePayload('t1')) + 1 } } })).order)]],
  REJ_REPEATS: [['a dispatch with more repetitions than its message', async () => t1((await world.order('t1', { dispatch: { set: { repeats: 3 } } })).order)]],
  REJ_COMPLETED: [
    ['a message that has been played', () => t1(parts.order, remembered('completed'))],
    ['a message that waits to be played', () => t1(parts.order, remembered('accepted'))],
    ['a message that is sounding', () => t1(parts.order, remembered('playing'))],
    ['a second dispatch after an interruption', () => t1(parts.order, remembered('interrupted', 2))],
  ],
  REJ_STOPPED: [
    ['a message that was stopped here', () => t1(parts.order, remembered('stopped'))],
    ['a message that was stopped before it came', async () => t1(parts.order, await stopped('t1', { kind: 'messages', messages: [digestOf(parts.message)] }))],
    ['a message older than a stop of everything by the district', async () => t1(parts.order, await stopped('d', { kind: 'all' }))],
  ],
  REJ_CONSENT: [
    ['a correction without its consent', async () => heard({ consent: undefined })],
    ['an ordinary order that brings a consent', async () => t1({ ...parts.order, consent: (await correction()).consent })],
  ],
  REJ_CORRECTION: [
    ['a correction without its original', async () => heard({ original: undefined })],
    ['an ordinary order that brings an original', () => t1({ ...parts.order, original: parts.message })],
  ],
  REJ_RESUME: [['a resumption after a stop that never came', async () => t1((await world.resumeOrder('t1', parts, await world.stop('t1'))).order, remembered('stopped'))]],
  REJ_ISOLATED: [['an order of the district in an isolated township', async () => factsFor(world, 't1', (await noticeOrder('d')).order, await isolated())]],
  REJ_RESTRICTED: [['a notice of one approver where a restriction asks for two', async () => factsFor(world, 't1', (await noticeOrder('t1')).order, await restricted())]],
  REJ_NOT_TARGETED: [
    ['a terminal that is not among the targets', async () => t1((await world.order('t1', { message: { set: { targets: { areas: [areaOf('v1-area')], terminals: [] } } } })).order)],
    ['a terminal that has not been assigned', () => t1(parts.order, { assignment: null })],
  ],
  REJ_AREA: [
    ['a village that speaks to its township', async () => factsFor(world, 'v1', (await world.order('v1', { message: { set: { targets: { areas: [areaOf('t1-area')], terminals: [] } } } })).order)],
    ['a platform that names a terminal outside its areas', async () => {
      const order = (await world.order('v1', { message: { set: { targets: { areas: [], terminals: [T1] } } } })).order;
      const facts = t1(order);
      return { ...facts, assignment: facts.assignment === null ? null : { ...facts.assignment, platform: world.platform('v1').id } };
    }],
  ],
  REJ_MEDIA_DIGEST: [['media that are not what was approved', () => t1(parts.order, { mediaHeld: (sha256) => (sha256 === digestNamed('speech') ? 'bad' : true) })]],
};

async function rawDispatch(text: string) {
  return signEnvelope('dispatch', new TextEncoder().encode(text), [world.platform('t1').dispatcher.signer]);
}
function noticeOrder(name: 'd' | 't1' = 't1') {
  return world.order(name, { message: { set: { class: 'notice', severity: 'none', body: { segments: [{ sha256: digestNamed('chime'), bytes: 9, role: 'chime', durationMs: 2_000 }] } } }, approvers: ['approver-a'] });
}
function correction() {
  return world.correctionOrder('t1');
}
/** A correction at a terminal that heard its original, with parts of the order replaced. */
async function heard(change: object): Promise<AdmitFacts> {
  const { order, original } = await correction();
  const entry: JournalEntry = { ...ENTRY, state: 'completed', sounded: true };
  return t1({ ...order, ...change }, { journal: new Map([[digestOf(original.message), entry]]) });
}
async function isolated(): Promise<Partial<AdmitFacts>> {
  const isolate = verifyIsolate(world.trust, await world.isolate('t1'), NOW);
  if (!isolate.ok) throw new Error(isolate.code);
  return { isolations: [isolationOf(isolate.value)] };
}
function lackingOrder() {
  const minVersions = world.versions('t1');
  return world.order('t1', { dispatch: { set: { minVersions: { ...minVersions, rosters: { ...minVersions.rosters, [world.platform('t1').id]: 2 } } } } });
}
/** The order with approver-b's approval replaced, and a dispatch that binds the new one. */
async function rebound(signing: Parameters<World['approval']>[3]) {
  return orderWith([parts.approvals[0] ?? parts.message, await world.approval('t1', parts.message, 'approver-b', signing)]);
}
async function orderWith(approvals: readonly OrderParts['message'][]) {
  return { dispatch: await world.dispatch('t1', parts.message, approvals), message: parts.message, approvals };
}
async function revokedFacts(keyId: KeyId, reason: 'compromised' | 'left' = 'compromised', by: 't1' | 'd' = 't1'): Promise<AdmitFacts> {
  const revocation = await world.revocation(by, { set: { entries: [{ keyId, reason, since: NOW }] } });
  return t1(parts.order, { trust: trustAfter(world.trust, revocation) });
}
async function withCharter(change: Partial<Charter>): Promise<TrustState> {
  return trustAfter(world.trust, await world.charter('t1', { set: { ...change, version: 2 } }));
}
/** A township whose notices need two steps, one after the other. */
function withTwoSteps(): Promise<TrustState> {
  const step = (name: string, order: number) => ({ name, role: 'approver' as const, unit: null, count: 1, order, mayFollowAir: false, dueHours: 0 });
  return withRoster(() => ({ policy: { version: 1, rules: [{ ...rule(['notice'], ['actual'], [], 1, 'none'), steps: [step('issue', 1), step('release', 2)] }] } }));
}
async function restricted(): Promise<Partial<AdmitFacts>> {
  const verified = verifyRestriction(world.trust, await world.restriction('t1', { set: { approvals: 2 } }), NOW);
  if (!verified.ok) throw new Error(verified.code);
  return { restrictions: [restrictionOf(verified.value)] };
}
async function stopped(by: 't1' | 'd', scope: Parameters<typeof tombstoneOf>[0]['stop']['scope']): Promise<Partial<AdmitFacts>> {
  const stop = verifyStop(world.trust, await world.stop(by, { set: { scope } }));
  if (!stop.ok) throw new Error(stop.code);
  return { stops: [tombstoneOf(stop.value, NOW)] };
}

describe('admit refuses with exactly its code', () => {
  for (const [code, cases] of Object.entries(CASES)) {
    for (const [name, facts] of cases) {
      it(`${code}: ${name}`, async () => {
        const decision = admit(await facts());
        expect(`${codeOf(decision)} ${'at' in decision ? decision.at ?? '' : ''}`).toMatch(new RegExp(`^${code} `));
      });
    }
  }

  it('has a case for every code that admit can give', () => {
    // Codes of permits (permits.spec.ts), of blocks (judge-block.spec.ts), of documents, of receipts and of the terminal's own disk and media store.
    const elsewhere = ['REJ_PERMIT', 'REJ_KEY_WEAK', 'REJ_THRESHOLD', 'REJ_VERSION_ROLLBACK', 'REJ_WIDENS', 'REJ_MEDIA_MISSING', 'REJ_DISK', 'REJ_TERMINAL', 'REJ_COUNTER', 'REJ_FULL', 'REJ_STREAM', 'REJ_BLOCK_CHAIN'];
    expect([...Object.keys(CASES), ...elsewhere].sort()).toEqual([...refusalCodeSchema.options].sort());
  });

  it('names the dispatch and the keys it claims, so that a security event can', async () => {
    const decision = admit(t1(parts.order, { now: null }));
    expect(decision).toEqual({
      kind: 'refuse', code: 'REJ_TIME_UNKNOWN', at: null, subject: digestOf(parts.dispatch),
      payloadType: 'application/vnd.clarion.dispatch.v1+json', keyIds: [dispatcherId()],
    });
  });

  it('names what came in the place of a dispatch, also of a kind that there is not', async () => {
    const stop = await world.stop('t1');
    for (const dispatch of [stop, { ...stop, payloadType: 'application/vnd.clarion.stop.v2+json' }]) {
      expect(admit(t1({ ...parts.order, dispatch }))).toMatchObject({ code: 'REJ_TYPE', subject: digestOf(stop), payloadType: dispatch.payloadType, keyIds: [dispatcherId()] });
    }
    expect(admit(t1({ ...parts.order, dispatch: { ...stop, payload: 'no base64' } }))).toMatchObject({ code: 'REJ_SHAPE', subject: null, keyIds: [] });
  });
});

describe('admit plays', () => {
  it('an order of the own platform at its time, with what must be written first', () => {
    const decision = admit(t1(parts.order));
    expect(decision).toMatchObject({ kind: 'play', how: 'join', joinRepetition: 1, startAt: NOW + 700, writes: { floor: { epoch: 1 }, journal: { state: 'accepted', repetition: 0, dispatches: 1, until: NOW + 2 * HOUR + DAY } } });
  });

  it('an order of every platform of its lineage, and a village order with one approver', async () => {
    for (const name of ['d', 't1', 'v1'] as const) {
      expect(codeOf(admit(factsFor(world, 'v1', (await world.order(name)).order, { trust: world.trustOf('v1') })))).toBe('play');
    }
  });

  it('an emergency that overtakes a routine one: a lower number inside the window that was not used', async () => {
    const { order } = await world.order('t1', { dispatch: { set: { seq: 500 } } });
    expect(admit(t1(order, floorAt(1, 501)))).toMatchObject({ kind: 'play', writes: { floor: { window: { highest: 501 } } } });
  });

  it('a terminal named singly inside an area of the message', async () => {
    const { order } = await world.order('t1', { dispatch: { set: { targets: { areas: [], terminals: [T1], heard: null } } } });
    expect(codeOf(admit(t1(order)))).toBe('play');
  });

  it('an emergency in the grace after charter and roster expired, and says so', async () => {
    const trust = trustAfter(await withCharter({ expiresAt: NOW - DAY }), await world.roster('t1', { set: { version: 2, expiresAt: NOW - DAY } }));
    expect(admit(t1(parts.order, { trust }))).toMatchObject({ kind: 'play', order: { message: { inGrace: true } } });
    const held = trust.charters.get(platformOf('t1'));
    if (held === undefined) throw new Error('t1 is chartered');
    const longAgo = { ...held, value: { ...held.value, issuedAt: NOW - 399 * DAY, expiresAt: NOW - 180 * DAY } };
    expect(codeOf(admit(t1(parts.order, { trust: { ...trust, charters: new Map(trust.charters).set(platformOf('t1'), longAgo) } })))).toBe('REJ_CHARTER_EXPIRED');
  });

  it('an emergency, but no notice, a day after the last beacon', () => {
    expect(codeOf(admit(t1(parts.order, { beaconAt: NOW - DAY })))).toBe('play');
  });

  it('one new dispatch of an interrupted message', () => {
    expect(admit(t1(parts.order, remembered('interrupted')))).toMatchObject({ kind: 'play', writes: { journal: { dispatches: 2 } } });
  });

  it('what a lower tier tried to stop, what was said after a stop of everything, and what was stopped elsewhere', async () => {
    expect(codeOf(admit(factsFor(world, 'v1', parts.order, await stoppedBy('v1', 'v1-area'))))).toBe('play');
    const later = await world.order('t1', { message: { set: { issuedAt: NOW + 1 } } });
    expect(codeOf(admit(t1(later.order, await stopped('t1', { kind: 'all' }))))).toBe('play');
    expect(codeOf(admit(t1(parts.order, await stoppedBy('d', 't2-area'))))).toBe('play');
  });

  async function stoppedBy(by: 'd' | 'v1', area: string): Promise<Partial<AdmitFacts>> {
    const stop = verifyStop(world.trust, await world.stop(by, { set: { area: areaOf(area) } }));
    if (!stop.ok) throw new Error(stop.code);
    return { stops: [tombstoneOf(stop.value, NOW)] };
  }
});

describe('admit when it is late or lacks something', () => {
  // Two repetitions of 15 s with 1 s between, the first at NOW + 700 ms.
  const at = (ms: number): Partial<AdmitFacts> => ({ now: NOW + 700 + ms, beaconAt: NOW + 700 + ms });

  it('joins at the next repetition, plays once alone after the last one began, and reports EXPIRED after the window', () => {
    expect(admit(t1(parts.order, at(0)))).toMatchObject({ how: 'join', joinRepetition: 1, startAt: NOW + 700 });
    expect(admit(t1(parts.order, at(1)))).toMatchObject({ how: 'join', joinRepetition: 2, startAt: NOW + 700 + 16_000 });
    expect(admit(t1(parts.order, at(16_001)))).toMatchObject({ how: 'alone', joinRepetition: 2, startAt: NOW + 700 + 16_001 });
    expect(admit(t1(parts.order, at(2 * HOUR)))).toMatchObject({ kind: 'expired', code: 'REJ_EXPIRED' });
  });

  it('holds an order that names versions not here yet, and says which', async () => {
    const { order } = await lackingOrder();
    const decision = admit(t1(order, { heldForMs: LIMITS.holdMs - 1 }));
    expect(decision).toMatchObject({ kind: 'hold', lacking: { charters: {}, rosters: { t1: 2 }, revocations: {} } });
    const rooted = await world.order('t1', { dispatch: { set: { minVersions: { ...world.versions('t1'), root: 2 } } } });
    expect(admit(t1(rooted.order))).toMatchObject({ kind: 'hold', lacking: { root: 2, rosters: {} } });
  });

  it('waits for media without writing anything', () => {
    const decision = admit(t1(parts.order, { mediaHeld: (sha256) => sha256 === digestNamed('siren') }));
    expect(decision).toMatchObject({ kind: 'wait-media', missing: [digestNamed('speech')] });
    expect(decision).not.toHaveProperty('writes');
  });
});
