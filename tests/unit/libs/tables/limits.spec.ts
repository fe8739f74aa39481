import { generateKey } from '#libs/suites';
import { asRaw, readDistrict, tablesOf, type District } from '#libs/tables';
import { policy } from './damaged-workbook';
import { smallDistrict } from './small-district';

const codes = (district: District): readonly string[] => readDistrict(asRaw(tablesOf(district)), { policy }).faults.map(({ code }) => code);
const many = <T>(count: number, make: (number: number) => T): readonly T[] => Array.from({ length: count }, (_, at) => make(at + 1));

describe('what a charter or roster cannot hold', () => {
  it('is told as TOO_MANY_OF areas, units, people and officers', () => {
    const areas = many(16, (at) => ({ id: `extra-${at}`, name: `组${at}`, tier: 'village' as const, parent: '341599100200', codes: [`3415991003${String(at).padStart(2, '0')}`], platform: 'p-chengguan', box: null }))
      .map((area) => ({ ...area, parent: 'chengguan' }));
    expect(codes({ ...smallDistrict, areas: [...smallDistrict.areas, ...areas], platforms: smallDistrict.platforms.map((one) => (one.id === 'p-chengguan' ? { ...one, areas: [...one.areas, ...areas.map(({ id }) => id)] } : one)) })).toEqual(['TOO_MANY_OF']);
    expect(codes({ ...smallDistrict, units: [...smallDistrict.units, ...many(32, (at) => ({ platform: 'p-nantang', id: `u-${at}`, name: `单位${at}`, classes: [] }))] })).toEqual(['TOO_MANY_OF']);
    const person = (at: number, roles: District['people'][number]['roles']) => ({ platform: 'p-heping', unit: 'yjj', id: `x-${at}`, title: '值班员', roles, account: `x-${at}`, keys: [], officerKey: '' });
    expect(codes({ ...smallDistrict, people: [...smallDistrict.people, ...many(60, (at) => person(at, ['duty']))] })).toEqual(['TOO_MANY_OF']);
    expect(codes({ ...smallDistrict, people: [...smallDistrict.people, ...many(7, (at) => person(at, ['officer']))] })).toEqual(['TOO_MANY_OF']);
  });
});

it('a public key of two people is told as KEY_TWICE', async () => {
  const { key: { spki } } = await generateKey('es256');
  expect(codes({ ...smallDistrict, people: smallDistrict.people.map((one, at) => (at < 2 ? { ...one, keys: [spki] } : one)) })).toEqual(['KEY_TWICE']);
});

it('a person twice under two accounts is told as ID_TWICE', () => {
  expect(codes({ ...smallDistrict, people: smallDistrict.people.map((one, at) => (at === 1 ? { ...one, id: 'heping-author' } : one)) })).toEqual(['ID_TWICE']);
});
