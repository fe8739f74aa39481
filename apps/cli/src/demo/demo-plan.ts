import { areaDeclarationSchema, terminalIdSchema, unitSchema, type DayBand } from '#libs/contracts';
import type { DistrictPlan } from '../district/plan';
import { demoDistrict } from './district';
import { demoPeople, demoUnits } from './people';

/** At night, 21:00 to 6:30, the demo district's notices and programmes stay silent; warnings do not. */
export const DEMO_QUIET_HOURS: readonly DayBand[] = [{ fromMinute: 21 * 60, toMinute: 6 * 60 + 30 }];

/** The demo district as a plan, like any imported one; `quietHours` hold in the whole district. */
export function demoPlan(small: boolean, quietHours: readonly DayBand[] = DEMO_QUIET_HOURS): DistrictPlan {
  const { places, terminals, map } = demoDistrict(small);
  return {
    platforms: places.map((place) => ({
      id: place.id, parent: place.parent, tier: place.tier, name: place.name,
      areas: [areaDeclarationSchema.parse({ id: place.area, parent: place.parentArea, name: place.name, codes: place.codes })],
      units: demoUnits(place.tier).map((unit) => unitSchema.parse(unit)),
      quietHours: place.parent === null ? quietHours : [],
      people: demoPeople(place).map((person) => ({ ...person, account: person.id })),
    })),
    terminals: terminals.map(({ place, id, ...terminal }) => ({ ...terminal, id: terminalIdSchema.parse(id), platform: place.id, area: place.area })),
    map,
    naturalVillages: [],
    publicPlaces: [],
  };
}
