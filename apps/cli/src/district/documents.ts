import { keyRecordSchema, softwareKeyRecordSchema, type Charter, type PersonId, type Policy, type Profile, type Root, type Roster, type Tier } from '#libs/contracts';
import type { KeyRecord } from '#libs/suites';
import type { PlannedPlatform } from './plan';

const DAY = 86_400_000;
const VALID_DAYS = 400;
const GRACE_DAYS = 180;
/** Of the root's keys and of a platform's officers (design 4). */
export const THRESHOLD = 2;
const CLASSES: Charter['ceilings']['classes'] = ['emergency', 'advisory', 'notice', 'governance', 'daily'];

/** Emergency and advisory want two approvers, of a village for itself one (design 2 "policy"); a charter speaks of its tier and those below. */
const GUARDED: Readonly<Record<Tier, Charter['minimumApprovals']>> = {
  district: [...twoFor('district'), ...twoFor('township')], township: twoFor('township'), village: [],
};

function twoFor(tier: Tier): Charter['minimumApprovals'] {
  return [{ class: 'emergency', tier, approvals: 2 }, { class: 'advisory', tier, approvals: 2 }];
}

/** The anchor over these offline keys, two of which sign. */
export function rootOf(district: Pick<PlannedPlatform, 'id'>, keys: readonly KeyRecord[], { demo, profile }: { readonly demo: boolean; readonly profile: Profile }, now: number): Root {
  return {
    version: 1, district: district.id, demo, profile, keys: keys.map((key) => keyRecordSchema.parse(key)), threshold: THRESHOLD, graceDays: GRACE_DAYS, alwaysSounds: ['emergency'],
    issuedAt: now, expiresAt: now + VALID_DAYS * DAY,
  };
}

/** What the parent grants a platform; signed by the parent's officers, the district's by the root. */
export function charterOf(platform: PlannedPlatform, officers: readonly { readonly person: PersonId; readonly key: KeyRecord }[], now: number): Charter {
  return {
    platform: platform.id, parent: platform.parent, tier: platform.tier, name: platform.name,
    areas: platform.areas.map((area) => ({ ...area, codes: [...area.codes] })),
    officers: officers.map(({ person, key }) => ({ person, key: keyRecordSchema.parse(key) })),
    threshold: THRESHOLD,
    ceilings: { classes: CLASSES, severities: ['red', 'orange', 'yellow', 'blue', 'none'], modes: ['actual', 'drill', 'test'] },
    minimumApprovals: GUARDED[platform.tier],
    version: 1, issuedAt: now, expiresAt: now + VALID_DAYS * DAY,
  };
}

export interface RosterKeys { readonly dispatcher: KeyRecord; readonly log: KeyRecord; readonly of: (person: PersonId) => readonly KeyRecord[] }

/** A platform's people, keys and policy; signed by its own officers. */
export function rosterOf(platform: PlannedPlatform, keys: RosterKeys, policy: Policy, now: number): Roster {
  return {
    platform: platform.id,
    units: platform.units.map((unit) => ({ ...unit, classes: [...unit.classes] })),
    persons: platform.people.map(({ id, unit, roles }) => ({ id, unit, roles: [...roles], keys: keys.of(id).map((key) => keyRecordSchema.parse(key)) })),
    dispatcher: softwareKeyRecordSchema.parse(keys.dispatcher),
    logKey: softwareKeyRecordSchema.parse(keys.log),
    policy, quietHours: [...platform.quietHours ?? []], volumeHours: [], revocations: [], version: 1, issuedAt: now, expiresAt: now + VALID_DAYS * DAY,
  };
}
