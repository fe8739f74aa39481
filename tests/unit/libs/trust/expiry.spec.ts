import { expiryAlarms, judgeExpiry, papersStage, rehearseExpiry, type TrustState } from '#libs/trust';
import { trustAfter } from '../../../support/admit-facts';
import { buildWorld, NOW, type World } from '../../../support/trust-builder';

const DAY = 86_400_000;
let world: World;
beforeAll(async () => { world = await buildWorld(); });

/** `ok`, `grace` or the code, at NOW, when these documents end so many days from then. */
function said(messageClass: Parameters<typeof judgeExpiry>[3], days: { readonly root?: number; readonly charter?: number; readonly roster?: number }, platform: 'd' | 't1' = 't1'): string {
  const end = (inDays: number | undefined): number => NOW + (inDays ?? 100) * DAY;
  const result = judgeExpiry(
    { ...world.trust.root.value, expiresAt: end(days.root) }, { ...world.charterPayload(platform), expiresAt: end(days.charter) },
    { ...world.rosterPayload(platform), expiresAt: end(days.roster) }, messageClass, NOW,
  );
  return result.ok ? (result.value.inGrace ? 'grace' : 'ok') : result.code;
}

describe('judgeExpiry', () => {
  it('lets routine stop at once and emergency go on, marked, for the signed grace', () => {
    expect(said('notice', {})).toBe('ok');
    expect(said('emergency', {})).toBe('ok');
    for (const messageClass of ['advisory', 'notice', 'governance', 'daily'] as const) {
      expect(said(messageClass, { charter: 0 })).toBe('REJ_CHARTER_EXPIRED');
      expect(said(messageClass, { roster: 0 })).toBe('REJ_ROSTER_EXPIRED');
    }
    expect(said('emergency', { charter: 0 })).toBe('grace');
    expect(said('emergency', { roster: -179 })).toBe('grace');
    expect(said('emergency', { charter: -180 })).toBe('REJ_CHARTER_EXPIRED');
    expect(said('emergency', { roster: -180 })).toBe('REJ_ROSTER_EXPIRED');
  });
  it('asks the expiry of the root for the district only: a lower tier goes on by itself', () => {
    expect(said('notice', { root: 0 }, 'd')).toBe('REJ_CHARTER_EXPIRED');
    expect(said('emergency', { root: 0 }, 'd')).toBe('grace');
    expect(said('notice', { root: 0 }, 't1')).toBe('ok');
  });
});

describe('expiryAlarms', () => {
  const LINEAGE = ['d', 't1', 'v1'];
  /** A world of which one document ends at NOW + `days`. */
  const ending = async (days: number): Promise<TrustState> => (await buildWorld({
    rosters: (roster) => (roster.platform === 't1' ? { ...roster, expiresAt: NOW + days * DAY } : roster),
  })).trust;
  const stageAfter = (state: TrustState, days: number): string | undefined => expiryAlarms(state, NOW + days * DAY).find(({ word, platform }) => word === 'roster' && platform === 't1')?.stage;

  it('come at 90, 30 and 7 days, turn to grace at the end and are over 180 days after it', async () => {
    const state = await ending(100);
    expect([9.9, 10, 69.9, 70, 92.9, 93, 99.9, 100, 279.9, 280].map((days) => stageAfter(state, days)))
      .toEqual([undefined, 'within-90', 'within-90', 'within-30', 'within-30', 'within-7', 'within-7', 'grace', 'grace', 'over']);
    expect(expiryAlarms(state, NOW + 101.5 * DAY)[0]).toMatchObject({ word: 'roster', platform: 't1', daysLeft: -2, stage: 'grace' });
  });

  it('name who must sign: the root its holders, a charter its parent\'s officers, a roster its own, none whose key was revoked', async () => {
    const alarms = expiryAlarms(world.trust, NOW + 369 * DAY);
    expect(alarms).toHaveLength(13);
    const of = (word: string, platform: string) => alarms.find((alarm) => alarm.word === word && alarm.platform === platform);
    const holders = world.rootKeys.map(({ record }) => record.keyId);
    expect(LINEAGE.map((platform) => [of('charter', platform)?.signers, of('roster', platform)?.signers, of('roster', platform)?.threshold])).toEqual([
      [holders, ['d-officer-1', 'd-officer-2', 'd-officer-3'], 2],
      [['d-officer-1', 'd-officer-2', 'd-officer-3'], ['t1-officer-1', 't1-officer-2', 't1-officer-3'], 2],
      [['t1-officer-1', 't1-officer-2', 't1-officer-3'], ['t1-officer-1', 't1-officer-2', 't1-officer-3'], 2],
    ]);
    expect(of('root', 'd')).toMatchObject({ signers: holders, threshold: 2, stage: 'within-7', daysLeft: 1 });
    const [first] = world.platform('t1').officers;
    const revoked = trustAfter(world.trust, await world.revocation('t1', { set: { entries: [{ keyId: first?.key.record.keyId ?? ('' as never), reason: 'left', since: NOW }] } }));
    expect(expiryAlarms(revoked, NOW + 369 * DAY).find(({ word, platform }) => word === 'roster' && platform === 't1')?.signers).toEqual(['t1-officer-2', 't1-officer-3']);
  });
});

describe('papersStage', () => {
  it('tells papers in force from those that carry emergencies alone and those that carry nothing, to the millisecond', () => {
    const [charter, roster] = [{ ...world.charterPayload('t1'), expiresAt: NOW + DAY }, { ...world.rosterPayload('t1'), expiresAt: NOW + 2 * DAY }];
    const at = (now: number) => papersStage(world.trust, charter, roster, now);
    expect([NOW + DAY - 1, NOW + DAY, NOW + 181 * DAY - 1, NOW + 181 * DAY].map(at)).toEqual(['in-force', 'grace', 'grace', 'over']);
  });
});

describe('rehearseExpiry', () => {
  it('goes past every end and every grace by the rule of the terminals, and says what changes at each', async () => {
    const { trust } = await buildWorld({ rosters: (roster) => (roster.platform === 't1' ? { ...roster, expiresAt: NOW + 100 * DAY } : roster) });
    const steps = rehearseExpiry(trust, NOW);
    expect(steps.map(({ at }) => at)).toEqual([...steps.map(({ at }) => at)].sort((a, b) => a - b));
    const at = (days: number) => steps.find((step) => step.at === NOW + days * DAY);
    expect(at(100)).toMatchObject({ ends: [{ word: 'roster', platform: 't1', threshold: 2 }], changes: [{ platform: 't1', stage: 'grace' }] });
    expect(at(280)).toMatchObject({ ends: [], changes: [{ platform: 't1', stage: 'over' }] });
    for (const [index, step] of steps.entries()) {
      const before = steps[index - 1]?.at ?? NOW;
      for (const { value: charter } of trust.charters.values()) {
        const roster = trust.rosters.get(charter.platform)?.value;
        if (roster === undefined) throw new Error('every platform has a roster');
        // Nothing changes between two steps, and each change is the terminals' own.
        expect(papersStage(trust, charter, roster, step.at - 1)).toBe(papersStage(trust, charter, roster, before));
        const told = step.changes.find(({ platform }) => platform === charter.platform)?.stage;
        expect(told ?? papersStage(trust, charter, roster, before)).toBe(papersStage(trust, charter, roster, step.at));
      }
    }
    expect(steps.at(-1)?.changes.every(({ stage }) => stage === 'over')).toBe(true);
  });
});
