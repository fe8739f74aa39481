/** What the platform answered to two requests that were sent at the same moment, and what stands afterwards. */
export interface RaceOutcome {
  /** `ACCEPTED`, or the code of the refusal, of each of the two. */
  readonly answers: readonly [string, string];
  readonly state: string;
  /** Persons whose approvals stand. */
  readonly approvals: readonly string[];
  /** Kinds of leaves about this message, in the order in which they were written. */
  readonly leaves: readonly string[];
  readonly dispatches: number;
}

/** Two people, or one twice, act on one held message at once. `b` names what of the two must come second where both are taken. */
export const RACES = [
  'one approver twice', 'two approvers for one place', 'two approvers for two places', 'approve and withdraw', 'approve and return', 'withdraw twice', 'submitted twice', 'another text under the same key', 'edited after submit',
] as const;
export type Race = (typeof RACES)[number];

/** What the second of the two may be told, because the first was faster. */
const TOO_LATE = ['STATE_CONFLICT', 'REJ_APPROVER_REPEATED', 'REJ_APPROVAL_STEP', 'MESSAGE_EXISTS', 'IDEMPOTENCY_KEY_REUSED', 'MESSAGE_KNOWN'];

/**
 * Whether the outcome is one that the two requests leave behind when one comes after the other, in either order: what was
 * taken, what stands and what the log tells agree. Undefined when it is; else what does not agree. Pure.
 */
export function historyFault(race: Race, { answers, state, approvals, leaves, dispatches }: RaceOutcome): string | undefined {
  const taken = answers.filter((answer) => answer === 'ACCEPTED').length;
  const says = `${answers.join(' and ')}; ${state}, ${approvals.length} approvals stand, log: ${leaves.join(' ')}`;
  const isOdd = answers.some((answer) => answer !== 'ACCEPTED' && !TOO_LATE.includes(answer));
  if (isOdd || taken === 0 || dispatches > 0 || new Set(approvals).size < approvals.length || !logTells(state, approvals.length, leaves)) return says;
  return LEGAL[race].some((legal) => legal.taken === taken && legal.state === state && legal.approvals === approvals.length) ? undefined : says;
}

interface Legal {
  readonly taken: number;
  readonly state: string;
  readonly approvals: number;
}

const LEGAL: Readonly<Record<Race, readonly Legal[]>> = {
  'one approver twice': [{ taken: 1, state: 'approved', approvals: 1 }],
  'two approvers for one place': [{ taken: 1, state: 'approved', approvals: 1 }],
  'two approvers for two places': [{ taken: 2, state: 'approved', approvals: 2 }],
  // The approval came first and was taken back, or it came too late.
  'approve and withdraw': [{ taken: 2, state: 'withdrawn', approvals: 1 }, { taken: 1, state: 'withdrawn', approvals: 0 }],
  'approve and return': [{ taken: 1, state: 'approved', approvals: 1 }, { taken: 1, state: 'returned', approvals: 0 }],
  'withdraw twice': [{ taken: 1, state: 'withdrawn', approvals: 0 }],
  'submitted twice': [{ taken: 1, state: 'submitted', approvals: 0 }, { taken: 2, state: 'submitted', approvals: 0 }],
  'another text under the same key': [{ taken: 1, state: 'submitted', approvals: 0 }],
  // What was submitted is frozen: the edit is another message, and the approval counts for the first alone.
  'edited after submit': [{ taken: 2, state: 'approved', approvals: 1 }],
};

/** The log holds one submission, as many approvals as stand, and ends as the state says. */
function logTells(state: string, approvals: number, leaves: readonly string[]): boolean {
  const count = (kind: string): number => leaves.filter((leaf) => leaf === kind).length;
  if (leaves[0] !== 'message.submitted' || count('message.submitted') !== 1 || count('approval.signed') !== approvals) return false;
  if (count('message.withdrawn') !== (state === 'withdrawn' ? 1 : 0) || count('approval.returned') !== (state === 'returned' ? 1 : 0)) return false;
  const last = leaves.at(-1);
  switch (state) {
    case 'submitted': return last === 'message.submitted' || last === 'approval.signed';
    case 'approved': return last === 'approval.signed';
    case 'withdrawn': return last === 'message.withdrawn';
    case 'returned': return last === 'approval.returned';
    default: return false;
  }
}
