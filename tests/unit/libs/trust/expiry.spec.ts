import { judgeExpiry } from '#libs/trust';
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
