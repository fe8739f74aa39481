import { digestSchema, rosterSchema, type Digest, type KeyRequestView, type PaperView, type PlatformId, type Roster } from '#libs/contracts';
import { documentDifference, rosterWithKeys, type Difference } from '#libs/domain';
import { encodePayload, fromBase64, parseStrictJson } from '#libs/envelope';
import { sha256Hex, type HeldKey } from '../keys';
import type { InForce } from './in-force';

/** A roster to be signed, read from its very bytes by this page. */
export interface Paper {
  readonly platform: PlatformId;
  readonly version: number;
  readonly payload: Uint8Array;
  readonly digest: Digest;
  readonly onto: Digest;
  readonly requests: readonly Digest[];
  /** What it changes; all of it where nobody here vouches for what is in force. */
  readonly differences: readonly Difference[];
  readonly against: { readonly version: number; readonly digest: string } | null;
  /** The roster in force is another one than this paper set out from. */
  readonly stale: boolean;
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

/** A paper that the platform keeps: its bytes are read here, whatever else is said of it. Refuses PAPER_BYTES. */
export async function readKept(view: PaperView, inForce: InForce): Promise<Paper> {
  refuseFaulty(inForce);
  const payload = fromBase64(view.payload);
  const json = payload === undefined ? undefined : parseStrictJson(payload);
  const roster = rosterSchema.safeParse(json?.ok === true ? json.value : undefined);
  if (payload === undefined || !roster.success || roster.data.platform !== inForce.charter.platform) throw new PaperFault('PAPER_BYTES', view.platform);
  const paper = await paperOf(payload, roster.data, inForce, view);
  if (paper.digest !== view.digest) throw new PaperFault('PAPER_BYTES', view.digest.slice(0, 16));
  return paper;
}

async function paperOf(payload: Uint8Array, roster: Roster, { roster: held, charter, vouched }: InForce, { onto, requests, signedBy }: Pick<PaperView, 'onto' | 'requests' | 'signedBy'>): Promise<Paper> {
  return {
    platform: roster.platform, version: roster.version, payload, digest: digestSchema.parse(await sha256Hex(payload)), onto, requests, signedBy, threshold: charter.threshold,
    differences: documentDifference('roster', vouched ? held.value : null, roster, charter.tier),
    against: vouched ? { version: held.value.version, digest: held.digest } : null,
    stale: onto !== held.digest || roster.version !== held.value.version + 1,
  };
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
