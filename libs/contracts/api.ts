import { z } from 'zod';
import { liveBodySchema } from './body';
import { envelopeSchema } from './envelope-shape';
import {
  areaIdSchema, base64Schema, digestSchema, dispatchIdSchema, drillIdSchema, incidentIdSchema, isolateIdSchema, messageIdSchema, personIdSchema, plainText, platformIdSchema, restrictionIdSchema, stopIdSchema,
  terminalIdSchema, unitIdSchema, unixMsSchema, versionSchema,
} from './ids';
import { LIMITS } from './limits';
import { messageSchema, targetsSchema } from './trust';
import {
  classSchema, correctionKindSchema, deliveryStateSchema, drillKindSchema, failureReasonSchema, incidentKindSchema, incidentStateSchema, messageStateSchema, modeSchema, refusalCodeSchema, restrictionKindSchema, roleSchema,
  segmentRoleSchema, severitySchema, tierSchema, volumeBandSchema,
} from './words';

/**
 * The HTTP API, version 1. Every route stands under `/api`, takes and gives JSON unless it says otherwise, and wants
 * `Authorization: Bearer <token>` unless it is public. Commands take `Idempotency-Key` (a UUID).
 */

/** What every refusal looks like: a stable code, a sentence, every invalid field at once; never a stack. */
export const problemSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  fields: z.array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() })).optional(),
});

/** Claims of the access token: a compact Ed25519-signed token that the STOP process verifies offline. Times are Unix ms. */
export const tokenClaimsSchema = z.strictObject({
  typ: z.literal('clarion-access.v1'),
  session: z.string(),
  account: z.string(),
  person: personIdSchema,
  platform: platformIdSchema,
  tier: tierSchema,
  roles: z.array(roleSchema),
  issuedAt: unixMsSchema,
  expiresAt: unixMsSchema,
});

/** GET /api/areas: the declared areas below the caller's platform. */
export const areaViewSchema = z.strictObject({
  id: areaIdSchema, parent: areaIdSchema.nullable(), name: z.string(), codes: z.array(z.string()),
  platform: platformIdSchema, tier: tierSchema, terminals: z.int(), online: z.int(),
});

/** GET /api/platforms: platforms in the caller's scope. */
export const platformViewSchema = z.strictObject({
  id: platformIdSchema, parent: platformIdSchema.nullable(), tier: tierSchema, name: z.string(),
  charterVersion: versionSchema, rosterVersion: versionSchema, expiresAt: unixMsSchema,
});

/** POST /api/media, body: the audio file's bytes. GET /api/media/:sha256 gives the stored Ogg Opus. */
export const mediaViewSchema = z.strictObject({
  sha256: digestSchema, bytes: z.int(), durationMs: z.int(), role: segmentRoleSchema, name: z.string(),
  integratedCentiLufs: z.int(), truePeakCentiDbtp: z.int(),
});
/** GET /api/sounds: siren, chime and stock phrases that every terminal already has. */
export const soundViewSchema = mediaViewSchema.extend({ id: z.string() });

/**
 * POST /api/messages/:id/correct and /resume: a stopper's consent; the answer is the message's view. What is to be
 * signed stands in GET /api/messages/:id/consents.
 */
export const consentRequestSchema = z.strictObject({ consent: envelopeSchema });
/** GET /api/messages/:id/consents: the consents that a stopper may give now, as bytes to sign (`signedAt` is the server's time). */
export const consentOffersSchema = z.strictObject({
  offers: z.array(z.strictObject({
    kind: z.enum(['correction', 'all-clear', 'resume']), title: z.string(), text: z.string(), terminals: z.int(), payload: base64Schema, until: unixMsSchema,
    /** Corrections of the same message on the air now that this one ends: the later word counts. */
    ends: z.array(correctionKindSchema).default([]),
    /** Of the terminals, those whose own platforms shut it out for now: there it will be offered again afterwards. */
    isolated: z.int().default(0),
    /** Of the terminals, those where quiet hours keep it silent, and those where they put it off, by when they end. */
    quiet: z.int().default(0),
    postponed: z.array(z.strictObject({ until: unixMsSchema, terminals: z.int() })).default([]),
  })),
});
/** POST /api/isolates {isolate}; GET /api/isolates: those in force in the caller's scope. */
export const isolateRequestSchema = z.strictObject({ isolate: envelopeSchema });
export const isolateViewSchema = z.strictObject({
  isolateId: isolateIdSchema, platform: platformIdSchema, area: areaIdSchema, reason: z.string(), issuedAt: unixMsSchema, notAfter: unixMsSchema, terminals: z.int(),
  /** Classes of the tiers above that sound there all the same when they are meant (`root.alwaysSounds`). */
  stillSounds: z.array(classSchema).default([]),
});
/** POST /api/restrictions {restriction}; GET /api/restrictions: those that have not ended, in the caller's scope. */
export const restrictionRequestSchema = z.strictObject({ restriction: envelopeSchema });
export const restrictionViewSchema = z.strictObject({
  restrictionId: restrictionIdSchema, platform: platformIdSchema, area: areaIdSchema, kind: restrictionKindSchema, classes: z.array(classSchema), approvals: z.int().nullable(),
  reason: z.string(), notBefore: unixMsSchema, notAfter: unixMsSchema, issuedAt: unixMsSchema, terminals: z.int(),
});
/** POST /api/drills: plans one. GET /api/drills: those of the caller's scope, newest first. A drill message names one and stays inside it. */
export const drillPlanSchema = z.strictObject({
  name: plainText(60).trim().min(1),
  kind: drillKindSchema,
  areas: z.array(z.string().min(1).max(64)).min(1).max(LIMITS.targetsAreas),
  opensAt: unixMsSchema,
  closesAt: unixMsSchema,
  /** What the public is told beforehand. */
  notice: plainText(LIMITS.textChars, 'lines').trim().min(1),
});
export const drillViewSchema = drillPlanSchema.extend({
  id: drillIdSchema, platform: platformIdSchema, areas: z.array(areaIdSchema), plannedBy: personIdSchema, plannedAt: unixMsSchema, cancelledAt: unixMsSchema.nullable(),
});
/** POST /api/messages/:id/approvals: one signature for one step; decision `return` sends it back. */
export const approveSchema = z.strictObject({ approval: envelopeSchema });
/** POST /api/messages/:id/withdraw by its author or an approver; an approved one is stopped as well. */
export const withdrawSchema = z.strictObject({ reason: plainText(200).default('') });
/** POST /api/messages/:id/dispatch: releases a held message, or sends one more dispatch to interrupted terminals. */
export const dispatchRequestSchema = z.strictObject({ terminals: targetsSchema.shape.terminals.default([]) });

/** Of a living voice: blocks that were taken, that came too late to be heard whole, that never came; `held`: said by the platform's own server. */
export const voiceTakenSchema = z.strictObject({ blocks: z.int().min(0), late: z.int().min(0), lost: z.int().min(0), held: z.literal(true).optional() });
export const tallySchema = z.strictObject({
  targeted: z.int(), queued: z.int(), sent: z.int(), acked: z.int(), audible: z.int(), done: z.int(), failed: z.int(),
  reasons: z.record(z.string(), z.int()),
  /** Of a living voice, all in all at the `terminals` whose receipts tell it; left out where none does. */
  voice: voiceTakenSchema.omit({ held: true }).extend({ terminals: z.int() }).optional(),
});
export const stepViewSchema = z.strictObject({
  name: z.string(), role: roleSchema, unit: unitIdSchema.nullable(), count: z.int(), order: z.int(), open: z.boolean(),
  signed: z.array(z.strictObject({ person: personIdSchema, decision: z.enum(['approve', 'return']), reason: z.string(), at: unixMsSchema })),
});
export const messageViewSchema = z.strictObject({
  id: messageIdSchema, messageDigest: digestSchema, platform: platformIdSchema, tier: tierSchema, unit: unitIdSchema, author: personIdSchema,
  class: classSchema, severity: severitySchema, mode: modeSchema, title: z.string(), text: z.string(), eventType: z.string(),
  sourceUnit: z.string().nullable(), sourceRef: z.string().nullable(),
  drill: messageSchema.shape.drill, corrects: correctionKindSchema.nullable(), corrections: messageSchema.shape.corrections,
  /** Of a correction on the air: the message that it takes back. */
  correctionOf: messageIdSchema.nullable().default(null),
  /** The corrections of it that were given, as messages of their own. */
  correctedBy: z.array(z.strictObject({ kind: correctionKindSchema, message: messageIdSchema, at: unixMsSchema })).default([]),
  readings: messageSchema.shape.readings,
  /** What it says again: when that was heard first (null: never), and the fields that are not the same now, the window apart. */
  saidBefore: z.strictObject({ message: messageIdSchema, digest: digestSchema, heardAt: unixMsSchema.nullable(), changed: z.array(z.string()) }).nullable().default(null),
  /** The live permit under which its author spoke alone. */
  permit: digestSchema.nullable().default(null),
  /** Of a living voice: how long after it is said it is heard, how long it lasts at most, and what opens it. */
  live: liveBodySchema.pick({ delayMs: true, maxDurationMs: true, held: true }).extend({ opening: segmentRoleSchema.nullable() }).nullable().default(null),
  state: messageStateSchema, hold: z.boolean(), policyVersion: versionSchema, steps: z.array(stepViewSchema),
  /** An emergency that only the grace carried when it was approved, or would carry now. Its `dispatch.placed` leaf says so for good. */
  inGrace: z.boolean().default(false),
  /** Why an approved message did not go out when it was due: the code of the refusal. TARGET_EMPTY is tried again until notAfter. */
  notReleased: z.string().nullable().default(null),
  submittedAt: unixMsSchema, approvedAt: unixMsSchema.nullable(), notBefore: unixMsSchema, notAfter: unixMsSchema, durationMs: z.int(),
  dispatches: z.array(z.strictObject({ dispatchId: dispatchIdSchema, startAt: unixMsSchema, issuedAt: unixMsSchema })),
  tally: tallySchema,
});
/** GET /api/messages/:id also carries the signed bytes, so that a signer hashes what it shows. */
export const messageDetailSchema = messageViewSchema.extend({
  envelope: envelopeSchema, approvals: z.array(envelopeSchema), correctionEnvelopes: z.array(envelopeSchema),
  /** While it waits: its terminals that a stop given since it was composed keeps silent for good. Who is to hear it there composes it again. */
  silenced: z.int().default(0),
  /** While it waits: the terminals that it would speak to now, and how many of them are connected. The platform's word, signed by nobody. */
  reach: z.strictObject({ terminals: z.int(), online: z.int() }).nullable().default(null),
});

/** GET /api/messages/:id/deliveries */
export const deliveryViewSchema = z.strictObject({
  dispatchId: dispatchIdSchema, terminal: terminalIdSchema, name: z.string(), platform: platformIdSchema, state: deliveryStateSchema,
  reason: failureReasonSchema.nullable(), refusal: refusalCodeSchema.nullable(), repetition: z.int(),
  onlineAtDispatch: z.boolean(), sentAt: unixMsSchema.nullable(), ackedAt: unixMsSchema.nullable(), audibleAt: unixMsSchema.nullable(),
  doneAt: unixMsSchema.nullable(), receivedAt: unixMsSchema.nullable(),
  /** Which correction of the message this row is about; null for the message itself. */
  corrects: correctionKindSchema.nullable().default(null),
  /** Whether its dispatch let a stopped message go on. */
  resumed: z.boolean().default(false),
  /** Whether a later dispatch of the same message to this terminal took its place. */
  superseded: z.boolean().default(false),
  /** Of a living voice, what the terminal says that it took; null before its end. */
  voice: voiceTakenSchema.nullable().default(null),
});

/** GET /api/receipts?message=&terminal=: the signed envelopes as they came. */
export const receiptViewSchema = z.strictObject({ terminal: terminalIdSchema, counter: z.int(), receivedAt: unixMsSchema, envelope: envelopeSchema });

/** GET /api/terminals */
export const terminalViewSchema = z.strictObject({
  id: terminalIdSchema, name: z.string(), platform: platformIdSchema, area: areaIdSchema, physicalCode: z.string(), resourceCode: z.string(),
  state: z.enum(['expected', 'enrolled', 'assigned', 'retired']), online: z.boolean(), since: unixMsSchema.nullable(),
  latitude: z.number(), longitude: z.number(), horns: z.int(), households: z.int(), naturalVillage: z.string(),
  health: z.unknown().nullable(), deviceKeyId: digestSchema.nullable(), assignmentVersion: z.int(),
  /** The loudest it shall be, emergency included, and the loudest it was signed to be, which is what it obeys; null without an assignment. */
  maxVolume: volumeBandSchema, signedMaxVolume: volumeBandSchema.nullable(),
});
/** GET /api/sim-cards: the SIM cards (ICCID) that the district's tables name, for those who issue terminals. */
export const simCardSchema = z.strictObject({ terminal: terminalIdSchema, sim: z.string() });
export type SimCard = z.infer<typeof simCardSchema>;
/** POST /api/assignments/draft: batches for an officer to sign, for enrolled terminals without a current assignment. */
export const assignmentDraftAnswerSchema = z.strictObject({ batches: z.array(z.strictObject({ platform: platformIdSchema, payload: base64Schema, terminals: z.int() })) });
/** POST /api/assignments */
export const documentsSchema = z.strictObject({ documents: z.array(envelopeSchema).min(1).max(200) });
/** POST /api/trust/documents, POST /api/revocations. `alsoFalls`: what falls because of it and is not replaced (`charter:<platform>`, `roster:<platform>`), exactly. */
export const trustDocumentsSchema = documentsSchema.extend({ alsoFalls: z.array(z.string().max(100)).max(2_000).optional() });
export const documentsAnswerSchema = z.strictObject({ accepted: z.int() });

/** GET /api/trust: the documents in force in the caller's scope, as signed. */
export const trustViewSchema = z.strictObject({
  root: envelopeSchema, charters: z.array(envelopeSchema), rosters: z.array(envelopeSchema), revocations: z.array(envelopeSchema),
  /** The last charter and roster of each platform where that one fell and nothing newer stands. They count for nothing: the next version is drafted from them. */
  fallen: z.array(envelopeSchema).optional(),
});

/** GET /api/trust/expiry: documents in scope that end within 90 days or have ended, the most urgent first, and who must sign the next one. */
export const expiryAlarmSchema = z.strictObject({
  word: z.enum(['root', 'charter', 'roster']), platform: platformIdSchema, version: versionSchema, expiresAt: unixMsSchema,
  /** In `grace` emergencies alone go on, and are marked. */
  stage: z.enum(['within-90', 'within-30', 'within-7', 'grace', 'over']),
  /** Negative once it has ended. */
  daysLeft: z.int(),
  threshold: z.int(),
  /** Persons whose signature counts; of a root and of the district's charter the ids of the root's keys. */
  signers: z.array(z.string()),
});

/** POST /stop on the STOP listener. Without `messages` it silences everything in the area (default: the caller's whole platform). */
export const stopRequestSchema = z.strictObject({
  area: areaIdSchema.optional(),
  messages: z.array(digestSchema).max(64).optional(),
  /** A stop already signed by a stopper, from the command line. */
  stop: envelopeSchema.optional(),
});
export const stopAnswerSchema = z.strictObject({
  stopId: stopIdSchema, issuedAt: unixMsSchema, stop: envelopeSchema,
  /** Terminals told that stand in the area. */
  written: z.int(),
  /** The listener's time: a stop for everything silences what was issued before its date, so a slow clock must be seen. */
  at: unixMsSchema.optional(),
  /** False while the file is not durable yet, or failed: it would not outlive a crash, and is not on record. */
  kept: z.boolean().default(true),
});

/** GET /api/on-air and the live feed `on-air`: what sounds where, by area. */
export const onAirSchema = z.strictObject({
  at: unixMsSchema,
  terminals: z.strictObject({ total: z.int(), online: z.int(), sounding: z.int() }),
  messages: z.array(messageViewSchema.pick({
    id: true, messageDigest: true, platform: true, class: true, severity: true, mode: true, title: true, state: true, tally: true,
    /** `live`: somebody speaks while it sounds. */
  }).extend({ live: z.boolean().default(false), startAt: unixMsSchema.nullable(), endsAt: unixMsSchema.nullable(), areas: z.array(areaIdSchema) })),
  areas: z.array(z.strictObject({ id: areaIdSchema, online: z.int(), total: z.int(), sounding: z.int() })),
  /** Drills of the next week over the caller's areas, whoever planned them: `soon` from ten minutes before, so that nobody takes one for real. */
  drills: z.array(drillViewSchema.pick({ id: true, platform: true, name: true, kind: true, areas: true, opensAt: true, closesAt: true }).extend({ phase: z.enum(['planned', 'soon', 'running']) })).default([]),
  /** Signatures that may follow the air and have not: in all, and of these those whose time is over. */
  lateSignatures: z.strictObject({ owed: z.int(), overdue: z.int() }).default({ owed: 0, overdue: 0 }),
});

/**
 * GET /api/time: the server's wall clock, and why terminals are not told it now. `since-start`: it lies `byMs` from the
 * last time that the server believed in before it started; `stepped`: somebody set it while the server ran.
 */
export const serverTimeSchema = z.strictObject({
  at: unixMsSchema,
  fault: z.strictObject({ kind: z.enum(['since-start', 'stepped']), byMs: z.int(), since: unixMsSchema }).nullable(),
});
/** POST /api/time/confirmation: what another clock says now, to the minute. */
export const timeConfirmationSchema = z.strictObject({ at: unixMsSchema });

/** GET /api/events: security events and refused commands, newest first. */
export const eventViewSchema = z.strictObject({
  id: z.string(), at: unixMsSchema, receivedAt: unixMsSchema, terminal: terminalIdSchema.nullable(), platform: platformIdSchema,
  kind: z.string(), code: z.string().nullable(),
  /** Digest of what it is about; of `audit-fault` the table and the row. */
  subject: z.string().nullable(), keyIds: z.array(z.string()), count: z.int(),
});

/**
 * GET /api/incidents and the live feed `incidents`: events of one cause on one platform, gathered while it goes on. POST
 * /api/incidents/:id/acknowledge and /close {note}: somebody has seen it, somebody has dealt with it.
 */
export const incidentViewSchema = z.strictObject({
  id: incidentIdSchema, platform: platformIdSchema, kind: incidentKindSchema,
  /** The platform whose dispatcher key somebody else used; else a terminal, a digest, or nothing. */
  cause: z.string(), state: incidentStateSchema,
  firstAt: unixMsSchema, lastAt: unixMsSchema, count: z.int(), terminals: z.array(terminalIdSchema),
  codes: z.array(z.string()), subjects: z.array(z.string()), keyIds: z.array(z.string()),
  /** Until when the platform's own answer keeps everyday classes silent there; null where it gave none. */
  postureUntil: unixMsSchema.nullable(),
  handledBy: z.string().nullable(), handledAt: unixMsSchema.nullable(), note: z.string(),
});
export const handleIncidentSchema = z.strictObject({ note: plainText(200).default('') });

/** GET /api/audit/heads and /api/audit/leaves?platform=&from=&count= */
export const leafViewSchema = z.strictObject({ seq: z.int(), kind: z.string(), leafHash: digestSchema, body: z.unknown() });

/** GET /api/map: schematic shapes; demo ones are invented and say so. */
export const mapSchema = z.strictObject({ note: z.string(), shapes: z.array(z.strictObject({ area: areaIdSchema, polygon: z.array(z.tuple([z.number(), z.number()])) })) });

export type Problem = z.infer<typeof problemSchema>;
export type TokenClaims = z.infer<typeof tokenClaimsSchema>;
export type AreaView = z.infer<typeof areaViewSchema>;
export type PlatformView = z.infer<typeof platformViewSchema>;
export type MediaView = z.infer<typeof mediaViewSchema>;
export type SoundView = z.infer<typeof soundViewSchema>;
export type VoiceTaken = z.infer<typeof voiceTakenSchema>;
export type Tally = z.infer<typeof tallySchema>;
export type StepView = z.infer<typeof stepViewSchema>;
export type MessageView = z.infer<typeof messageViewSchema>;
export type MessageDetail = z.infer<typeof messageDetailSchema>;
export type DeliveryView = z.infer<typeof deliveryViewSchema>;
export type TerminalView = z.infer<typeof terminalViewSchema>;
export type ConsentOffers = z.infer<typeof consentOffersSchema>;
export type IsolateView = z.infer<typeof isolateViewSchema>;
export type IncidentView = z.infer<typeof incidentViewSchema>;
export type RestrictionView = z.infer<typeof restrictionViewSchema>;
export type DrillPlan = z.infer<typeof drillPlanSchema>;
export type DrillView = z.infer<typeof drillViewSchema>;
export type StopRequest = z.infer<typeof stopRequestSchema>;
export type StopAnswer = z.infer<typeof stopAnswerSchema>;
export type OnAir = z.infer<typeof onAirSchema>;
export type ServerTime = z.infer<typeof serverTimeSchema>;
export type EventView = z.infer<typeof eventViewSchema>;
