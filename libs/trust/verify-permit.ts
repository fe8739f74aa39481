import { permitSchema, type Digest, type KeyId, type KeyRecord, type Permit, type PersonId } from '#libs/contracts';
import { isVerifiedSigning, PERMIT_SIGNERS, permitFaults, permitGroundFaults, type PermitGround } from '#libs/domain';
import { attest } from './attest';
import { openEnvelope, payloadReader, type OpenedEnvelope } from './open-envelope';
import type { ReadOrder } from './read-order';
import { ok, refuse, type Refused, type Result } from './result';
import { isRevoked, lineageOf, type HolderOf, type TrustState } from './trust-state';
import type { VerifiedMessage } from './verify-message';

const readPermit = payloadReader(permitSchema);

/** A permit with genuine signatures of approvers, each another person; whether they suffice is `verifyPermit`. */
export interface SignedPermit {
  readonly permit: Permit;
  /** SHA-256 of the payload bytes, as roster, message and dispatch name it. */
  readonly digest: Digest;
  readonly signers: readonly { readonly person: PersonId; readonly keyId: KeyId; readonly alg: KeyRecord['alg'] }[];
}

/**
 * A permit as far as it is signed: one or two signatures, all of which hold, each by an approver of the village or of a
 * platform above it, with a key that is not revoked, none of them the clerk, who is an author of the village. Nothing
 * stands in it for longer than a roster does.
 */
export function openPermit(state: TrustState, value: unknown, now: number): Result<SignedPermit> {
  const opened = openEnvelope(value, 'permit', state.cache);
  if (!opened.ok) return opened;
  if (opened.value.envelope.signatures.length > PERMIT_SIGNERS) return refuse('REJ_SHAPE', 'signatures');
  const holders = attest(state, opened.value, 'person');
  if (!holders.ok) return holders;
  const parsed = readPermit(opened.value, state.cache);
  if (!parsed.ok) return parsed;
  const permit = parsed.value;
  const [fault] = permitRefusals(state, permit, now);
  if (fault !== undefined) return fault;
  const signers = signersOf(state, permit, opened.value, holders.value);
  return signers.ok ? ok({ permit, digest: opened.value.digest, signers: signers.value.map(({ person, key }) => ({ person: person.id, keyId: key.keyId, alg: key.alg })) }) : signers;
}

/** A permit that two approvers signed, one of them at least with user verification or from the command line. */
export function verifyPermit(state: TrustState, value: unknown, now: number): Result<SignedPermit> {
  const opened = openPermit(state, value, now);
  if (!opened.ok) return opened;
  if (opened.value.signers.length < PERMIT_SIGNERS) return refuse('REJ_THRESHOLD', 'signatures');
  return opened.value.signers.some(({ alg }) => isVerifiedSigning(alg)) ? opened : refuse('REJ_VERIFICATION', 'signatures');
}

/**
 * The permit under which an order has no approvals; null of an order that names none. The clerk's own signed bytes name
 * it as the dispatch does, so that nobody puts on the air under a permit what its author handed in to be approved; the
 * roster in force lists it; and the message keeps inside it.
 */
export function judgePermit(state: TrustState, { dispatch, permit: value }: ReadOrder, { message, roster }: VerifiedMessage, now: number): Result<SignedPermit | null> {
  if (message.permit !== dispatch.permit) return refuse('REJ_PERMIT', 'permit');
  if (dispatch.permit === undefined) return value === undefined ? ok(null) : refuse('REJ_PERMIT', 'permit');
  const verified = verifyPermit(state, value, now);
  if (!verified.ok) return refuse(verified.code, `permit${verified.at === undefined ? '' : `.${verified.at}`}`);
  const { permit, digest } = verified.value;
  if (digest !== dispatch.permit) return refuse('REJ_PERMIT', 'permit');
  if (roster.permits?.includes(digest) !== true) return refuse('REJ_PERMIT', 'roster');
  const [fault] = permitFaults(permit, message, dispatch);
  return fault === undefined ? verified : refuse('REJ_PERMIT', fault);
}

/** Everything for which a permit is refused whoever signs it, in the order in which verifiers name it; empty when nothing is. */
export function permitRefusals(state: TrustState, ground: PermitGround, now: number): readonly Refused[] {
  const charter = state.charters.get(ground.platform)?.value;
  const roster = state.rosters.get(ground.platform)?.value;
  if (charter === undefined || roster === undefined) return [refuse('REJ_LINEAGE', 'platform')];
  return permitGroundFaults(charter, roster, ground, now).map((fault) => refuse(fault === 'issuedAt' ? 'REJ_NOT_YET' : 'REJ_PERMIT', fault));
}

/** Who signed: distinct persons with distinct keys; one key under two names is one signer. */
function signersOf(state: TrustState, permit: Permit, { envelope }: OpenedEnvelope, holders: readonly HolderOf<'person'>[]): Result<readonly HolderOf<'person'>[]> {
  const lineage = lineageOf(state, permit.platform);
  const clerkKeys = state.rosters.get(permit.platform)?.value.persons.find(({ id }) => id === permit.clerk)?.keys ?? [];
  const signers: HolderOf<'person'>[] = [];
  const seen = new Set<string>();
  for (const { keyid } of envelope.signatures) {
    const own = holders.filter(({ key, platform }) => key.keyId === keyid && lineage.includes(platform));
    if (own[0] === undefined) return refuse('REJ_KEY_USAGE', 'signatures');
    const standing = own.filter(({ platform }) => isRevoked(state, platform, keyid) === undefined);
    if (standing.length < own.length) return refuse('REJ_KEY_REVOKED', own[0].key.keyId);
    const signer = standing.find(({ person }) => person.roles.includes('approver'));
    if (signer === undefined) return refuse('REJ_APPROVER_ROLE', 'signatures');
    // Every name under which the key stands, and the key itself whatever its suite.
    const names = [...own.map(({ person }): string => person.id), signer.key.spki];
    if (names.some((name) => name === permit.clerk || clerkKeys.some(({ spki }) => spki === name))) return refuse('REJ_APPROVER_IS_AUTHOR', 'signatures');
    if (names.some((name) => seen.has(name))) return refuse('REJ_APPROVER_REPEATED', 'signatures');
    names.forEach((name) => seen.add(name));
    signers.push(signer);
  }
  return ok(signers);
}
