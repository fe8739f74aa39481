import { covers } from '#libs/domain';
import { judgeContents, type VerifiedOrder } from './judge-order';
import { reachFault } from './reach-fault';
import { readOrder } from './read-order';
import { refuse, type Result } from './result';
import type { TrustState } from './trust-state';
import type { TerminalAssignment } from './verify-assignment';

/**
 * An order that was admitted here once and is read back from the terminal's disk: whose word it is, judged again as of
 * when it was dispatched, because whoever writes on that disk is nobody. What time and memory say is not asked anew.
 * Who has left since left it standing; one whose key no document here names any more keeps it silent.
 */
export function judgeKept(state: TrustState, value: unknown, { terminal, areas }: Pick<TerminalAssignment, 'terminal' | 'areas'>): Result<VerifiedOrder> {
  const then = withoutThoseWhoLeft(state);
  const read = readOrder(then, value);
  if (!read.ok) return read;
  const { dispatch } = read.value;
  const judged = judgeContents(then, read.value, dispatch.issuedAt);
  if (!judged.ok) return judged;
  const { message } = judged.value.message;
  if (!covers(dispatch.targets, terminal, areas) || !covers(message.targets, terminal, areas)) return refuse('REJ_NOT_TARGETED', 'targets');
  return reachFault(judged.value, { areas }) ?? judged;
}

function withoutThoseWhoLeft(state: TrustState): TrustState {
  const revoked = new Map([...state.revoked].map(([platform, entries]) => [platform, new Map([...entries].filter(([, { reason }]) => reason !== 'left'))] as const));
  return { ...state, revoked };
}
