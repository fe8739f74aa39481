import { applyDocument, admit, isolationOf, restrictionOf, verifyIsolate, verifyRestriction, type AdmitFacts, type Result, type TrustState } from '#libs/trust';
import { LIMITS, type Message } from '#libs/contracts';
import { filesOf, inQuietHours, minuteOfDay, withRestriction, type Restriction } from '#libs/domain';
import { codeOf, factsFor } from '../../../../tests/support/admit-facts';
import { areaOf, NOW, payloadOf, type World } from '../../../../tests/support/trust-builder';
import type { Family, Scene } from '../attack';
import { signText, textOf } from '../forgery/operator';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The village's own hours: nine in the evening to half past six. */
const QUIET = [{ fromMinute: 21 * 60, toMinute: 6 * 60 + 30 }];
const STEP_MINUTES = 30;
const LONG_STEP_MINUTES = 180;
const ROUTINE = ['notice', 'daily'] as const;

/** The district in the attacker's hands: its dispatcher, its database, its officers, and one person fewer than the policy asks (T52). */
export const UPPER_TIER: Family = {
  family: 'the upper tier taken over', threat: 'T52 T51', where: 'admit',
  run: async (scene) => {
    await atNight(scene);
    await oneFewer(scene);
    await isolated(scene);
    await restricted(scene);
  },
};

function routine(world: World, kind: (typeof ROUTINE)[number], at: number, lastsMs: number): Partial<Message> {
  const segments = filesOf(world.messagePayload('d').body).map((segment, index) => (index === 0 ? { ...segment, role: 'chime' as const } : segment));
  return { class: kind, severity: 'none', body: { segments }, issuedAt: at - SECOND, notBefore: at - SECOND, notAfter: at + lastsMs };
}

/** Routine things that one district person really approved, dispatched around the clock, by a district that also took its own quiet hours out of its roster. */
async function atNight({ lab, tally, thin }: Scene): Promise<void> {
  const { world } = lab;
  const own = must(applyDocument(lab.trustOf('v1'), await world.roster('v1', { set: { version: 2, issuedAt: NOW, quietHours: QUIET } }), NOW));
  const above = must(applyDocument(own, await world.roster('d', { set: { version: 2, issuedAt: NOW, quietHours: [] } }), NOW));
  const midnight = NOW + (1_440 - minuteOfDay(NOW)) * MINUTE;
  for (const trust of [own, above]) {
    for (let minute = 0; minute < 1_440; minute += thin > 1 ? LONG_STEP_MINUTES : STEP_MINUTES) {
      const at = midnight + minute * MINUTE;
      for (const kind of ROUTINE) {
        for (const lastsMs of [20 * MINUTE, 12 * HOUR]) {
          const outcome = await heardAt(world, trust, { set: routine(world, kind, at, lastsMs) }, ['approver-a'], at);
          const name = `${kind} at ${minute / 60} h, to be said within ${lastsMs / MINUTE} minutes`;
          if (inQuietHours(QUIET, at)) tally.judged(name, outcome, ['quiet', 'put off']);
          else tally.control(`${name} plays by day`, outcome === 'play');
        }
      }
    }
    tally.control('an emergency with all its persons plays at midnight', await heardAt(world, trust, { set: { issuedAt: midnight - SECOND, notBefore: midnight - SECOND, notAfter: midnight + HOUR } }, ['approver-a', 'approver-b'], midnight) === 'play');
  }
  const forged = await world.roster('v1', { by: world.officers('d'), set: { version: 3, issuedAt: NOW, quietHours: [] } });
  tally.judged('the village\'s quiet hours taken away by the district\'s officers', said(applyDocument(own, forged, NOW)), ['REJ_THRESHOLD', 'REJ_KEY_USAGE']);
}

/** What a terminal of the village does with it at that moment: `put off` when it plays only after the quiet hours. */
async function heardAt(world: World, trust: TrustState, message: Parameters<World['message']>[1], approvers: readonly string[], at: number, facts: Partial<AdmitFacts> = {}): Promise<string> {
  const window = { notBefore: message?.set?.notBefore ?? at - SECOND, notAfter: message?.set?.notAfter ?? at + HOUR };
  const signed = await world.message('d', message);
  const approvals = await Promise.all(approvers.map((who) => world.approval('d', signed, who, { set: { signedAt: at - 500 } })));
  const dispatch = await world.dispatch('d', signed, approvals, { set: { ...window, startAt: at, issuedAt: at } });
  const decision = admit(factsFor(world, 'v1', { dispatch, message: signed, approvals }, { trust, now: at, beaconAt: at - 5 * SECOND, ...facts }));
  return decision.kind === 'play' && inQuietHours(QUIET, at) && message?.set?.class !== undefined && decision.startAt > at ? putOff(decision.startAt) : codeOf(decision);
}

function putOff(startAt: number): string {
  return inQuietHours(QUIET, startAt) ? 'play' : 'put off';
}

/** Every class of the district with each set of persons that is one short. */
async function oneFewer({ lab, tally }: Scene): Promise<void> {
  const { world } = lab;
  const trust = lab.trustOf('v1');
  for (const kind of ['emergency', 'advisory', 'notice', 'daily'] as const) {
    for (const severity of ['red', 'orange', 'yellow', 'blue', 'none'] as const) {
      const segments = filesOf(world.messagePayload('d').body).map((segment, index) => (index === 0 && kind !== 'emergency' ? { ...segment, role: 'chime' as const } : segment));
      const set = { class: kind, severity, body: { segments } };
      const needed = kind === 'emergency' || kind === 'advisory' ? 2 : 1;
      const short = needed === 1 ? [[]] : [[], ['approver-a'], ['approver-b'], ['approver-c'], ['approver-a', 'approver-a'], ['approver-a', 'author'], ['approver-a', 'stopper'], ['approver-b', 'auditor']];
      for (const who of short) tally.judged(`${kind} ${severity} by ${who.join(', ') || 'nobody'}`, await heardAt(world, trust, { set }, who, NOW), ['REJ_APPROVAL_MISSING', 'REJ_APPROVER_REPEATED', 'REJ_APPROVAL_DIGEST', 'REJ_APPROVER_IS_AUTHOR', 'REJ_APPROVER_ROLE', 'REJ_APPROVAL_STEP']);
      tally.control(`${kind} ${severity} with all its persons plays`, await heardAt(world, trust, { set }, ['approver-a', 'approver-b'].slice(0, needed), NOW) === 'play');
    }
  }
}

/** The village shuts out what comes from above: even with every person of the district nothing but what the root names gets in. */
async function isolated({ lab, tally }: Scene): Promise<void> {
  const { world } = lab;
  const trust = lab.trustOf('v1');
  const isolations = [isolationOf(must(verifyIsolate(trust, await world.isolate('v1'), NOW)))];
  const all = ['approver-a', 'approver-b'];
  for (const kind of ROUTINE) tally.judged(`${kind} into an isolated village`, await heardAt(world, trust, { set: routine(world, kind, NOW, HOUR) }, all.slice(0, 1), NOW, { isolations }), ['REJ_ISOLATED']);
  const chime = filesOf(world.messagePayload('d').body).map((segment, index) => (index === 0 ? { ...segment, role: 'chime' as const } : segment));
  tally.judged('an advisory into an isolated village', await heardAt(world, trust, { set: { class: 'advisory', severity: 'orange', body: { segments: chime } } }, all, NOW, { isolations }), ['REJ_ISOLATED']);
  tally.control('the root lets a real emergency through', await heardAt(world, trust, {}, all, NOW, { isolations }) === 'play');
  tally.control('the village itself speaks on', codeOf(admit(factsFor(world, 'v1', (await world.order('v1')).order, { trust, isolations }))) === 'play');
  const attempts: readonly (readonly [string, Parameters<World['isolate']>, readonly string[]])[] = [
    ['by the district\'s dispatcher', ['d', { by: [world.platform('d').dispatcher.signer] }], ['REJ_KEY_USAGE']],
    ['by one officer of the district', ['d', { by: world.officers('d').slice(0, 1) }], ['REJ_THRESHOLD']],
    ['of the village, by officers of the district', ['v1', { by: world.officers('d').slice(0, 2) }], ['REJ_THRESHOLD', 'REJ_KEY_USAGE']],
    ['for a day', ['d', { set: { notAfter: NOW + DAY } }], ['REJ_WINDOW']],
    ['of another township', ['t1', { set: { area: areaOf('t2-area') } }], ['REJ_AREA', 'REJ_NOT_TARGETED']],
  ];
  for (const [name, args, codes] of attempts) tally.judged(`an isolate ${name}`, said(verifyIsolate(trust, await world.isolate(...args), NOW)), codes);
}

/** A posture is what its dispatcher may do alone: it narrows, for an hour, and never silences an emergency. */
async function restricted({ lab, tally }: Scene): Promise<void> {
  const { world } = lab;
  const trust = lab.trustOf('v1');
  const restrictions = [restrictionOf(must(verifyRestriction(trust, await world.restriction('d'), NOW)))];
  tally.control('under a posture of the district the village\'s emergency sounds', codeOf(admit(factsFor(world, 'v1', (await world.order('v1')).order, { trust, restrictions }))) === 'play');
  const dispatcher = [world.platform('d').dispatcher.signer];
  const attempts: readonly (readonly [string, Parameters<World['restriction']>, readonly string[]])[] = [
    ['for two hours', ['d', { set: { notAfter: NOW + 2 * HOUR } }], ['REJ_WINDOW']],
    ['for an hour from tomorrow on', ['d', { set: { notBefore: NOW + DAY, notAfter: NOW + DAY + HOUR } }], ['REJ_WINDOW']],
    ['for an important period, by the dispatcher', ['d', { by: dispatcher, set: { kind: 'period', notAfter: NOW + 5 * DAY } }], ['REJ_KEY_USAGE']],
    ['for an important period, by one officer', ['d', { by: world.officers('d').slice(0, 1), set: { kind: 'period', notAfter: NOW + 5 * DAY } }], ['REJ_THRESHOLD']],
    ['in the township\'s name', ['t1', { by: dispatcher }], ['REJ_KEY_USAGE']],
    ['of a township where it does not speak', ['t1', { set: { area: areaOf('d-area') } }], ['REJ_AREA', 'REJ_NOT_TARGETED']],
  ];
  const written: object = JSON.parse(new TextDecoder().decode(payloadOf(await world.restriction('d'))));
  const wide = await signText('restriction', textOf({ ...written, classes: ['emergency'] }), ...dispatcher);
  tally.judged('a restriction that silences emergencies', said(verifyRestriction(trust, wide, NOW)), ['REJ_SCHEMA']);
  const posture = async (set: NonNullable<Parameters<World['restriction']>[1]>['set']) => restrictionOf(must(verifyRestriction(trust, await world.restriction('d', { by: dispatcher, set }), NOW)));
  let kept: readonly Restriction[] = [];
  for (let number = 0; number < LIMITS.restrictionsKept; number += 1) kept = withRestriction(kept, await posture({ classes: ['daily'], approvals: 1 }), NOW).kept;
  kept = withRestriction(kept, await posture({ approvals: null }), NOW).kept;
  tally.judged('a notice under a posture that came after as many weak ones as there is room for', await heardAt(world, trust, { set: routine(world, 'notice', NOW, HOUR) }, ['approver-a'], NOW, { restrictions: kept }), ['REJ_RESTRICTED']);
  for (const [name, args, codes] of attempts) tally.judged(`a restriction ${name}`, said(verifyRestriction(trust, await world.restriction(...args), NOW)), codes);
}

function said(result: Result<unknown>): string {
  return result.ok ? 'play' : result.code;
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.code} ${result.at ?? ''}`);
  return result.value;
}
