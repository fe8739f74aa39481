import { areaDeclarationSchema, terminalIdSchema, unitSchema } from '#libs/contracts';
import type { DistrictPlan } from '../district/plan';
import { demoDistrict } from './district';
import { demoPeople, demoUnits } from './people';

/** The demo district as a plan, like any imported one. */
export function demoPlan(small: boolean): DistrictPlan {
  const { places, terminals, map } = demoDistrict(small);
  return {
    platforms: places.map((place) => ({
      id: place.id, parent: place.parent, tier: place.tier, name: place.name,
      areas: [areaDeclarationSchema.parse({ id: place.area, parent: place.parentArea, name: place.name, codes: place.codes })],
      units: demoUnits(place.tier).map((unit) => unitSchema.parse(unit)),
      people: demoPeople(place).map((person) => ({ ...person, account: person.id })),
    })),
    terminals: terminals.map(({ place, id, ...terminal }) => ({ ...terminal, id: terminalIdSchema.parse(id), platform: place.id, area: place.area })),
    map,
    naturalVillages: [],
    publicPlaces: [],
  };
}
