import { keyRecordSchema, type Charter, type Policy, type Roster, type Tier } from '#libs/contracts';
import { encodePayload, type Envelope } from '#libs/envelope';
import { signEnvelope, type Signer } from '#libs/suites';
import type { DemoPlace } from './places';
import { demoUnits, type DemoPerson } from './people';

const DAY = 86_400_000;
const CLASSES: Charter['ceilings']['classes'] = ['emergency', 'advisory', 'notice', 'governance', 'daily'];

/** Emergency and advisory want two approvers, of a village for itself one (design 2 "policy"); a charter speaks of its tier and those below. */
const GUARDED: Readonly<Record<Tier, Charter['minimumApprovals']>> = {
  district: [...twoFor('district'), ...twoFor('township')], township: twoFor('township'), village: [],
};

function twoFor(tier: Tier): Charter['minimumApprovals'] {
  return [{ class: 'emergency', tier, approvals: 2 }, { class: 'advisory', tier, approvals: 2 }];
}

/** A person's officer key: apart from the key that the same person approves with. */
export interface Officer { readonly person: DemoPerson; readonly signer: Signer }

export async function signRoot(district: DemoPlace, holders: readonly Signer[], now: number): Promise<Envelope> {
  const payload = encodePayload({
    version: 1, district: district.id, demo: true, keys: holders.map((holder) => holder.key), threshold: 2, graceDays: 180,
    alwaysSounds: ['emergency'],
    issuedAt: now, expiresAt: now + 400 * DAY,
  });
  return signEnvelope('root', payload, holders.slice(0, 2));
}

export async function signCharter(place: DemoPlace, officers: readonly Officer[], signers: readonly Signer[], now: number): Promise<Envelope> {
  const charter: Charter = {
    platform: place.id, parent: place.parent, tier: place.tier, name: place.name,
    areas: [{ id: place.area, parent: place.parentArea, name: place.name, codes: [...place.codes] }],
    officers: officers.map(({ person, signer }) => ({ person: person.id, key: keyRecordSchema.parse(signer.key) })),
    threshold: 2,
    ceilings: { classes: CLASSES, severities: ['red', 'orange', 'yellow', 'blue', 'none'], modes: ['actual', 'drill', 'test'] },
    minimumApprovals: GUARDED[place.tier],
    version: 1, issuedAt: now, expiresAt: now + 400 * DAY,
  };
  return signEnvelope('charter', encodePayload(charter), [...signers]);
}

export interface RosterKeys { readonly dispatcher: Signer; readonly log: Signer; readonly of: (person: DemoPerson) => Signer | undefined }

export async function signRoster(
  place: DemoPlace, people: readonly DemoPerson[], keys: RosterKeys, policy: Policy, officers: readonly Officer[], now: number, quietHours: Roster['quietHours'] = [],
): Promise<Envelope> {
  const roster: Roster = {
    platform: place.id,
    units: demoUnits(place.tier).map((unit) => ({ ...unit, classes: [...unit.classes] })),
    persons: people.map((person) => {
      const signer = keys.of(person);
      return { id: person.id, unit: person.unit, roles: [...person.roles], keys: signer === undefined ? [] : [keyRecordSchema.parse(signer.key)] };
    }),
    dispatcher: keyRecordSchema.parse(keys.dispatcher.key),
    logKey: keyRecordSchema.parse(keys.log.key),
    policy, quietHours: [...quietHours], volumeHours: [], revocations: [], version: 1, issuedAt: now, expiresAt: now + 400 * DAY,
  };
  return signEnvelope('roster', encodePayload(roster), officers.map((officer) => officer.signer));
}
