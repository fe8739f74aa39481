import { readFileSync } from 'node:fs';
import { resourceParts, ResourceNumbers } from '#libs/domain';
import { isRounded, readCode } from '../../../../libs/tables/codes';
import { boxAround, fromGcj02, toGcj02 } from '../../../../libs/tables/coordinates';
import { survivesGb18030 } from '../../../../libs/tables/encoding';
import { SENTENCES } from '../../../../libs/tables/fault-words';
import { asTextFormula, guardFormula, insideTextFormula, unguardFormula } from '../../../../libs/tables/formula-guard';
import { seededRandom } from '../../../support/seeded-random';

describe('a code', () => {
  it.each(['0012-A', '12E5', '1-2', 'V1.2', '2026', 'SN 7', '86:12', '000000000000000000001'])('that a maker may well have written (%s) is taken as it stands', (written) => {
    expect(readCode({ kind: 'text', written })).toEqual({ ok: true, text: written });
  });

  it.each([
    ['3.60111E+11', 'CODE_EXPONENT'], ['3,60111E11', 'CODE_EXPONENT'], ['1e+05', 'CODE_EXPONENT'], ['12.0', 'CODE_DECIMAL'], ['12.', 'CODE_DECIMAL'], ['’12', 'CODE_APOSTROPHE'],
    ['Jan-02', 'CODE_DATE'], ['2-Jan-26', 'CODE_DATE'], ['1/2/2026', 'CODE_DATE'], ['2026-01-02', 'CODE_DATE'], ['2026-01-02 00:00:00', 'CODE_DATE'], ['2026年1月2日', 'CODE_DATE'], ['TRUE', 'CODE_BOOLEAN'],
    ['1234567890123450000', 'CODE_ROUNDED'],
  ] as const)('that a spreadsheet damaged (%s) is refused with %s', (written, code) => {
    expect(readCode({ kind: 'text', written })).toEqual({ ok: false, code });
  });

  it('of 23 digits shows when a float has rounded it, whatever it was', () => {
    const { int } = seededRandom(5);
    for (let round = 0; round < 500; round += 1) {
      const code = `6${Array.from({ length: 22 }, () => int(10)).join('')}`;
      expect(isRounded(`${code.slice(0, 15)}00000000`)).toBe(true);
      expect(isRounded(`${code.slice(0, 22)}1`)).toBe(false);
    }
  });
});

describe('resource numbers (GD/J 080 5.2)', () => {
  it('follow the highest of their area, gaps left, from 99 to the next type sequence', () => {
    const numbers = new ResourceNumbers(['63415991002000314010497', '63415991002000314010401', '63415991002000301010499', '53415991002000314010499']);
    expect([1, 2, 3].map(() => numbers.next('village', '341599100200'))).toEqual(['63415991002000314010498', '63415991002000314010499', '63415991002000314020401']);
    expect(numbers.next('township', '341599100000')).toBe('53415991000000314010401');
    expect(resourceParts('63415991002000314020401')).toEqual({ level: '6', area: '341599100200', type: '0314', typeSequence: '02', subtype: '04', sequence: '01' });
  });

  it('end after 99 x 99, none given twice', () => {
    const numbers = new ResourceNumbers([]);
    const given = Array.from({ length: 99 * 99 }, () => numbers.next('village', '341599100200'));
    expect([new Set(given).size, given.at(-1), numbers.next('village', '341599100200')]).toEqual([9801, '63415991002000314990499', undefined]);
  });
});

describe('coordinates', () => {
  it('of a Chinese map lie where the public approximation puts them', () => {
    const shown = toGcj02({ longitude: 116.404, latitude: 39.915 });
    expect([shown.longitude, shown.latitude].map((degrees) => degrees.toFixed(6))).toEqual(['116.410244', '39.916404']);
  });

  it('come back from a Chinese map to a centimetre, everywhere in the country', () => {
    const { int } = seededRandom(3);
    for (let round = 0; round < 300; round += 1) {
      const point = { longitude: 75 + int(59_000) / 1_000, latitude: 18 + int(34_000) / 1_000 };
      const back = fromGcj02(toGcj02(point));
      expect(Math.abs(back.longitude - point.longitude) + Math.abs(back.latitude - point.latitude)).toBeLessThan(2e-6);
    }
  });

  it('have a box that one wrong point does not move', () => {
    expect(boxAround([116.1, 116.2, 116.3, 2].map((longitude) => ({ longitude, latitude: 31.5 })))).toEqual({ west: 115.2, south: 30.5, east: 117.2, north: 32.5 });
    expect(boxAround([])).toBeUndefined();
  });
});

describe('a text that a spreadsheet would run', () => {
  it('is guarded, and every text comes back', () => {
    for (const text of ['=1+1', '+86', '-5', '@x', '\t=1', "'", "''", "'=1", "''=1", "'a", 'a', '', '南塘村']) {
      expect(unguardFormula(guardFormula(text))).toBe(text);
      expect(guardFormula(text)).not.toMatch(/^[=+\-@\t\r]/);
    }
  });

  it('is not what ="…" around digits is', () => {
    expect(insideTextFormula(asTextFormula('360111101000'))).toBe('360111101000');
    expect([insideTextFormula('=1+1'), insideTextFormula('="a"&"b"'), insideTextFormula('"a"')]).toEqual([undefined, undefined, undefined]);
  });
});

it('GB18030 holds every character that a name may have', () => {
  for (const text of ['蛟桥镇', '㙓', '𠮷', '😀', 'ā·—', '\u3007']) expect([text, survivesGb18030(text)]).toEqual([text, true]);
});

it('every code of a fault is provoked by some test', () => {
  const told = ['tests/vectors/tables/damaged-cells.json', 'tests/vectors/tables/between-tables.json', ...['read-csv', 'read-xlsx', 'limits'].map((name) => `tests/unit/libs/tables/${name}.spec.ts`)].map((file) => readFileSync(file, 'utf8')).join('\n');
  expect(Object.keys(SENTENCES).filter((code) => !told.includes(`"${code}"`) && !told.includes(`'${code}'`))).toEqual([]);
});
