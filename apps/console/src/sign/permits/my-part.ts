import type { Permit, PersonId } from '#libs/contracts';
import { isVerifiedSigning, PERMIT_SIGNERS } from '#libs/domain';
import type { HeldKey } from '../keys';
import { approversWith, isClerks, isSameSigner, type Holder, type SignedPermit } from './signed-permit';
import type { Village } from './villages';

export interface PermitKey {
  readonly held: HeldKey;
  /** Asks its owner: one of the two signatures at least is given so. */
  readonly verifies: boolean;
}

export type WhyNot = 'not-approver' | 'is-clerk' | 'has-signed' | 'complete' | 'over' | 'withdrawn' | 'refused' | 'no-key' | 'needs-verification';
export type PermitPart = { readonly kind: 'open'; readonly keys: readonly PermitKey[] } | { readonly kind: 'none'; readonly why: WhyNot };

interface Asked {
  readonly permit: Permit;
  readonly village: Village;
  readonly signers: readonly Holder[];
}

/** With which of these keys this person may sign, by the rosters that the page verified; said before anything is signed. */
export function myPart({ permit, village, signers }: Asked, me: PersonId, held: readonly HeldKey[], now: number): PermitPart {
  const no = (why: WhyNot): PermitPart => ({ kind: 'none', why });
  if (me === permit.clerk) return no('is-clerk');
  if (signers.some(({ person }) => person.id === me)) return no('has-signed');
  if (signers.length >= PERMIT_SIGNERS) return no('complete');
  if (permit.notAfter <= now) return no('over');
  if (!village.rosters.some(({ persons }) => persons.some(({ id, roles }) => id === me && roles.includes('approver')))) return no('not-approver');
  const usable = held.flatMap((one) => approversWith(village, one.record.keyId).filter(({ person }) => person.id === me).map((holder) => ({ held: one, holder })));
  if (usable.length === 0) return no('no-key');
  const others = usable.filter(({ holder }) => !isClerks(permit, village, holder));
  if (others.length === 0) return no('is-clerk');
  const own = others.filter(({ holder }) => !signers.some((signer) => isSameSigner(signer, holder)));
  if (own.length === 0) return no('has-signed');
  const keys = own.map((one) => ({ held: one.held, verifies: isVerifiedSigning(one.holder.key.alg) })).sort((a, b) => Number(b.verifies) - Number(a.verifies));
  const wantsVerified = signers.length > 0 && !signers.some(({ key }) => isVerifiedSigning(key.alg));
  const good = wantsVerified ? keys.filter(({ verifies }) => verifies) : keys;
  return good.length === 0 ? no('needs-verification') : { kind: 'open', keys: good };
}

/** The same of one that the platform keeps. */
export function myPartOf({ permit, village, signers, told }: SignedPermit, me: PersonId, held: readonly HeldKey[], now: number): PermitPart {
  if (told.state === 'withdrawn') return { kind: 'none', why: 'withdrawn' };
  if (told.refusal !== null && permit.value.notAfter > now) return { kind: 'none', why: 'refused' };
  return myPart({ permit: permit.value, village, signers }, me, held, now);
}
