import type { AreaDeclaration, Bootstrap, DayBand, KeyRecord, Person, PersonId, PlatformId, Role, Tier, Unit, UnitId } from '#libs/contracts';

/** One person of a platform: named by role and place, never by a person's name. */
export interface PlannedPerson {
  readonly id: PersonId;
  readonly account: string;
  readonly unit: UnitId;
  readonly roles: readonly Role[];
  readonly title: string;
  /** Whether the person also holds one of the platform's officer keys (and, for a township, of its villages). */
  readonly officer: boolean;
  /** Public keys that the tables name; where they do not, a demo makes a pair and a real district waits for one. */
  readonly keys?: readonly KeyRecord[];
  readonly officerKey?: KeyRecord;
}

export interface PlannedPlatform {
  readonly id: PlatformId;
  readonly parent: PlatformId | null;
  readonly tier: Tier;
  readonly name: string;
  readonly areas: readonly AreaDeclaration[];
  readonly units: readonly Unit[];
  readonly people: readonly PlannedPerson[];
  /** When what may wait does not sound here and below; China Standard Time. */
  readonly quietHours?: readonly DayBand[];
}

/** A terminal as the server expects it; its claim code is made when the district is set up. */
export type PlannedTerminal = Omit<Bootstrap['terminals'][number], 'claimCodeHash'>;

/**
 * A whole district before anybody has signed it: who and what there is. The demo district is one such plan, somebody's
 * imported tables are another; everything after it (documents, keys, bootstrap file) is the same for both.
 */
export interface DistrictPlan {
  /** Parents before children. */
  readonly platforms: readonly PlannedPlatform[];
  readonly terminals: readonly PlannedTerminal[];
  readonly map: Bootstrap['map'];
  readonly naturalVillages: NonNullable<Bootstrap['naturalVillages']>;
  readonly publicPlaces: NonNullable<Bootstrap['publicPlaces']>;
}

/** An officer's place: on which platform the person is at home. */
export interface PlannedOfficer { readonly home: PlannedPlatform; readonly person: PlannedPerson }

/** An administrator holds no signing key (design 2). */
export function holdsKey(person: { readonly roles: readonly Person['roles'][number][] }): boolean {
  return !person.roles.includes('administrator');
}

/** Who signs for a platform: its own officers; a village without any has its parent's (design 2). */
export function officersOf(plan: DistrictPlan, platform: PlannedPlatform): readonly PlannedOfficer[] {
  const own = platform.people.filter((person) => person.officer).map((person): PlannedOfficer => ({ home: platform, person }));
  if (own.length > 0 || platform.tier !== 'village') return own;
  const parent = plan.platforms.find(({ id }) => id === platform.parent);
  return parent === undefined ? [] : officersOf(plan, parent);
}
