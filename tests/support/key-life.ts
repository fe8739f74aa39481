/** What a person's phone and an officer's page make: key requests, the next roster, signatures. */
import { digestSchema, keyIdSchema, keyRequestSchema, rosterSchema, type Digest, type KeyRequest, type Roster, type SignedKeyRequest } from '#libs/contracts';
import { keyRequestBytes, possessionBytes, rosterWithKeys, type KeyRenewal } from '#libs/domain';
import { encodePayload, fromBase64, pae, payloadTypeOf, toBase64 } from '#libs/envelope';
import { sha256Hex, type Signer } from '#libs/suites';
import type { Answer, Caller } from './platform-server';
import { personOf, platformOf, type TestKey } from './trust-builder';

/** The request of a person for this key, signed by it, unless `by` says who signed. */
export async function keyRequest(platform: string, person: string, key: TestKey, set: Partial<KeyRequest> & { readonly madeAt: number }, by: Signer = key.signer): Promise<SignedKeyRequest> {
  const request = keyRequestSchema.parse({ platform: platformOf(platform), person: personOf(person), key: key.record, replaces: null, reason: 'new', ...set });
  return { request, sig: toBase64(await by.sign(keyRequestBytes(request))) };
}

export function requestId({ request }: SignedKeyRequest): Digest {
  return digestSchema.parse(sha256Hex(keyRequestBytes(request)));
}

export interface HeldRoster { readonly roster: Roster; readonly digest: Digest }

/** The rosters in force, read from their bytes. */
export async function rostersInForce(officer: Caller): Promise<ReadonlyMap<string, HeldRoster>> {
  const { body } = await officer.get('/api/trust');
  return new Map((body.rosters as readonly { readonly payload: string }[]).map(({ payload }) => {
    const bytes = fromBase64(payload) ?? new Uint8Array();
    const roster = rosterSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return [roster.platform, { roster, digest: digestSchema.parse(sha256Hex(bytes)) }];
  }));
}

export interface DraftedPaper { readonly payload: string; readonly onto: Digest; readonly requests: readonly Digest[]; readonly digest: Digest }

/** The next roster with these keys, as an officer's page drafts it. */
export function draftPaper({ roster, digest: onto }: HeldRoster, renewals: readonly KeyRenewal[], now: number, requests: readonly Digest[] = []): DraftedPaper {
  const next = rosterWithKeys(roster, renewals, now);
  if (!next.ok) throw new Error(next.code);
  const bytes = encodePayload(next.roster);
  return { payload: toBase64(bytes), onto, requests, digest: digestSchema.parse(sha256Hex(bytes)) };
}

export async function signPaper({ digest, payload }: Pick<DraftedPaper, 'digest' | 'payload'>, by: Signer): Promise<{ readonly digest: string; readonly keyid: string; readonly sig: string }> {
  const sig = await by.sign(pae(payloadTypeOf('roster'), fromBase64(payload) ?? new Uint8Array()));
  return { digest, keyid: keyIdSchema.parse(by.key.keyId), sig: toBase64(sig) };
}

export async function keepPapers(officer: Caller, papers: readonly DraftedPaper[]): Promise<Answer> {
  return officer.post('/api/papers', { papers: papers.map(({ payload, onto, requests }) => ({ payload, onto, requests })) });
}

export async function signPapers(officer: Caller, papers: readonly Pick<DraftedPaper, 'digest' | 'payload'>[], by: Signer): Promise<Answer> {
  return officer.post('/api/papers/signatures', { signatures: await Promise.all(papers.map((paper) => signPaper(paper, by))) });
}

/** One tap a month. */
export async function provePossession(caller: Caller, platform: string, person: string, key: TestKey): Promise<Answer> {
  const { body: { challenge } } = await caller.post('/api/session/challenge', {});
  const keyId = key.record.keyId;
  return caller.post('/api/keys/possession', { keyId, challenge, sig: toBase64(await key.signer.sign(possessionBytes({ platform, person, keyId, challenge }))) });
}
