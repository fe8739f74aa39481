import { approvalsAsked, isRestricted, type Restriction } from '#libs/domain';
import { admit, restrictionOf, verifyRestriction, type Result } from '#libs/trust';
import { codeOf, factsFor, trustAfter } from '../../../support/admit-facts';
import { areaOf, buildWorld, chainOf, digestNamed, digestOf, NOW, type World } from '../../../support/trust-builder';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let world: World;
beforeAll(async () => { world = await buildWorld(); });

type Making = NonNullable<Parameters<World['restriction']>[1]>;
const said = (result: Result<unknown>): string => (result.ok ? 'ok' : [result.code, result.at].filter((part) => part !== undefined).join(' '));
const judged = async (name: 'd' | 't1' | 'v1', signing: Making = {}, now: number | null = NOW): Promise<string> =>
  said(verifyRestriction(world.trust, await world.restriction(name, signing), now));
const period = (set: Making['set'] = {}): Making => ({ set: { kind: 'period', approvals: 2, notBefore: NOW + DAY, notAfter: NOW + 10 * DAY, ...set } });
async function kept(name: 'd' | 't1' | 'v1', signing: Making = {}): Promise<Restriction> {
  const verified = verifyRestriction(world.trust, await world.restriction(name, signing), NOW);
  if (!verified.ok) throw new Error(verified.code);
  return restrictionOf(verified.value);
}

const chime = { segments: [{ sha256: digestNamed('chime'), bytes: 9, role: 'chime' as const, durationMs: 2_000 }] };
const light = { severity: 'none' as const, body: chime };
const notice = (name: 'd' | 't1' | 'v1', approvers: readonly string[] = ['approver-a'], set: object = {}) =>
  world.order(name, { message: { set: { class: 'notice', ...light, ...set } }, approvers });

describe('a restriction', () => {
  it('of an hour is given by the platform\'s own dispatcher alone, one of weeks by its officers at their threshold', async () => {
    expect([await judged('v1'), await judged('t1', period())]).toEqual(['ok', 'ok']);
    expect(await judged('v1', { by: world.officers('v1').slice(0, 2) })).toBe('REJ_KEY_USAGE kind');
    expect(await judged('t1', { ...period(), by: [world.platform('t1').dispatcher.signer] })).toBe('REJ_KEY_USAGE kind');
    expect(await judged('t1', { ...period(), by: world.officers('t1').slice(0, 1) })).toBe('REJ_THRESHOLD');
    expect(await judged('v1', { by: [world.platform('t1').dispatcher.signer] })).toBe('REJ_KEY_USAGE platform');
    expect(await judged('v1', { by: [world.key('v1', 'stopper').signer] })).toBe('REJ_KEY_USAGE');
    expect(await judged('v1', { by: [world.stranger.signer] })).toBe('REJ_KEY_UNKNOWN');
  });

  it('never names emergencies, and a period no advisory', async () => {
    expect(await judged('d', { set: { classes: ['emergency' as never] } })).toMatch(/^REJ_SCHEMA/);
    expect(await judged('d', { set: { classes: ['advisory', 'notice'] } })).toBe('ok');
    expect(await judged('d', period({ classes: ['advisory'] }))).toMatch(/^REJ_SCHEMA/);
    expect(await judged('d', { set: { classes: ['notice', 'notice'] } })).toMatch(/^REJ_SCHEMA/);
    expect(await judged('d', { set: { approvals: 0 } })).toMatch(/^REJ_SCHEMA/);
  });

  it.each<[string, Making, number | null, string]>([
    ['a posture of an hour', {}, NOW, 'ok'],
    ['a posture of a millisecond more', { set: { notAfter: NOW + HOUR + 1 } }, NOW, 'REJ_WINDOW notAfter'],
    ['a posture signed today for next week', { set: { notBefore: NOW + 7 * DAY, notAfter: NOW + 7 * DAY + HOUR } }, NOW, 'REJ_WINDOW notAfter'],
    ['a posture that ends where it begins', { set: { notAfter: NOW } }, NOW, 'REJ_WINDOW notBefore'],
    ['a posture dated ahead by a slow clock', { set: { issuedAt: NOW + 5 * MINUTE, notBefore: NOW + 5 * MINUTE, notAfter: NOW + HOUR } }, NOW, 'ok'],
    ['a posture dated ahead by more', { set: { issuedAt: NOW + 5 * MINUTE + 1, notBefore: NOW + 5 * MINUTE + 1, notAfter: NOW + HOUR } }, NOW, 'REJ_NOT_YET issuedAt'],
    ['a posture that is over', {}, NOW + HOUR, 'REJ_EXPIRED notAfter'],
    ['a posture while the time is unknown', {}, null, 'REJ_TIME_UNKNOWN'],
    ['a period of sixty days', { set: { kind: 'period', notAfter: NOW + 60 * DAY } }, NOW, 'ok'],
    ['a period of a millisecond more', { set: { kind: 'period', notAfter: NOW + 60 * DAY + 1 } }, NOW, 'REJ_WINDOW notAfter'],
    ['a period in a year and a half', { set: { kind: 'period', notBefore: NOW + 399 * DAY, notAfter: NOW + 401 * DAY } }, NOW, 'REJ_WINDOW notAfter'],
    ['a period that reaches back', { set: { kind: 'period', notBefore: NOW - HOUR, notAfter: NOW + DAY } }, NOW, 'REJ_WINDOW notBefore'],
  ])('%s: %#', async (_name, signing, now, expected) => {
    expect(await judged('t1', signing, now)).toBe(expected);
  });

  it('stays inside the areas of the charter', async () => {
    expect(await judged('t1', { set: { area: areaOf('v1-area') } })).toBe('ok');
    expect(await judged('v1', { set: { area: areaOf('t1-area') } })).toBe('REJ_AREA area');
    expect(await judged('t1', { set: { area: areaOf('hamlet') } })).toBe('REJ_NOT_TARGETED area');
  });

  it('of an hour has one signature: a second server\'s beside it is judged by nobody', async () => {
    expect(await judged('v1', { by: [world.platform('v1').dispatcher.signer, world.platform('t1').dispatcher.signer] })).toBe('REJ_SHAPE signatures');
  });

  it('ends with the charter of its platform, though it was to last longer', async () => {
    const { expiresAt } = world.charterPayload('t1');
    const posture: Making = { set: { issuedAt: expiresAt - MINUTE, notBefore: expiresAt - MINUTE, notAfter: expiresAt + MINUTE } };
    expect([await judged('t1', posture, expiresAt - 1), await judged('t1', posture, expiresAt)]).toEqual(['ok', 'REJ_CHARTER_EXPIRED']);
  });

  it('by a key that was revoked is void', async () => {
    const dispatcher = world.platform('v1').dispatcher.record.keyId;
    const trust = trustAfter(world.trust, await world.revocation('v1', { set: { entries: [{ keyId: dispatcher, reason: 'compromised', since: NOW }] } }));
    expect(said(verifyRestriction(trust, await world.restriction('v1'), NOW))).toBe(`REJ_KEY_REVOKED ${dispatcher}`);
  });
});

describe('a restriction on a terminal', () => {
  it('keeps its classes silent while it lasts, of its signer\'s tier and below, and never an emergency or a correction', async () => {
    const byTownship = await kept('t1');
    const asks = (tier: 'district' | 'township' | 'village', of: 'emergency' | 'advisory' | 'notice', at = NOW, isCorrection = false) =>
      approvalsAsked({ class: of, tier, isCorrection }, [byTownship], chainOf('v1'), at);
    expect([asks('district', 'notice'), asks('township', 'notice'), asks('village', 'notice')]).toEqual([0, 'silent', 'silent']);
    expect([asks('village', 'advisory'), asks('village', 'emergency'), asks('village', 'notice', NOW, true)]).toEqual([0, 0, 0]);
    expect([asks('village', 'notice', NOW - 1), asks('village', 'notice', NOW + HOUR - 1), asks('village', 'notice', NOW + HOUR)]).toEqual([0, 'silent', 0]);
    expect(approvalsAsked({ class: 'notice', tier: 'village', isCorrection: false }, [byTownship], chainOf('v3'), NOW)).toBe(0);
    // One that was written into a memory by other means than a signature.
    expect(approvalsAsked({ class: 'emergency', tier: 'village', isCorrection: false }, [{ ...byTownship, classes: ['emergency'] }], chainOf('v1'), NOW)).toBe(0);
  });

  it('adds up with others: the strictest counts', async () => {
    const [two, three] = [await kept('d', { set: { approvals: 2 } }), await kept('t1', { set: { approvals: 3 } })];
    const message = { class: 'notice' as const, tier: 'village' as const, isCorrection: false };
    expect(approvalsAsked(message, [three, two], chainOf('v1'), NOW)).toBe(3);
    expect([2, 3].map((approvals) => isRestricted({ ...message, approvals }, [two, three], chainOf('v1'), NOW))).toEqual([true, false]);
    expect(approvalsAsked(message, [two, await kept('d'), three], chainOf('v1'), NOW)).toBe('silent');
  });

  it('is asked of what begins inside it, not of when the order came', async () => {
    const restrictions = [await kept('v1', period({ notBefore: NOW + 10 * MINUTE, notAfter: NOW + DAY, approvals: null }))];
    const before = await notice('v1');
    const inside = await world.order('v1', { message: { set: { class: 'notice', ...light } }, approvers: ['approver-a'], dispatch: { set: { startAt: NOW + 11 * MINUTE } } });
    expect(codeOf(admit(factsFor(world, 'v1', before.order, { restrictions })))).toBe('play');
    const decision = admit(factsFor(world, 'v1', inside.order, { restrictions }));
    expect(decision).toMatchObject({ kind: 'restricted', code: 'REJ_RESTRICTED', subject: digestOf(inside.dispatch) });
    expect(decision).not.toHaveProperty('writes');
    expect(codeOf(admit(factsFor(world, 'v1', (await world.order('v1')).order, { restrictions })))).toBe('play');
  });

  it('that asks for two lets a notice sound that two signed, and more signatures than the policy asks for are no fault', async () => {
    const restrictions = [await kept('t1', { set: { approvals: 2 } })];
    const [one, two] = [await notice('t1'), await notice('t1', ['approver-a', 'approver-b'])];
    const admitted = (order: unknown, by: readonly Restriction[]) => admit(factsFor(world, 't1', order, { restrictions: by })).kind;
    expect([admitted(one.order, restrictions), admitted(two.order, restrictions)]).toEqual(['restricted', 'play']);
    expect([admitted(one.order, []), admitted(two.order, [])]).toEqual(['play', 'play']);
  });
});
