import { charterSchema, rosterSchema, type Bootstrap, type Charter, type EnvelopeShape, type Places, type Roster } from '#libs/contracts';
import { unverifiedPayload } from '#libs/envelope';
import type { District } from '#libs/tables';
import type { z } from 'zod';
import { CliError } from '../cli-error';
import { boxOf, UNMEASURED } from './plan-of';

/** What a bootstrap file or a running server knows of a district. `accounts` is empty where the server does not tell; the keys are the public ones, a demo's too. */
export interface KnownDistrict {
  readonly charters: readonly EnvelopeShape[];
  readonly rosters: readonly EnvelopeShape[];
  readonly accounts: readonly Pick<Bootstrap['accounts'][number], 'account' | 'person' | 'title'>[];
  readonly terminals: readonly (Omit<Bootstrap['terminals'][number], 'claimCodeHash' | 'resourceCode'> & { readonly resourceCode: string })[];
  readonly map: Bootstrap['map'];
  readonly places: Places;
}

/** The tables of a district as its signed documents say. Refuses (DOCUMENT) an envelope that holds something else. */
export function districtOf(known: KnownDistrict): District {
  const charters = known.charters.map((envelope) => payloadOf(envelope, charterSchema));
  const rosters = known.rosters.map((envelope) => payloadOf(envelope, rosterSchema));
  const officerKeys = new Map(charters.flatMap((charter) => charter.officers.map(({ person, key }) => [person, key.spki] as const)));
  const accounts = new Map(known.accounts.map((row) => [row.person, row]));
  return {
    areas: charters.flatMap((charter) => charter.areas.map((area) => ({
      ...area, tier: tierOf(charter, area), platform: charter.platform, box: boxOf(known.map.shapes.find((shape) => shape.area === area.id)?.polygon),
    }))),
    platforms: charters.map(({ platform, name, tier, parent, areas }) => ({ id: platform, name, tier, parent, areas: areas.map(({ id }) => id) })),
    units: rosters.flatMap(({ platform, units }) => units.map((unit) => ({ platform, ...unit }))),
    people: rosters.flatMap((roster) => roster.persons.map((person) => personOf(roster, person, accounts.get(person.id), officerKeys.get(person.id)))),
    terminals: known.terminals.map(({ id, name, platform, area, physicalCode, resourceCode, longitude, latitude, horns, households, naturalVillage, sim }) => ({
      id, name, platform, area, physicalCode, resourceCode, horns, households, naturalVillage, sim: sim ?? '',
      ...(longitude === UNMEASURED.longitude && latitude === UNMEASURED.latitude ? { longitude: null, latitude: null } : { longitude, latitude }),
    })),
    naturalVillages: known.places.naturalVillages,
    publicPlaces: known.places.publicPlaces,
  };
}

/**
 * A charter does not name an area's tier: one that lies below another of the same platform is a tier lower than that
 * one, any other has the platform's own.
 */
function tierOf(charter: Charter, area: Charter['areas'][number]): Charter['tier'] {
  const order = ['district', 'township', 'village'] as const;
  const above = charter.areas.find(({ id }) => id === area.parent);
  if (above === undefined) return charter.tier;
  return order[Math.min(order.indexOf(tierOf(charter, above)) + 1, order.length - 1)] ?? 'village';
}

function personOf(
  roster: Roster, person: Roster['persons'][number], account: KnownDistrict['accounts'][number] | undefined, officerKey: string | undefined,
): District['people'][number] {
  return {
    platform: roster.platform, unit: person.unit, id: person.id, roles: person.roles, title: account?.title ?? person.id, account: account?.account ?? person.id,
    keys: person.keys.map(({ spki }) => spki), officerKey: officerKey ?? '',
  };
}

function payloadOf<S extends z.ZodType>(envelope: EnvelopeShape, schema: S): z.output<S> {
  const read = schema.safeParse(unverifiedPayload(envelope));
  if (!read.success) throw new CliError('DOCUMENT', `${envelope.payloadType} does not hold what it says`);
  return read.data;
}
