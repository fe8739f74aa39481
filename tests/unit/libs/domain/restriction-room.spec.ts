import fc from 'fast-check';
import { LIMITS, type AreaId, type MessageClass, type PlatformId, type RestrictionId } from '#libs/contracts';
import { approvalsAsked, hasRoomFor, withRestriction, type Restriction } from '#libs/domain';

const CLASSES: readonly MessageClass[] = ['advisory', 'notice', 'governance', 'daily'];
const MINUTE = 60_000;
const AREA = 'v1-area' as AreaId;
const restriction = (set: Partial<Restriction> = {}): Restriction => ({
  restrictionId: '0197a3b0-000d-7000-8000-00000000000d' as RestrictionId, platform: 'v1' as PlatformId, tier: 'village', area: AREA, kind: 'posture', classes: ['notice'], approvals: null,
  notBefore: 0, notAfter: 60 * MINUTE, ...set,
});
const asked = (of: MessageClass, restrictions: readonly Restriction[], at: number): number => {
  const asks = approvalsAsked({ class: of, tier: 'village', isCorrection: false }, restrictions, [{ id: AREA, parent: null }], at);
  return asks === 'silent' ? Infinity : asks;
};

const moments = (from: number, minutes: number): readonly number[] => Array.from({ length: Math.trunc(minutes / 3) }, (_one, place) => from + place * 3 * MINUTE);
const given = fc.record({
  classes: fc.subarray([...CLASSES], { minLength: 1 }), approvals: fc.option(fc.integer({ min: 1, max: 8 })), fromMinute: fc.integer({ min: 0, max: 30 }), minutes: fc.integer({ min: 1, max: 60 }),
  afterMinutes: fc.integer({ min: 0, max: 2 }), platform: fc.constantFrom('v1', 't1'),
});

describe('the room for restrictions', () => {
  it('narrows at every moment at least as much as all that was given and not told as refused, and is never more than its bound', () => {
    fc.assert(fc.property(fc.array(given, { minLength: 20, maxLength: 60, size: 'max' }), (sequence) => {
      let now = 0;
      let kept: readonly Restriction[] = [];
      let model: readonly Restriction[] = [];
      for (const { classes, approvals, fromMinute, minutes, afterMinutes, platform } of sequence) {
        now += afterMinutes * MINUTE;
        const one = restriction({ classes, approvals, platform: platform as PlatformId, notBefore: now + fromMinute * MINUTE, notAfter: now + (fromMinute + minutes) * MINUTE });
        const after = withRestriction(kept, one, now);
        kept = after.kept;
        model = [...model, one].filter((known) => !after.refused.includes(known));
        if (['v1', 't1'].some((name) => kept.filter((known) => known.platform === name && known.notAfter > now).length > LIMITS.restrictionsKept)) return false;
        if (moments(now, 91).some((at) => CLASSES.some((of) => asked(of, kept, at) < asked(of, model, at)))) return false;
      }
      return true;
    }), { numRuns: 60, seed: 4 });
  });

  it('is always found by one that keeps every everyday class silent from now on, whatever a stolen key sent before', () => {
    fc.assert(fc.property(fc.array(given, { minLength: 30, maxLength: 60, size: 'max' }), (sequence) => {
      const kept = sequence.reduce<readonly Restriction[]>((before, { classes, approvals, fromMinute, minutes }) =>
        withRestriction(before, restriction({ classes, approvals, notBefore: fromMinute * MINUTE, notAfter: (fromMinute + minutes) * MINUTE }), 0).kept, []);
      const genuine = restriction({ classes: ['notice', 'governance', 'daily'] });
      const after = withRestriction(kept, genuine, 0);
      return !after.refused.includes(genuine) && moments(0, 60).every((at) => genuine.classes.every((of) => asked(of, after.kept, at) === Infinity));
    }), { numRuns: 60, seed: 4 });
  });

  it('is of each kind, platform and area for itself', () => {
    const many = Array.from({ length: LIMITS.restrictionsKept }, () => restriction());
    expect([hasRoomFor(restriction(), many.slice(1)), hasRoomFor(restriction(), many)]).toEqual([true, false]);
    for (const other of [restriction({ kind: 'period' }), restriction({ platform: 't1' as PlatformId }), restriction({ area: 'v2-area' as AreaId })]) {
      expect(hasRoomFor(other, many)).toBe(true);
      expect(withRestriction(many, other, 0)).toEqual({ kept: [...many, other], refused: [] });
    }
  });
});
