import { minuteOfDay } from '#libs/domain';
import { admit, tombstoneOf, verifyStop, type AdmitDecision, type AdmitFacts, type TrustState } from '#libs/trust';
import { ENTRY, factsFor, trustAfter } from '../../../support/admit-facts';
import { buildWorld, chainOf, digestNamed, digestOf, NOW, type OrderParts, type World } from '../../../support/trust-builder';

const HOUR = 3_600_000;
/** The township is quiet from an hour ago until this: whole minutes. */
const UNTIL = Math.floor(NOW / 60_000) * 60_000 + HOUR;

let world: World;
let trust: TrustState;
beforeAll(async () => {
  world = await buildWorld();
  const toMinute = minuteOfDay(UNTIL);
  trust = trustAfter(world.trust, await world.roster('t1', { set: { version: 2, quietHours: [{ fromMinute: (toMinute + 1_320) % 1_440, toMinute }] } }));
});

const body = { segments: [{ sha256: digestNamed('chime'), bytes: 9, role: 'chime' as const, durationMs: 2_000 }] };
const notice = (notAfter = NOW + 2 * HOUR): Promise<OrderParts> => world.order('t1', { message: { set: { class: 'notice', severity: 'none', body, notAfter } }, approvers: ['approver-a'], dispatch: { set: { maxDurationMs: 7_000 } } });
const at = (order: unknown, set: Partial<AdmitFacts> = {}): AdmitDecision => admit(factsFor(world, 't1', order, { trust, ...set }));

describe('quiet hours on a terminal', () => {
  it('put a notice off to their end, with its timetable, and leave an emergency alone', async () => {
    expect(at((await notice()).order)).toMatchObject({ kind: 'play', joinRepetition: 1, startAt: UNTIL, postponed: { repetition: 1, startAt: UNTIL }, writes: { journal: { state: 'accepted', startAt: UNTIL } } });
    expect(at((await world.order('t1')).order)).toMatchObject({ kind: 'play', startAt: NOW + 700, postponed: null });
  });

  it('keep it silent where its window has no room after them', async () => {
    expect(at((await notice(UNTIL)).order).kind).toBe('quiet');
    expect(at((await notice(UNTIL + 1)).order).kind).toBe('play');
  });

  it('keep it silent where by then the news held now would be a day old', async () => {
    const { order } = await notice();
    expect(at(order, { beaconAt: UNTIL - 24 * HOUR + 1 }).kind).toBe('play');
    expect(at(order, { beaconAt: UNTIL - 24 * HOUR }).kind).toBe('quiet');
  });

  it('let who comes after them enter the moved timetable as any other', async () => {
    const { order } = await notice();
    expect(at(order, { now: UNTIL + 1_000, beaconAt: UNTIL })).toMatchObject({ kind: 'play', how: 'join', joinRepetition: 2, startAt: UNTIL + 3_000, postponed: { repetition: 1, startAt: UNTIL } });
    expect(at(order, { now: UNTIL + 60_000, beaconAt: UNTIL })).toMatchObject({ kind: 'play', how: 'alone', startAt: UNTIL + 60_000 });
  });

  it('of those above bind a village, which has none of its own, and those of a village bind nobody above it', async () => {
    const { order } = await notice();
    expect(admit(factsFor(world, 'v1', order, { trust }))).toMatchObject({ kind: 'play', startAt: UNTIL });
    const toMinute = minuteOfDay(UNTIL);
    const village = trustAfter(world.trust, await world.roster('v1', { set: { version: 2, quietHours: [{ fromMinute: (toMinute + 1_320) % 1_440, toMinute }] } }));
    expect(admit(factsFor(world, 'v1', order, { trust: village }))).toMatchObject({ kind: 'play', startAt: UNTIL });
    expect(admit(factsFor(world, 't1', order, { trust: village }))).toMatchObject({ kind: 'play', startAt: NOW + 700 });
  });

  it('hold who comes late to what began before them: the repetition that falls into them begins at their end', async () => {
    const begin = Math.floor(NOW / 60_000) * 60_000 + 120_000;
    const later = trustAfter(world.trust, await world.roster('t1', { set: { version: 2, quietHours: [{ fromMinute: minuteOfDay(begin), toMinute: minuteOfDay(begin + HOUR) }] } }));
    const set = { class: 'notice' as const, severity: 'none' as const, body, repeats: 5, gapMs: 60_000 };
    const { order } = await world.order('t1', { message: { set }, approvers: ['approver-a'] });
    expect(at(order, { trust: later })).toMatchObject({ kind: 'play', startAt: NOW + 700, postponed: null });
    const late = at(order, { trust: later, now: begin + 1_000, beaconAt: begin });
    expect(late).toMatchObject({ kind: 'play', startAt: begin + HOUR, postponed: { startAt: begin + HOUR } });
    const short = await world.order('t1', { message: { set: { ...set, notAfter: begin + HOUR } }, approvers: ['approver-a'] });
    expect(at(short.order, { trust: later, now: begin - 1_000, beaconAt: begin }).kind).toBe('quiet');
  });

  it('do not put off what goes on after a stop', async () => {
    const stopped = await notice();
    const stop = await world.stop('t1', { set: { issuedAt: NOW + 2_000 } });
    const verified = verifyStop(trust, stop, chainOf('t1'));
    if (!verified.ok) throw new Error(verified.code);
    const tombstone = tombstoneOf(verified.value, NOW + 2_000);
    const { order } = await world.resumeOrder('t1', stopped, stop, { dispatch: { set: { startAt: NOW + 4_000, maxDurationMs: 7_000, issuedAt: NOW + 3_000 } } });
    const journal = new Map([[digestOf(stopped.message), { ...ENTRY, state: 'stopped' as const, stoppedBy: tombstone.stopId, startAt: NOW + 700 }]]);
    expect(at(order, { journal, stops: [tombstone], now: NOW + 3_100 }).kind).toBe('quiet');
    expect(at(order, { journal, stops: [tombstone], now: NOW + 3_100, trust: world.trust }).kind).toBe('play');
  });
});
