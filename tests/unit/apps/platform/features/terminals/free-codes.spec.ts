import { freeResourceCode } from '../../../../../../apps/platform/src/features/terminals/free-codes';

const area = { tier: 'village', codes: ['360199102001'] } as const;

describe('the next resource code of an area', () => {
  it('comes after the highest that was ever given, as in the tables of a district: gaps stay empty', () => {
    const given = ['63601991020010314010401', '63601991020010314010403'];
    expect(freeResourceCode(area, new Set(given))).toBe('63601991020010314010404');
    expect(freeResourceCode(area, new Set())).toBe('63601991020010314010401');
  });

  it('is none where the place has no code', () => {
    expect(freeResourceCode({ ...area, codes: [] }, new Set())).toBeUndefined();
  });
});
