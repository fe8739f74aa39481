import { charterSchema, envelopeSchema, revocationSchema, rootSchema, rosterSchema, trustViewSchema, type Charter, type EnvelopeShape, type PlatformId, type Revocation, type Roster } from '#libs/contracts';
import { parseEnvelope, parseStrictJson, type Envelope } from '#libs/envelope';
import { sha256Hex, verifiedSignatures, type Signer } from '#libs/suites';
import { applyDocument, trustFromRoot, type TrustState } from '#libs/trust';
import type { z } from 'zod';
import { CliError, EXIT } from './cli-error';
import type { Context } from './command';
import { readInputJson } from './files';

/** A roster as the server gave it: believed only once `checkSigners` vouched for it. */
export interface GivenRoster {
  readonly roster: Roster;
  readonly envelope: Envelope;
  readonly payload: Uint8Array;
  readonly charter: Charter;
  readonly view: TrustView;
}
export type TrustView = z.infer<typeof trustViewSchema>;

/**
 * The roster and charter of a platform that are in force, by what the server says. Refuses a platform that it does not show (PLATFORM_UNKNOWN).
 * `orFallen`: else the last roster that was, for an officer who revokes one key more; it counts for nothing.
 */
export async function rosterInForce(context: Context, platform: PlatformId, orFallen = false): Promise<GivenRoster> {
  const view = await context.api.get('/api/trust', trustViewSchema);
  const roster = [...view.rosters, ...(orFallen ? view.fallen ?? [] : [])].map((envelope) => read(envelope, rosterSchema)).find((held) => held?.value.platform === platform);
  const charter = view.charters.map((envelope) => read(envelope, charterSchema)).find((held) => held?.value.platform === platform);
  if (roster === undefined || charter === undefined) throw new CliError('PLATFORM_UNKNOWN', `You see no roster of ${platform}; the platforms below your own are the ones you see`);
  return { roster: roster.value, envelope: roster.envelope, payload: roster.payload, charter: charter.value, view };
}

/**
 * Whether these officers may sign the next one. What is signed again is a whole roster with every person in it, and a
 * server could hand out one of its own making: so each of them must find their own signature on it, or it must hold under
 * the district's root as they brought it along.
 * Refuses NOT_AN_OFFICER, OFFICERS_TOO_FEW (persons are counted, not keys), ROSTER_NOT_YOURS.
 */
export function checkSigners(given: GivenRoster, signers: readonly Signer[], root: TrustState | undefined): void {
  const { roster, envelope, payload, charter } = given;
  const persons = new Set(signers.map(({ key }) => {
    const officer = charter.officers.find((known) => known.key.keyId === key.keyId);
    if (officer === undefined) throw notAnOfficer(key.keyId, roster.platform);
    return officer.person;
  }));
  if (persons.size < charter.threshold) {
    throw new CliError('OFFICERS_TOO_FEW', `${roster.platform} wants ${charter.threshold} officers, and these keys are of ${persons.size}: --key FILE, once for each`, EXIT.refused);
  }
  const signed = new Set(verifiedSignatures(envelope, payload, signers.map(({ key }) => key)).map(({ keyId }) => keyId));
  const stranger = signers.find(({ key }) => !signed.has(key.keyId));
  if (root === undefined ? stranger === undefined : holdsUnder(root, given)) return;
  throw new CliError('ROSTER_NOT_YOURS', `${root !== undefined ? `Roster ${roster.version} of ${roster.platform} does not hold under this root`
    : `Roster ${roster.version} of ${roster.platform} does not carry the signature of ${stranger?.key.keyId.slice(0, 16)}: bring the district's root along with --root FILE, or let those sign who signed it`}`, EXIT.refused);
}

/** A person's own key and the same person's officer's key are two files of one name, so which kind is wanted is said. */
export function notAnOfficer(keyId: string, where: string): CliError {
  return new CliError('NOT_AN_OFFICER', `The key ${keyId.slice(0, 16)} is no officer's of ${where}. Officers sign with a key file of their own, not with the one that they sign messages with (the demo's lie in ~/.clarion-demo/officers, not in people) / 须用管理员密钥文件`);
}

/** Whose word the roster is: it holds under the root that the officer brought, the officer signed it, or the server says so. */
export function vouchedBy(given: GivenRoster, signer: Signer | undefined, root: TrustState | undefined): 'root' | 'own signature' | 'server' {
  if (root !== undefined) return holdsUnder(root, given) ? 'root' : 'server';
  return signer !== undefined && isSignedBy(given.envelope, given.payload, signer) ? 'own signature' : 'server';
}

/**
 * The list of revoked keys of the platform that is in force, for an officer who will sign it again with one key more: a
 * server could put keys on it that nobody revoked. So it must hold under the root that the officer brought, or carry the
 * officer's own signature; none at all is believed, since a list that is shorter than the one in force is taken by nobody.
 * Refuses NOT_AN_OFFICER, LIST_NOT_YOURS.
 */
export function revocationInForce({ view, roster: { platform } }: GivenRoster, signer: Signer, root: TrustState | undefined): Revocation | undefined {
  const held = view.revocations.map((envelope) => read(envelope, revocationSchema)).find((list) => list?.value.platform === platform);
  const charter = chartersOf(view, root).find((one) => one.platform === platform);
  if (charter?.officers.some(({ key }) => key.keyId === signer.key.keyId) !== true) {
    throw notAnOfficer(signer.key.keyId, `${platform}${root === undefined ? '' : ' by what holds under this root'}`);
  }
  if (held === undefined) return undefined;
  if (root === undefined ? isSignedBy(held.envelope, held.payload, signer) : trustUnder(root, view).revocations.get(platform)?.digest === sha256Hex(held.payload)) return held.value;
  throw new CliError('LIST_NOT_YOURS', root === undefined
    ? `Revocation ${held.value.version} of ${platform} (${held.value.entries.length} keys) does not carry your signature, and the server alone vouches for it: bring the district's root along with --root FILE`
    : `Revocation ${held.value.version} of ${platform} does not hold under this root`);
}

function isSignedBy(envelope: Envelope, payload: Uint8Array, { key }: Signer): boolean {
  return verifiedSignatures(envelope, payload, [key]).length > 0;
}

/** The district's root from a file that an officer has from elsewhere than this server; refuses what is none (ROOT_FILE). */
export function readRoot(file: string): TrustState {
  const given = envelopeSchema.safeParse(readInputJson(file));
  const root = given.success ? read(given.data, rootSchema) : undefined;
  const trust = root === undefined ? undefined : trustFromRoot(root.envelope, { demo: root.value.demo });
  if (trust?.ok !== true) throw new CliError('ROOT_FILE', `${file} holds no root that its own keys signed`, EXIT.usage);
  return trust.value;
}

/** Root rotations, charters, rosters and revocations as the server gave them, each judged under those before; whatever is refused counts for nothing. */
export function trustUnder(root: TrustState, view: TrustView): TrustState {
  return walked(root, [view.root, ...view.charters, ...view.rosters, ...view.revocations]);
}

/** What of these documents holds, one on top of the other; whatever is refused counts for nothing. */
export function walked(from: TrustState, documents: readonly unknown[]): TrustState {
  return documents.reduce((state: TrustState, document) => {
    const next = applyDocument(state, document, null);
    return next.ok ? next.value : state;
  }, from);
}

/** The charters that hold under the root that an officer brought; without one, those that the server gives, by its word. */
export function chartersOf(view: TrustView, root: TrustState | undefined): readonly Charter[] {
  if (root !== undefined) return [...trustUnder(root, view).charters.values()].map(({ value }) => value);
  return view.charters.flatMap((envelope) => read(envelope, charterSchema)?.value ?? []);
}

function holdsUnder(root: TrustState, { roster, payload, view }: GivenRoster): boolean {
  return trustUnder(root, view).rosters.get(roster.platform)?.digest === sha256Hex(payload);
}

function read<S extends z.ZodType>(given: EnvelopeShape, schema: S): { readonly value: z.output<S>; readonly envelope: Envelope; readonly payload: Uint8Array } | undefined {
  const parsed = parseEnvelope(given);
  const json = parsed.ok ? parseStrictJson(parsed.payload) : undefined;
  if (!parsed.ok || json?.ok !== true) return undefined;
  const value = schema.safeParse(json.value);
  return value.success ? { value: value.data, envelope: parsed.envelope, payload: parsed.payload } : undefined;
}
