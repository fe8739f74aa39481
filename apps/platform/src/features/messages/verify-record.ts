import type { Approval, Digest, PersonId } from '#libs/contracts';
import type { Signed } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { verifyApproval, verifyMessage, type TrustState, type VerifiedMessage } from '#libs/trust';
import { altered, refusalError } from './refusals';
import type { ApprovalRecord, MessageRecord } from './message.store';

/**
 * A database row is never authority (T61): what is stored is verified again from its signed bytes, and every column
 * that decided which row this is must agree with them. Throws the REJ_* code, or MESSAGE_ALTERED.
 */
export function verifyRecord(state: TrustState, record: MessageRecord, now: number): VerifiedMessage {
  const verified = verifyMessage(state, record.envelope, now);
  if (!verified.ok) throw refusalError(verified);
  const { message, digest } = verified.value;
  const agrees = digest === record.digest && message.id === record.id && message.platform === record.platform
    && message.author === record.author && message.notBefore === record.notBefore && message.notAfter === record.notAfter;
  if (!agrees) throw altered('the signed bytes name another message');
  return verified.value;
}

export interface StandingApproval {
  readonly envelope: Envelope;
  readonly digest: Digest;
  readonly approval: Approval;
  readonly signed: Signed;
}

/** The stored approvals of a verified message, verified again; returned messages have others that do not count. */
export function verifyApprovals(state: TrustState, message: VerifiedMessage, records: readonly ApprovalRecord[], now: number): readonly StandingApproval[] {
  return records.filter(({ decision }) => decision === 'approve').map((record) => {
    const verified = verifyApproval(state, record.envelope, message, now);
    if (!verified.ok) throw refusalError(verified);
    const { approval, digest, signed } = verified.value;
    const person: PersonId = approval.person;
    if (digest !== record.payloadDigest || person !== record.person || approval.decision !== record.decision || approval.step !== record.step) {
      throw altered('an approval is not what was signed');
    }
    return { envelope: record.envelope, digest, approval, signed };
  });
}
