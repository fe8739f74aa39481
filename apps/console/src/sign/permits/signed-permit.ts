import { permitSchema, type KeyRecord, type Permit, type PermitState, type PermitView, type Person } from '#libs/contracts';
import { PERMIT_SIGNERS, permitGroundFaults } from '#libs/domain';
import { openSigned, PageRefusal, verifyBy, type Opened, type Verdict } from '../trust';
import type { Village, Villages } from './villages';

/** Somebody under whose name a key stands in a roster that counts in the village. */
export interface Holder {
  readonly person: Person;
  readonly key: KeyRecord;
}

/** A permit of which everything was read from signed bytes; `told` alone is the platform's word. */
export interface SignedPermit {
  readonly permit: Opened<Permit>;
  readonly village: Village;
  readonly signers: readonly Holder[];
  readonly verdict: Verdict;
  /** By the roster that this page has verified. */
  readonly listed: boolean;
  readonly told: PermitView;
}

/**
 * Reads a permit from its very bytes and believes nothing that they and the rosters do not bear out. Refuses PAGE_DIGEST,
 * PAGE_WORDS_DIFFER, PAGE_PERMIT, PAGE_SIGNER and what `Villages` refuses.
 */
export async function readPermit(told: PermitView, villages: Villages, now: number): Promise<SignedPermit> {
  const permit = await openSigned('permit', told.envelope, permitSchema);
  if (told.digest !== permit.digest) throw new PageRefusal('PAGE_DIGEST', told.digest);
  const words = new Map<string, unknown>(Object.entries(told.permit));
  const differing = Object.entries(permit.value).filter(([field, value]) => JSON.stringify(words.get(field)) !== JSON.stringify(value)).map(([field]) => field);
  if (differing.length > 0) throw new PageRefusal('PAGE_WORDS_DIFFER', differing.join(', '));
  const village = await villages.verified(permit.value.platform);
  requireGround(permit.value, village, now);
  const { signers, verdict } = await signersOf(permit, village);
  const signedBy = signers.map(({ person }): string => person.id);
  if (told.refusal === null && [...told.signedBy].sort().join() !== [...signedBy].sort().join()) throw new PageRefusal('PAGE_WORDS_DIFFER', 'signedBy');
  return { permit, village, signers, told, verdict: verdict === 'holds' ? village.verdict : verdict, listed: village.rosters[0].permits?.includes(permit.digest) === true };
}

/** What no signature mends. Refuses PAGE_PERMIT, with the field. */
export function requireGround(permit: Permit, { charter, rosters: [own] }: Village, now: number): void {
  const [fault] = permitGroundFaults(charter, own, permit, now);
  if (fault !== undefined) throw new PageRefusal('PAGE_PERMIT', fault);
}

export function clerksOf({ persons }: Village['rosters'][0]): readonly Person[] {
  return persons.filter(({ roles }) => roles.includes('author'));
}

/** Approvers of the village and above it under whose name this key stands, unrevoked by their own roster or one above. */
export function approversWith({ rosters }: Village, keyId: string): readonly Holder[] {
  return rosters.flatMap(({ persons }, at) => {
    const isRevoked = rosters.slice(at).some(({ revocations }) => revocations.some((entry) => entry.keyId === keyId));
    return isRevoked ? [] : persons.filter(({ roles }) => roles.includes('approver')).flatMap((person) => person.keys.filter((key) => key.keyId === keyId).map((key) => ({ person, key })));
  });
}

/** Whether this would be the clerk's own signature, whatever name or suite the key stands under. */
export function isClerks({ clerk }: Permit, { rosters: [own] }: Village, { person, key }: Holder): boolean {
  return person.id === clerk || own.persons.some(({ id, keys }) => id === clerk && keys.some(({ spki }) => spki === key.spki));
}

/** Whether these are the same person or the same key under two names. */
export function isSameSigner(a: Holder, b: Holder): boolean {
  return a.person.id === b.person.id || a.key.spki === b.key.spki;
}

async function signersOf({ value, envelope }: Opened<Permit>, village: Village): Promise<{ readonly signers: readonly Holder[]; readonly verdict: Verdict }> {
  if (envelope.signatures.length > PERMIT_SIGNERS) throw new PageRefusal('PAGE_SIGNER', String(envelope.signatures.length));
  const signers: Holder[] = [];
  let verdict: Verdict = 'holds';
  for (const { keyid } of envelope.signatures) {
    const [holder] = approversWith(village, keyid);
    const given = holder === undefined ? 'fails' : await verifyBy(holder.key, envelope);
    if (holder === undefined || given === 'fails' || isClerks(value, village, holder) || signers.some((one) => isSameSigner(one, holder))) throw new PageRefusal('PAGE_SIGNER', keyid.slice(0, 16));
    if (given === 'unknown') verdict = given;
    signers.push(holder);
  }
  return { signers, verdict };
}

/** Where it stands, by signatures, roster and time as this page knows them; that it was withdrawn or is refused is the platform's word. */
export function standingOf({ permit: { value }, signers, listed, told }: SignedPermit, now: number): PermitState | 'not-begun' {
  if (told.state === 'withdrawn') return 'withdrawn';
  if (value.notAfter <= now) return 'expired';
  if (told.refusal !== null) return 'refused';
  if (signers.length < PERMIT_SIGNERS) return 'half-signed';
  if (!listed) return 'signed';
  return value.notBefore > now ? 'not-begun' : 'in-force';
}
