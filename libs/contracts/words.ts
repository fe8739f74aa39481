import { z } from 'zod';

/** Message classes, design 2; what each one may do stands in `libs/domain` (`CLASSES`). */
export const classSchema = z.enum(['emergency', 'advisory', 'notice', 'governance', 'daily']);
export const severitySchema = z.enum(['red', 'orange', 'yellow', 'blue', 'none']);
export const modeSchema = z.enum(['actual', 'drill', 'test']);
export const tierSchema = z.enum(['district', 'township', 'village']);
export const roleSchema = z.enum(['author', 'approver', 'stopper', 'duty', 'officer', 'auditor', 'administrator']);
export const volumeBandSchema = z.enum(['low', 'normal', 'high', 'full']);
export const whenPreemptedSchema = z.enum(['resume', 'drop']);
export const segmentRoleSchema = z.enum(['siren', 'chime', 'speech', 'recording']);
/** How far a drill goes (GD/J 082 table 3): on the platforms only; to the terminals, which check and answer but stay silent; or heard. */
export const drillKindSchema = z.enum(['platform', 'front-end', 'terminal']);
/** What takes a message back: it was wrong, or the danger is over. */
export const correctionKindSchema = z.enum(['correction', 'all-clear']);
/** Suites of which a program may hold the private key: a key file, a token, a signing service. */
export const softwareAlgSchema = z.enum(['ed25519', 'es256', 'sm2-sm3']);
export const algSchema = z.enum([...softwareAlgSchema.options, 'webauthn-es256']);
/** What a district chose at its root ceremony: `open` any suite, `gm` SM2 with SM3 in every role (ADR 0016). */
export const profileSchema = z.enum(['open', 'gm']);
/** A short answer to an attack, by a dispatcher; or an important period, by officers (design 4 "restriction"). */
export const restrictionKindSchema = z.enum(['posture', 'period']);
/**
 * What was tried against a platform. With a valid key that somebody else used: `misused-key`, `sequence-jump`, `same-id`.
 * `refused` proves nothing about who sent it.
 */
export const incidentKindSchema = z.enum([
  'refused', 'replay', 'misused-key', 'sequence-jump', 'same-id', 'sound-without-dispatch', 'clone', 'forged-receipt', 'device-refused', 'altered-record',
  /** No attack: too few people of a platform could sign at this moment. It ends by itself. */
  'signers-short',
  /** Terminals hear no signed time although they are answered: somebody in the path keeps it away. */
  'withheld-news',
  /** No attack: papers end within 90, 30 or 7 days or are past their end; the cause says who must sign. It ends by itself. */
  'papers-expire',
]);
export const incidentStateSchema = z.enum(['open', 'acknowledged', 'closed']);

/** Why a delivery failed: the closed list of design 2. */
export const failureReasonSchema = z.enum([
  'OFFLINE_POWER', 'OFFLINE_NET', 'SIM_ARREARS', 'NO_ACK', 'SIG_REJECT', 'FETCH_FAIL', 'AMP_FAULT', 'SILENT', 'MUTED',
  'PREEMPTED', 'QUIET_HOURS', 'BUSY_LOCAL', 'EXPIRED', 'INTERRUPTED', 'STOPPED', 'WITHDRAWN',
  /** Not a fault: a correction that need not sound because what it corrects never did; and upper tiers shut out for a while. */
  'NOT_HEARD', 'ISOLATED',
  /** A restriction keeps its class silent there for now, or asks for more signatures than it had. */
  'RESTRICTED',
]);

/** Why a terminal or a verifier refused an envelope: a closed list, in the order admit asks (facts 4b.4). */
export const refusalCodeSchema = z.enum([
  'REJ_SIZE', 'REJ_RATE',
  'REJ_SHAPE', 'REJ_TYPE',
  'REJ_KEY_UNKNOWN', 'REJ_KEY_USAGE', 'REJ_KEY_WEAK',
  'REJ_SIGNATURE', 'REJ_THRESHOLD',
  'REJ_JSON', 'REJ_SCHEMA',
  'REJ_EPOCH', 'REJ_SEQ_OLD', 'REJ_SEQ_REPLAY', 'REJ_SEQ_JUMP', 'REJ_ID_SEEN',
  'REJ_VERSIONS', 'REJ_VERSION_ROLLBACK', 'REJ_LINEAGE', 'REJ_WIDENS',
  'REJ_KEY_REVOKED', 'REJ_CHARTER_EXPIRED', 'REJ_ROSTER_EXPIRED',
  'REJ_NOT_YET', 'REJ_EXPIRED', 'REJ_TIME_UNKNOWN', 'REJ_TIME_STALE',
  'REJ_MESSAGE_DIGEST', 'REJ_AUTHOR', 'REJ_UNIT', 'REJ_CEILING', 'REJ_MODE_TEST',
  'REJ_APPROVAL_DIGEST', 'REJ_APPROVAL_DECISION', 'REJ_APPROVAL_STEP', 'REJ_APPROVAL_MISSING', 'REJ_APPROVER_IS_AUTHOR',
  'REJ_APPROVER_REPEATED', 'REJ_APPROVER_ROLE', 'REJ_DISPLAYED', 'REJ_POLICY', 'REJ_POLICY_VERSION', 'REJ_VERIFICATION', 'REJ_PERMIT',
  'REJ_WINDOW', 'REJ_TARGETS_EXCEED', 'REJ_DURATION', 'REJ_REPEATS',
  'REJ_COMPLETED', 'REJ_STOPPED',
  'REJ_CONSENT', 'REJ_CORRECTION', 'REJ_RESUME', 'REJ_ISOLATED', 'REJ_RESTRICTED',
  'REJ_NOT_TARGETED', 'REJ_AREA',
  'REJ_MEDIA_MISSING', 'REJ_MEDIA_DIGEST',
  /** Of a block of living voice: no such stream may sound here now; it does not follow the block it says. */
  'REJ_STREAM', 'REJ_BLOCK_CHAIN',
  'REJ_DISK', 'REJ_TERMINAL', 'REJ_COUNTER',
  /** No room for one more restriction of its kind, platform and area. */
  'REJ_FULL',
]);

/** The life of a message on the platform. */
export const messageStateSchema = z.enum(['submitted', 'returned', 'withdrawn', 'approved', 'dispatched', 'completed', 'stopped', 'expired']);
/** The life of one delivery: `queued -> sent -> acked -> audible -> done`, or `failed` with a reason (design 1.4). */
export const deliveryStateSchema = z.enum(['queued', 'sent', 'acked', 'audible', 'done', 'failed']);

export type IncidentKind = z.infer<typeof incidentKindSchema>;
export type IncidentState = z.infer<typeof incidentStateSchema>;
export type RestrictionKind = z.infer<typeof restrictionKindSchema>;
export type MessageClass = z.infer<typeof classSchema>;
export type Severity = z.infer<typeof severitySchema>;
export type Mode = z.infer<typeof modeSchema>;
export type Tier = z.infer<typeof tierSchema>;
export type Role = z.infer<typeof roleSchema>;
export type VolumeBand = z.infer<typeof volumeBandSchema>;
export type DrillKind = z.infer<typeof drillKindSchema>;
export type CorrectionKind = z.infer<typeof correctionKindSchema>;
export type SegmentRole = z.infer<typeof segmentRoleSchema>;
export type FailureReason = z.infer<typeof failureReasonSchema>;
export type Profile = z.infer<typeof profileSchema>;
export type RefusalCode = z.infer<typeof refusalCodeSchema>;
export type MessageState = z.infer<typeof messageStateSchema>;
export type DeliveryState = z.infer<typeof deliveryStateSchema>;
