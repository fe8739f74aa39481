import type { IncidentKind, PlatformId, RefusalCode, TerminalId } from '#libs/contracts';

/** A cause that was quiet for this long and comes back is a new incident: somebody has to look again. */
const SAME_CAUSE_MS = 60_000;
/** What a terminal kept in its spool longer than this is history: it witnesses no attack that goes on. */
const FRESH_MS = 5 * 60_000;
const MOST_TERMINALS = 700;
const MOST_EVIDENCE = 16;

/**
 * What a refusal says of whoever sent the command. `unproved`: nobody's key had to hold for it. `innocent`: a genuine
 * command meets it too, when clocks, documents, links or servers are behind. `telling`: no genuine command of a healthy
 * platform does. A code that is added has to be judged here.
 */
const REFUSALS: Readonly<Record<RefusalCode, 'unproved' | 'innocent' | 'telling'>> = {
  REJ_SIZE: 'unproved', REJ_RATE: 'unproved', REJ_SHAPE: 'unproved', REJ_TYPE: 'unproved', REJ_KEY_UNKNOWN: 'unproved', REJ_KEY_USAGE: 'unproved', REJ_KEY_WEAK: 'unproved',
  REJ_SIGNATURE: 'unproved', REJ_THRESHOLD: 'unproved', REJ_JSON: 'unproved', REJ_SCHEMA: 'unproved',
  // Two servers at once after a failover, documents or clocks behind, a terminal moved or off over a change.
  REJ_EPOCH: 'innocent', REJ_VERSIONS: 'innocent', REJ_VERSION_ROLLBACK: 'innocent', REJ_LINEAGE: 'innocent', REJ_WIDENS: 'innocent', REJ_KEY_REVOKED: 'innocent',
  REJ_CHARTER_EXPIRED: 'innocent', REJ_ROSTER_EXPIRED: 'innocent', REJ_NOT_YET: 'innocent', REJ_EXPIRED: 'innocent', REJ_TIME_UNKNOWN: 'innocent', REJ_TIME_STALE: 'innocent',
  REJ_POLICY_VERSION: 'innocent', REJ_MODE_TEST: 'innocent', REJ_STOPPED: 'innocent', REJ_RESUME: 'innocent', REJ_ISOLATED: 'innocent', REJ_RESTRICTED: 'innocent',
  REJ_NOT_TARGETED: 'innocent', REJ_MEDIA_MISSING: 'innocent', REJ_MEDIA_DIGEST: 'innocent', REJ_STREAM: 'innocent', REJ_DISK: 'innocent', REJ_TERMINAL: 'innocent', REJ_COUNTER: 'innocent', REJ_FULL: 'innocent',
  REJ_SEQ_OLD: 'telling', REJ_SEQ_REPLAY: 'telling', REJ_SEQ_JUMP: 'telling', REJ_ID_SEEN: 'telling', REJ_MESSAGE_DIGEST: 'telling', REJ_AUTHOR: 'telling', REJ_UNIT: 'telling',
  REJ_CEILING: 'telling', REJ_APPROVAL_DIGEST: 'telling', REJ_APPROVAL_DECISION: 'telling', REJ_APPROVAL_STEP: 'telling', REJ_APPROVAL_MISSING: 'telling',
  REJ_APPROVER_IS_AUTHOR: 'telling', REJ_APPROVER_REPEATED: 'telling', REJ_APPROVER_ROLE: 'telling', REJ_DISPLAYED: 'telling', REJ_POLICY: 'telling', REJ_VERIFICATION: 'telling', REJ_PERMIT: 'telling',
  REJ_WINDOW: 'telling', REJ_TARGETS_EXCEED: 'telling', REJ_DURATION: 'telling', REJ_REPEATS: 'telling', REJ_COMPLETED: 'telling', REJ_CONSENT: 'telling', REJ_CORRECTION: 'telling',
  REJ_AREA: 'telling', REJ_BLOCK_CHAIN: 'telling',
};

/** A security event with what the platform knows of it. */
export interface NoticedFact {
  /** Whose incident it is: of the terminal's platform. */
  readonly platform: PlatformId;
  readonly terminal: TerminalId | null;
  readonly kind: string;
  readonly code: string | null;
  /** Digest of what it is about. */
  readonly subject: string | null;
  readonly keyIds: readonly string[];
  /** When, by the terminal's word, Unix ms; 0 where it did not know the time. */
  readonly at: number;
  /** Whether what was refused is a dispatch that this server placed itself. */
  readonly isOwn: boolean;
  /**
   * Whose dispatcher key what was refused as a dispatch claims: a key that stands and that this server alone uses, so that
   * whatever else carries it was signed by somebody else. Null for anything else.
   */
  readonly signer: PlatformId | null;
  /** Whether the refused dispatch came with it and the signer's key holds over it. */
  readonly isProved: boolean;
}

/** Whether what is refused with this code carried a dispatcher key that held, and no genuine command of a healthy platform is. */
export function isTelling(code: string | null): boolean {
  return weightOf(code) === 'telling';
}

export interface Cause {
  readonly kind: IncidentKind;
  /** What tells two incidents of a kind apart on one platform: a key, a digest, a terminal. Never what an attacker may choose at will. */
  readonly cause: string;
  /** Set where somebody has used a valid dispatcher key who is not the platform: the key's owner. */
  readonly signer: PlatformId | null;
}

/** Events of what is so rather than of what happened: the incident stands from the one until the other. */
export const SIGNERS_SHORT = 'signers-short';
export const SIGNERS_ENOUGH = 'signers-enough';
export const PAPERS_EXPIRE = 'papers-expire';
export const PAPERS_RENEWED = 'papers-renewed';

/** Event: a terminal hears no signed time although the platform answers it (threat T32). */
export const NEWS_WITHHELD = 'news-withheld';

/** Event: the source of a living voice brought block after block that its grant does not cover. */
export const BLOCKS_REFUSED = 'live-blocks-refused';

/** The cause of a standing incident that an event says is over. */
export function endedBy(fact: Pick<NoticedFact, 'kind' | 'subject'>): Cause | undefined {
  if (fact.kind === PAPERS_RENEWED) return cause('papers-expire', fact.subject ?? '');
  return fact.kind === SIGNERS_ENOUGH ? cause('signers-short', '') : undefined;
}

/** The cause of an incident behind an event; undefined for what is none. */
export function causeOf(fact: NoticedFact): Cause | undefined {
  switch (fact.kind) {
    case 'sound-without-dispatch': return cause('sound-without-dispatch', fact.terminal ?? '');
    case 'receipt-without-dispatch': return cause('sound-without-dispatch', fact.subject ?? '');
    case 'clone':
    case 'counter-reused': return cause('clone', fact.terminal ?? '');
    case 'receipt-refused': return cause('forged-receipt', fact.terminal ?? '');
    case 'device-refused': return cause('device-refused', fact.terminal ?? '');
    case 'database-older':
    // One for all that the rounds over the logs find on a platform: whoever may write there plants as many rows as they like.
    case 'audit-fault': return cause('altered-record', '');
    case 'log-contradicted': return cause('altered-record', fact.subject ?? '');
    case 'api-refused': return fact.code === 'MESSAGE_ALTERED' ? cause('altered-record', fact.subject ?? '') : undefined;
    case 'refused': return refusedCause(fact);
    case BLOCKS_REFUSED: return cause('refused', '');
    // One for a platform: whoever holds a gateway does it to all of them.
    case NEWS_WITHHELD: return cause('withheld-news', '');
    case SIGNERS_SHORT: return cause('signers-short', '');
    case PAPERS_EXPIRE: return cause('papers-expire', fact.subject ?? '');
    default: return undefined;
  }
}

function refusedCause({ code, subject, isOwn, signer }: NoticedFact): Cause | undefined {
  const weight = weightOf(code);
  if (isOwn) return weight === 'telling' ? cause('replay', subject ?? '') : undefined;
  if (signer === null || weight !== 'telling') return cause('refused', '');
  const kind: IncidentKind = code === 'REJ_SEQ_JUMP' ? 'sequence-jump' : code === 'REJ_ID_SEEN' || code === 'REJ_SEQ_REPLAY' ? 'same-id' : 'misused-key';
  return { kind, cause: signer, signer };
}

function weightOf(code: string | null): 'unproved' | 'innocent' | 'telling' {
  return Object.entries(REFUSALS).find(([known]) => known === code)?.[1] ?? 'unproved';
}

function cause(kind: IncidentKind, what: string): Cause {
  return { kind, cause: what, signer: null };
}

/** One incident as it grows. Times are the platform's, Unix ms. */
export interface IncidentTrace {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  readonly terminals: readonly string[];
  /** Those of them that told of it while it happened. */
  readonly witnesses: readonly string[];
  readonly codes: readonly string[];
  readonly subjects: readonly string[];
  readonly keyIds: readonly string[];
}

/** Whether a new event of the same cause still belongs to it. What was altered stays so until somebody mends it, and is found again in each round. */
export function goesOn(incident: { readonly kind: IncidentKind; readonly lastAt: number; readonly state: 'open' | 'acknowledged' | 'closed' }, now: number): boolean {
  return incident.state !== 'closed' && (incident.kind === 'altered-record' || now - incident.lastAt <= SAME_CAUSE_MS);
}

/** The trace with one more event; its lists are bounded, its count is not. */
export function withFact(trace: IncidentTrace | undefined, fact: NoticedFact, now: number): IncidentTrace {
  const before: IncidentTrace = trace ?? { firstAt: now, lastAt: now, count: 0, terminals: [], witnesses: [], codes: [], subjects: [], keyIds: [] };
  const isFresh = fact.terminal !== null && fact.at > 0 && Math.abs(now - fact.at) <= FRESH_MS;
  return {
    firstAt: before.firstAt, lastAt: Math.max(before.lastAt, now), count: before.count + 1,
    terminals: withMore(before.terminals, [fact.terminal], MOST_TERMINALS),
    witnesses: withMore(before.witnesses, [isFresh ? fact.terminal : null], MOST_TERMINALS),
    codes: withMore(before.codes, [fact.code], MOST_EVIDENCE), subjects: withMore(before.subjects, [fact.subject], MOST_EVIDENCE),
    keyIds: withMore(before.keyIds, fact.keyIds, MOST_EVIDENCE),
  };
}

function withMore(known: readonly string[], more: readonly (string | null)[], most: number): readonly string[] {
  return [...new Set([...known, ...more.filter((one) => one !== null && one !== '')])].flatMap((one) => one ?? []).slice(0, most);
}
