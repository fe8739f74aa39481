import { approvalSchema, messageSchema, type Message, type MessageId, type MessageView, type StepView } from '#libs/contracts';
import { messageDurationMs, openSteps, ruleFor, type Signed } from '#libs/domain';
import { fromBase64, unverifiedPayload } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { papersStage, policyFactsOf, type TrustState } from '#libs/trust';
import { NOT_ON_AIR, type AirRecord } from './followers';
import type { ApprovalRecord, CorrectionRecord, MessageRecord } from './message.store';

/**
 * The message inside a stored envelope, for showing it; undefined when the bytes are not those of its digest any more or
 * cannot be read. It was verified when it was stored; who acts on it verifies again.
 */
export function messageIn(record: Pick<MessageRecord, 'digest' | 'envelope'>): Message | undefined {
  const bytes = fromBase64(record.envelope.payload);
  if (bytes === undefined || sha256Hex(bytes) !== record.digest) return undefined;
  const parsed = messageSchema.safeParse(unverifiedPayload(record.envelope));
  return parsed.success ? parsed.data : undefined;
}

/** States of what went on the air. */
const AIRED: ReadonlySet<string> = new Set(['dispatched', 'completed', 'stopped']);

/** What else is known of a message: its signatures, what takes it back, what became of it on the air. */
export interface MessageLife {
  readonly approvals: readonly ApprovalRecord[];
  readonly corrections: readonly CorrectionRecord[];
  /** Of a correction, the message that it takes back. */
  readonly correctionOf: MessageId | null;
  readonly air: AirRecord | undefined;
  /** What it says again, as far as that is in reach. */
  readonly saidBefore: MessageView['saidBefore'];
  /** When it is looked at, Unix ms. */
  readonly now: number;
}

/** A message as people see it: its words from the signed bytes, its life from the database, its steps by the policy in force. */
export function messageView(state: TrustState, record: MessageRecord, message: Message, { approvals, corrections, correctionOf, now, saidBefore, air = NOT_ON_AIR }: MessageLife): MessageView {
  const charter = state.charters.get(record.platform)?.value;
  const roster = state.rosters.get(record.platform)?.value;
  const [said] = message.texts;
  return {
    id: record.id,
    messageDigest: record.digest,
    platform: record.platform,
    tier: charter?.tier ?? 'village',
    unit: message.unit,
    author: record.author,
    class: message.class,
    severity: message.severity,
    mode: message.mode,
    title: said?.title ?? '',
    text: said?.text ?? '',
    eventType: message.eventType,
    sourceUnit: message.sourceUnit,
    sourceRef: message.sourceRef,
    drill: message.drill,
    corrects: message.corrects,
    corrections: message.corrections,
    correctionOf,
    correctedBy: corrections.flatMap(({ kind, given }) => (given === null ? [] : [{ kind, message: given.id, at: given.at }])),
    readings: message.readings,
    saidBefore,
    permit: message.permit ?? null,
    live: liveOf(message),
    state: record.state,
    hold: record.hold,
    policyVersion: roster?.policy.version ?? 1,
    steps: stepViews(state, record, message, approvals),
    submittedAt: record.submittedAt,
    approvedAt: record.approvedAt,
    // What went out after all, or was taken back, is not held back any more.
    notReleased: record.state === 'approved' || record.state === 'expired' ? record.notReleased : null,
    inGrace: message.class === 'emergency' && charter !== undefined && roster !== undefined && papersStage(state, charter, roster, record.approvedAt ?? now) === 'grace',
    notBefore: record.notBefore,
    notAfter: record.notAfter,
    durationMs: messageDurationMs(message),
    dispatches: [...air.dispatches],
    tally: air.tally,
  };
}

function liveOf({ body }: Message): MessageView['live'] {
  if (!('live' in body)) return null;
  const { delayMs, maxDurationMs, chime, held } = body.live;
  return { delayMs, maxDurationMs, opening: chime?.role ?? null, ...(held === undefined ? {} : { held }) };
}

function stepViews(state: TrustState, record: MessageRecord, message: Message, approvals: readonly ApprovalRecord[]): StepView[] {
  const charter = state.charters.get(record.platform)?.value;
  const roster = state.rosters.get(record.platform)?.value;
  // Whoever approved the message approved its corrections; under a permit its author speaks alone.
  if (message.corrects !== null || message.permit !== undefined) return [];
  const rule = charter === undefined || roster === undefined ? undefined : ruleFor(roster.policy, policyFactsOf(message, charter.tier));
  if (rule === undefined) return [];
  const given: Signed[] = approvals.filter(({ decision }) => decision === 'approve').map(({ person, step }) => {
    const holder = roster?.persons.find(({ id }) => id === person);
    return { person, step, roles: holder?.roles ?? [], unit: holder?.unit ?? message.unit, alg: 'ed25519' };
  });
  const open = record.state === 'submitted' ? openSteps(rule, given, 'before') : AIRED.has(record.state) ? openSteps(rule, given, 'after') : [];
  return rule.steps.map((step) => ({
    name: step.name,
    role: step.role,
    unit: step.unit,
    count: step.count,
    order: step.order,
    open: open.includes(step),
    signed: approvals.filter((approval) => approval.step === step.name)
      .map((approval) => ({ person: approval.person, decision: approval.decision, reason: reasonOf(approval), at: approval.receivedAt })),
  }));
}

function reasonOf({ envelope }: ApprovalRecord): string {
  const parsed = approvalSchema.safeParse(unverifiedPayload(envelope));
  return parsed.success ? parsed.data.reason : '';
}
