import { areaDeclarationSchema, resourceCodeSchema, terminalIdSchema } from '#libs/contracts';
import { demoDistrict } from '../../../../../apps/cli/src';
import type { DemoDistrict } from '../../../../../apps/cli/src/demo/district';

type Point = readonly [number, number];

/** Whether a point lies in a polygon (even-odd rule). */
function isInside([x, y]: Point, polygon: readonly Point[]): boolean {
  return polygon.reduce((inside, [bx, by], at) => {
    const [ax, ay] = polygon[(at + polygon.length - 1) % polygon.length] ?? [bx, by];
    const crosses = (by > y) !== (ay > y) && x < ((ax - bx) * (y - by)) / (ay - by) + bx;
    return crosses ? !inside : inside;
  }, false);
}

const tierCounts = ({ places }: DemoDistrict) => ['district', 'township', 'village'].map((tier) => places.filter((place) => place.tier === tier).length);
const full = demoDistrict(false);
const small = demoDistrict(true);

describe('the demo district', () => {
  it('has 1 district, 5 townships and 87 villages, of which 55 are villages and 32 communities, and 600 terminals', () => {
    expect(tierCounts(full)).toEqual([1, 5, 87]);
    const villages = full.places.filter((place) => place.tier === 'village');
    expect(villages.filter((place) => place.name.endsWith('村'))).toHaveLength(55);
    expect(villages.filter((place) => place.name.endsWith('社区'))).toHaveLength(32);
    expect(full.terminals).toHaveLength(600);
    expect(full.places.filter((place) => place.tier === 'township').map((place) => place.name)).toEqual(['蛟桥镇', '乐化镇', '樵舍镇', '白水湖管理处', '冠山管理处']);
  });

  it('small has 1 district, 1 township, 4 villages and 12 terminals', () => {
    expect(tierCounts(small)).toEqual([1, 1, 4]);
    expect(small.terminals).toHaveLength(12);
  });

  it('is the same whenever it is asked for', () => {
    expect(demoDistrict(false)).toEqual(full);
    expect(demoDistrict(true)).toEqual(small);
  });

  describe.each([['whole', full], ['small', small]])('%s', (_name, district) => {
    it('lists each parent before its children, and each child under one of the tier above', () => {
      district.places.forEach((place, at) => {
        const parent = district.places.findIndex((other) => other.id === place.parent);
        expect(parent).toBeLessThan(at);
        expect(district.places[parent]?.area).toBe(place.parentArea ?? undefined);
        expect([place.tier, district.places[parent]?.tier]).toEqual(place.tier === 'district' ? ['district', undefined] : place.tier === 'township' ? ['township', 'district'] : ['village', 'township']);
      });
    });

    it('declares areas with 12-digit codes that nobody shares, townships with their old code as an alias', () => {
      for (const { area, parentArea, name, codes } of district.places) {
        expect(areaDeclarationSchema.safeParse({ id: area, parent: parentArea, name, codes }).success).toBe(true);
      }
      const codes = district.places.flatMap((place) => place.codes);
      expect(new Set(codes).size).toBe(codes.length);
      expect(district.places.filter((place) => place.tier === 'township').every((place) => place.codes.length === 2)).toBe(true);
      expect(new Set(district.places.map((place) => place.id)).size).toBe(district.places.length);
    });

    it('gives every village terminals, and every terminal ids and codes of its own', () => {
      const villages = district.places.filter((place) => place.tier === 'village');
      expect(villages.every((village) => district.terminals.some((terminal) => terminal.place === village))).toBe(true);
      expect(district.terminals.every((terminal) => terminal.place.tier === 'village')).toBe(true);
      for (const field of ['id', 'resourceCode', 'physicalCode', 'name'] as const) {
        expect(new Set(district.terminals.map((terminal) => terminal[field])).size).toBe(district.terminals.length);
      }
      expect(district.terminals.every((terminal) => terminalIdSchema.safeParse(terminal.id).success)).toBe(true);
    });

    it('codes each terminal as GD/J 080 5.2 does: level 6, its area, type 0314, sub-type 04, numbers from 01 to 99', () => {
      for (const terminal of district.terminals) {
        expect(resourceCodeSchema.safeParse(terminal.resourceCode).success).toBe(true);
        const [, level, area, type, system, subtype, number] = /^(.)(.{12})(.{4})(..)(..)(..)$/.exec(terminal.resourceCode) ?? [];
        expect([level, area, type, system, subtype]).toEqual(['6', terminal.place.codes[0], '0314', '01', '04']);
        expect(Number(number)).toBeGreaterThanOrEqual(1);
        expect(Number(number)).toBeLessThanOrEqual(99);
      }
    });

    it('puts each terminal inside the shape of its village, on a map that says it is invented', () => {
      const shapes = new Map(district.map.shapes.map((shape) => [shape.area, shape.polygon]));
      expect(shapes.size).toBe(district.places.filter((place) => place.tier === 'village').length);
      for (const terminal of district.terminals) {
        expect(isInside([terminal.longitude, terminal.latitude], shapes.get(terminal.place.area) ?? [])).toBe(true);
      }
      expect(district.map.note).toContain('示意图，非行政区域界线');
    });

    it('hangs plausible horns over plausible households', () => {
      for (const terminal of district.terminals) {
        expect(terminal.horns).toBeGreaterThanOrEqual(1);
        expect(terminal.horns).toBeLessThanOrEqual(4);
        expect(terminal.households).toBeGreaterThanOrEqual(20);
        expect(terminal.naturalVillage).toMatch(/^\p{Script=Han}+$/u);
      }
    });
  });
});
