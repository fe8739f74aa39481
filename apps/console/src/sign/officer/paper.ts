import { digestSchema, rosterSchema, type Digest, type KeyRequestView, type PaperView, type PlatformId, type Roster } from '#libs/contracts';
import { documentDifference, rosterWithKeys, rosterWithoutPermit, type Difference } from '#libs/domain';
import { encodePayload, fromBase64, parseStrictJson, payloadTypeOf } from '#libs/envelope';
import { areEqual, sha256Hex, type HeldKey } from '../keys';
import { verifyBy } from '../trust';
import type { InForce } from './in-force';

/** A roster to be signed, read from its very bytes by this page. */
export interface Paper {
  readonly platform: PlatformId;
  readonly version: number;
  readonly issuedAt: number;
  readonly payload: Uint8Array;
  readonly digest: Digest;
  readonly onto: Digest;
  readonly requests: readonly Digest[];
  /** What it changes; all of it where nobody here vouches for what is in force. */
  readonly differences: readonly Difference[];
  readonly against: { readonly version: number; readonly digest: string } | null;
  /** The roster in force is another one than this paper set out from. */
  readonly stale: boolean;
  /** Officers whose signatures over these very bytes hold here; what the platform says of it is not asked. */
  readonly signedBy: readonly string[];
  readonly threshold: number;
}

/** Why a page does not show a paper, or could not draft one. */
export class PaperFault extends Error {
  constructor(readonly code: string, detail = '') {
    super(detail);
    this.name = 'PaperFault';
  }
}

/** The next roster of a platform with the keys of these requests. Refuses with the code of `rosterWithKeys`. */
export async function draftPaper(inForce: InForce, requests: readonly KeyRequestView[], ids: readonly string[], now: number): Promise<Paper> {
  refuseFaulty(inForce);
  const next = rosterWithKeys(inForce.roster.value, requests.map(({ request }) => request), now);
  if (!next.ok) throw new PaperFault(next.code, next.person);
  const payload = encodePayload(next.roster);
  return paperOf(payload, next.roster, inForce, { onto: inForce.roster.digest, requests: ids.map((id) => digestSchema.parse(id)), signedBy: [] });
}

/** The next roster of a platform without this live permit. Refuses PERMIT_UNKNOWN. */
export async function draftWithoutPermit(inForce: InForce, permit: Digest, now: number): Promise<Paper> {
  refuseFaulty(inForce);
  const next = rosterWithoutPermit(inForce.roster.value, permit, Math.trunc(now));
  if (next === undefined) throw new PaperFault('PERMIT_UNKNOWN', permit.slice(0, 16));
  return paperOf(encodePayload(next), next, inForce, { onto: inForce.roster.digest, requests: [], signedBy: [] });
}

/** A paper that the platform keeps: its bytes are read here, whatever else is said of it. Refuses PAPER_BYTES. */
export async function readKept(view: PaperView, inForce: InForce): Promise<Paper> {
  refuseFaulty(inForce);
  const payload = fromBase64(view.payload);
  const json = payload === undefined ? undefined : parseStrictJson(payload);
  const roster = rosterSchema.safeParse(json?.ok === true ? json.value : undefined);
  if (payload === undefined || !roster.success || roster.data.platform !== inForce.charter.platform) throw new PaperFault('PAPER_BYTES', view.platform);
  const paper = await paperOf(payload, roster.data, inForce, { onto: view.onto, requests: view.requests, signedBy: await signersOf(view, inForce) });
  if (paper.digest !== view.digest) throw new PaperFault('PAPER_BYTES', view.digest.slice(0, 16));
  return paper;
}

async function paperOf(payload: Uint8Array, roster: Roster, { roster: held, charter, vouched }: InForce, { onto, requests, signedBy }: Pick<Paper, 'onto' | 'requests' | 'signedBy'>): Promise<Paper> {
  return {
    platform: roster.platform, version: roster.version, issuedAt: roster.issuedAt, payload, digest: digestSchema.parse(await sha256Hex(payload)), onto, requests, signedBy, threshold: charter.threshold,
    differences: documentDifference('roster', vouched ? held.value : null, roster, charter.tier),
    against: vouched ? { version: held.value.version, digest: held.digest } : null,
    stale: onto !== held.digest || roster.version !== held.value.version + 1,
  };
}

/** The officers of the charter, their keys not revoked by the roster in force, whose signatures over the paper hold. */
async function signersOf({ payload, signatures }: PaperView, { charter, roster }: InForce): Promise<readonly string[]> {
  const envelope = { payloadType: payloadTypeOf('roster'), payload, signatures };
  const revoked = new Set(roster.value.revocations.map(({ keyId }) => keyId));
  const signed = await Promise.all(charter.officers.filter(({ key }) => !revoked.has(key.keyId)).map(async ({ person, key }) => (await verifyBy(key, envelope) === 'holds' ? [person] : [])));
  return [...new Set(signed.flat())];
}

/**
 * Whether a person stands behind a paper that the platform keeps: another officer's signature holds, or it is to the byte
 * what this page drafts from the requests that this officer has compared. A session alone lays papers, and so does the platform.
 */
export function isVouched(paper: Paper, { roster }: InForce, compared: readonly KeyRequestView[], me: string): boolean {
  if (paper.signedBy.some((person) => person !== me)) return true;
  const own = rosterWithKeys(roster.value, compared.map(({ request }) => request), paper.issuedAt);
  return compared.length > 0 && own.ok && areEqual(encodePayload(own.roster), paper.payload);
}

function refuseFaulty({ fault, charter }: InForce): void {
  if (fault !== null) throw new PaperFault(fault.code, charter.platform);
}

/** The key of this browser that is an officer's of this platform, and whose it is. */
export function officerKey({ charter }: InForce, keys: readonly HeldKey[]): { readonly key: HeldKey; readonly person: string } | undefined {
  for (const key of keys) {
    const officer = charter.officers.find((one) => one.key.keyId === key.record.keyId);
    if (officer !== undefined) return { key, person: officer.person };
  }
  return undefined;
}
