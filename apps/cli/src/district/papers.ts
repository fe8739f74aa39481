import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { KeyRecord, Profile } from '#libs/contracts';
import { allowsSuite } from '#libs/domain';
import { encodePayload } from '#libs/envelope';
import { CliError, EXIT } from '../cli-error';
import type { Clock } from '../clock';
import { serverKey } from '../demo/key-folder';
import { writePrivate } from '../files';
import { charterOf, rosterOf } from './documents';
import { holdsKey, officersOf, type DistrictPlan } from './plan';
import { claimCode, readPolicy } from './set-up';

/** What a real district still has to do before it can be started. */
export interface PapersLeft {
  /** People without a public key: they cannot sign until their roster names one. */
  readonly withoutKey: readonly string[];
  /** Officers without their second key: no charter can be written that names them. */
  readonly withoutOfficerKey: readonly string[];
  readonly charters: number;
  readonly rosters: number;
}

/**
 * Writes a real district's papers for signing: payloads of charters and rosters exactly as they will be signed, where
 * the people's public keys are known; the lists of which terminal stands where, for the assignments that officers sign
 * once devices have enrolled; accounts without passwords; claim codes; and the server's own keys. Nothing here has any power until persons signed it.
 * Refuses (KEY_PROFILE) public keys that the district's profile does not take.
 */
export async function writePapers(out: string, plan: DistrictPlan, clock: Clock, profile: Profile): Promise<PapersLeft> {
  for (const { people } of plan.platforms) for (const { id, keys = [], officerKey } of people) {
    const foreign = [...keys, ...(officerKey === undefined ? [] : [officerKey])].find(({ alg }) => !allowsSuite(profile, alg));
    if (foreign !== undefined) throw new CliError('KEY_PROFILE', `${id} has a key of ${foreign.alg}, which profile ${profile} does not take`, EXIT.usage);
  }
  const now = clock.now();
  const policy = readPolicy();
  const withoutKey: string[] = [];
  const withoutOfficerKey = new Set<string>();
  let [charters, rosters] = [0, 0];
  for (const platform of plan.platforms) {
    const officers = officersOf(plan, platform).map(({ person }) => ({ person: person.id, key: person.officerKey }));
    for (const { person, key } of officers) if (key === undefined) withoutOfficerKey.add(person);
    const known = officers.flatMap(({ person, key }): { person: typeof person; key: KeyRecord }[] => (key === undefined ? [] : [{ person, key }]));
    if (known.length === officers.length) {
      writePrivate(join(out, 'to-sign', 'charters', `${platform.id}.json`), text(charterOf(platform, known, now)));
      charters += 1;
    }
    const missing = platform.people.filter((person) => holdsKey(person) && person.keys === undefined).map((person) => person.id);
    withoutKey.push(...missing);
    const keys = {
      dispatcher: (await serverKey(join(out, 'keys'), `${platform.id}.dispatcher`, profile)).key,
      log: (await serverKey(join(out, 'keys'), `${platform.id}.log`, profile)).key,
      of: (id: string) => platform.people.find((person) => person.id === id)?.keys ?? [],
    };
    if (missing.length === 0) {
      writePrivate(join(out, 'to-sign', 'rosters', `${platform.id}.json`), text(rosterOf(platform, keys, policy, now)));
      rosters += 1;
    }
    const own = plan.terminals.filter((terminal) => terminal.platform === platform.id);
    if (own.length > 0) writePrivate(join(out, 'to-sign', 'assignments', `${platform.id}.json`), text({ platform: platform.id, terminals: own.map(({ id, area, resourceCode, physicalCode }) => ({ terminal: id, physicalCode, areas: chainOf(plan, area), resourceCode })) }));
  }
  const claims = plan.terminals.map((terminal) => ({ terminal, code: claimCode(clock) }));
  writePrivate(join(out, 'claim-codes.csv'), `terminal,claim code\r\n${claims.map(({ terminal, code }) => `${terminal.id},${code}\r\n`).join('')}`);
  writePrivate(join(out, 'bootstrap-parts.json'), JSON.stringify({
    accounts: plan.platforms.flatMap((platform) => platform.people.map(({ account, id, title }) => ({ account, platform: platform.id, person: id, title }))),
    terminals: claims.map(({ terminal, code }) => ({ ...terminal, claimCodeHash: createHash('sha256').update(code).digest('hex') })),
    map: plan.map, naturalVillages: plan.naturalVillages, publicPlaces: plan.publicPlaces,
  }, null, 2));
  return { withoutKey, withoutOfficerKey: [...withoutOfficerKey], charters, rosters };
}

/** Exactly the bytes that are signed: strict JSON without blanks. */
function text(document: object): string {
  return Buffer.from(encodePayload(document)).toString('utf8');
}

/** The area and those above it, each with its parent, as an assignment names them. */
function chainOf(plan: DistrictPlan, area: string): readonly { readonly id: string; readonly parent: string | null }[] {
  const declared = plan.platforms.flatMap((platform) => platform.areas);
  const found = declared.find(({ id }) => id === area);
  if (found === undefined) return [];
  return [{ id: found.id, parent: found.parent }, ...(found.parent === null ? [] : chainOf(plan, found.parent))];
}
