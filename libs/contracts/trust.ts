import { z } from 'zod';
import {
  areaIdSchema, digestSchema, dispatchIdSchema, drillIdSchema, durationMsSchema, isolateIdSchema, keyIdSchema, messageIdSchema, nonceSchema,
  personIdSchema, plainText, platformIdSchema, resourceCodeSchema, restrictionIdSchema, stopIdSchema, terminalIdSchema, unitIdSchema, unixMsSchema, versionSchema,
} from './ids';
import { bodySchema } from './body';
import { keyRecordSchema, softwareKeyRecordSchema } from './keys';
import { LIMITS } from './limits';
import { permitSchema, permitsListedSchema } from './permit';
import { eventSchema, headRefSchema, headSchema, receiptSchema } from './proof';
import {
  classSchema, correctionKindSchema, drillKindSchema, modeSchema, profileSchema, restrictionKindSchema, roleSchema, severitySchema,
  tierSchema, volumeBandSchema, whenPreemptedSchema,
} from './words';

/**
 * The signed payloads (design 4 "Types"). Each travels as the bytes inside a DSSE envelope whose payloadType is
 * `application/vnd.clarion.<word>.v1+json`; a field that is not named here is refused.
 */

/** The anchor: 2-of-3 offline keys. `demo` true is accepted only by demo installations, false only by real ones. */
export const rootSchema = z.strictObject({
  version: versionSchema,
  district: platformIdSchema,
  demo: z.boolean(),
  /** Never changes: another profile is another root. */
  profile: profileSchema,
  keys: z.array(keyRecordSchema).min(1).max(9),
  threshold: z.int().min(1).max(9),
  graceDays: z.int().min(0).max(366),
  /** Classes of which an isolated area still hears from above what is actual (design 4 "isolate"). */
  alwaysSounds: z.array(classSchema),
  issuedAt: unixMsSchema,
  expiresAt: unixMsSchema,
});

/** A declared area: parents are signed, codes are aliases, old ones included (design 2 "area"). */
export const areaDeclarationSchema = z.strictObject({
  id: areaIdSchema,
  parent: areaIdSchema.nullable(),
  name: plainText(60).min(1),
  codes: z.array(z.string().regex(/^[0-9]{12}$/)).min(1).max(8),
});

export const officerSchema = z.strictObject({ person: personIdSchema, key: keyRecordSchema });

/** What a parent grants a platform. Signed by the parent's officers at the parent's threshold; the district's by the root. */
export const charterSchema = z.strictObject({
  platform: platformIdSchema,
  parent: platformIdSchema.nullable(),
  tier: tierSchema,
  name: plainText(60).min(1),
  areas: z.array(areaDeclarationSchema).min(1).max(16),
  officers: z.array(officerSchema).min(1).max(8),
  threshold: z.int().min(1).max(8),
  ceilings: z.strictObject({
    classes: z.array(classSchema).min(1),
    severities: z.array(severitySchema).min(1),
    modes: z.array(modeSchema).min(1),
  }),
  /**
   * Approvals without the author, at least, per class and tier of origin: this platform's own tier and those below, so
   * that a district can hold itself to two and leave its villages one. A roster's policy may ask for more, never less.
   */
  minimumApprovals: z.array(z.strictObject({ class: classSchema, tier: tierSchema, approvals: z.int().min(1).max(8) })).refine(
    (rows) => new Set(rows.map((row) => `${row.class} ${row.tier}`)).size === rows.length,
    'two minimums for one class and tier',
  ),
  version: versionSchema,
  issuedAt: unixMsSchema,
  expiresAt: unixMsSchema,
});

const stepNameSchema = z.string().regex(/^[a-z][a-z-]{0,23}$/);

/** One step of the approval policy; steps with the same `order` are open side by side. */
export const policyStepSchema = z.strictObject({
  name: stepNameSchema,
  role: roleSchema,
  unit: unitIdSchema.nullable(),
  count: z.int().min(1).max(8),
  order: z.int().min(1).max(8),
  mayFollowAir: z.boolean(),
  dueHours: z.int().min(0).max(720),
});

/** The first rule that matches decides. Empty `severities` or `tiers` means any. */
export const policyRuleSchema = z.strictObject({
  classes: z.array(classSchema).min(1),
  severities: z.array(severitySchema),
  modes: z.array(modeSchema).min(1),
  tiers: z.array(tierSchema),
  minAreas: z.int().min(0).max(LIMITS.targetsAreas),
  steps: z.array(policyStepSchema).min(1).max(8).refine(
    (steps) => new Set(steps.map((step) => step.name)).size === steps.length,
    'two steps share a name: one signature would fill both',
  ),
  /** How many of the signatures must carry user verification or come from the command line. */
  verification: z.enum(['none', 'one', 'all']),
});
export const policySchema = z.strictObject({ version: versionSchema, rules: z.array(policyRuleSchema).min(1).max(32) });

export const unitSchema = z.strictObject({ id: unitIdSchema, name: plainText(60).min(1), classes: z.array(classSchema) });
export const personSchema = z.strictObject({
  id: personIdSchema,
  unit: unitIdSchema,
  roles: z.array(roleSchema).min(1),
  keys: z.array(keyRecordSchema).max(4),
});

/** Why a key no longer counts: `compromised` voids what it signed, `left` does not touch what was admitted. */
export const revocationEntrySchema = z.strictObject({ keyId: keyIdSchema, reason: z.enum(['compromised', 'left']), since: unixMsSchema });

/** A certificate by the SHA-256 of its DER (hex): of a server, or of the authority above it. */
export const revokedCertificateSchema = z.strictObject({ fingerprint: digestSchema, since: unixMsSchema });

const dayBand = {
  /** Minutes after midnight in China Standard Time (UTC+8, no summer time); a band with `from` after `to` goes over midnight. */
  fromMinute: z.int().min(0).max(1_439),
  /** The first minute outside; 1440 is midnight. */
  toMinute: z.int().min(1).max(1_440),
};
/** A part of every day. */
export const dayBandSchema = z.strictObject(dayBand);
/** The loudest that these classes may be in a part of the day. */
export const volumeHoursSchema = z.strictObject({ ...dayBand, classes: z.array(classSchema).min(1), volume: volumeBandSchema });

/** A platform's people, keys and policy. Signed by its own officers at the charter's threshold. */
export const rosterSchema = z.strictObject({
  platform: platformIdSchema,
  units: z.array(unitSchema).min(1).max(32),
  persons: z.array(personSchema).min(1).max(64),
  dispatcher: softwareKeyRecordSchema,
  logKey: softwareKeyRecordSchema,
  policy: policySchema,
  /** Nobody is woken for notice, governance or daily; the union over the lineage counts (design 5). */
  quietHours: z.array(dayBandSchema).max(4),
  /** Bounds the volume of classes by the hour; the quietest over the lineage counts. Emergency is not bounded. */
  volumeHours: z.array(volumeHoursSchema).max(8),
  /** Live permits that count: taken out of the list, one is withdrawn. Absent: none. */
  permits: permitsListedSchema.optional(),
  revocations: z.array(revocationEntrySchema).max(64),
  version: versionSchema,
  issuedAt: unixMsSchema,
  expiresAt: unixMsSchema,
});

/** Which terminal stands where. Signed by one officer of the platform, in batches; only a higher version is taken. */
export const assignmentSchema = z.strictObject({
  platform: platformIdSchema,
  issuedAt: unixMsSchema,
  terminals: z.array(z.strictObject({
    terminal: terminalIdSchema,
    deviceKeyId: keyIdSchema,
    /** Every area the terminal stands in, from its own up to the district's, each with its parent. */
    areas: z.array(z.strictObject({ id: areaIdSchema, parent: areaIdSchema.nullable() })).min(1).max(12),
    resourceCode: resourceCodeSchema,
    /** The loudest this terminal may ever be, emergency included: a horn under a hospital's window. */
    maxVolume: volumeBandSchema,
    version: versionSchema,
  })).min(1).max(100),
});

/** A language tag (BCP 47), for example `zh-CN`. */
export const languageSchema = z.string().max(35).regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/);
export const targetsSchema = z.strictObject({
  areas: z.array(areaIdSchema).max(LIMITS.targetsAreas),
  terminals: z.array(terminalIdSchema).max(LIMITS.targetsTerminals),
});

/** What a dispatch aims at; `heard` narrows it to terminals whose own journal says that this message sounded there. */
export const dispatchTargetsSchema = targetsSchema.extend({ heard: digestSchema.nullable() });

/** What is to be said, complete and frozen at submit; signed by its author. `messageDigest` = SHA-256 of these bytes. */
export const messageSchema = z.strictObject({
  id: messageIdSchema,
  platform: platformIdSchema,
  unit: unitIdSchema,
  author: personIdSchema,
  class: classSchema,
  severity: severitySchema,
  mode: modeSchema,
  /** Of a drill and of nothing else: the planned drill it belongs to, and how far it goes (GD/J 082 table 3, 3 to 5). */
  drill: z.strictObject({ plan: drillIdSchema, kind: drillKindSchema }).nullable(),
  /** Event type of the warning, for example a GD/J 082 event code or a word such as `rainstorm`. */
  eventType: plainText(40).min(1),
  texts: z.array(z.strictObject({
    language: languageSchema,
    title: plainText(LIMITS.titleChars).min(1),
    text: plainText(LIMITS.textChars, 'lines').min(1),
  })).min(1).max(8),
  /** How each number and place is read aloud. */
  readings: z.array(z.strictObject({ written: plainText(80).min(1), read: plainText(160).min(1) })).max(64),
  body: bodySchema,
  targets: targetsSchema,
  notBefore: unixMsSchema,
  notAfter: unixMsSchema,
  repeats: z.int().min(1).max(LIMITS.repeats),
  /** Silence between two repetitions, ms. */
  gapMs: z.int().min(0).max(60_000),
  volume: volumeBandSchema,
  whenPreempted: whenPreemptedSchema,
  issuedAt: unixMsSchema,
  sourceUnit: plainText(60).min(1).nullable(),
  sourceRef: plainText(80).min(1).nullable(),
  /** Digest of the message that this one ends at once; same platform only. */
  replaces: digestSchema.nullable(),
  /** What this message is to another one that lists it; such a message sounds by a correction only. Null for all others. */
  corrects: correctionKindSchema.nullable(),
  /** Messages that take this one back: approving this one approves them (design 4 "Correction"). */
  corrections: z.array(z.strictObject({ kind: correctionKindSchema, digest: digestSchema })).max(LIMITS.corrections),
  /** Digest of the message of the same platform that this one says again, for people to see; it gives nothing. */
  saysAgain: digestSchema.optional(),
  /** The live permit under which its author speaks alone, SHA-256 of its payload; absent: others approve it. */
  permit: digestSchema.optional(),
}).refine((message) => (message.mode === 'drill') === (message.drill !== null), 'a drill names its plan, and nothing else does')
  .refine((message) => message.corrects === null || message.corrections.length === 0, 'a correction has no correction');

/** One person's signature for one step of the policy over a message digest. */
export const approvalSchema = z.strictObject({
  messageDigest: digestSchema,
  platform: platformIdSchema,
  person: personIdSchema,
  step: stepNameSchema,
  decision: z.enum(['approve', 'return']),
  reason: plainText(200),
  policyVersion: versionSchema,
  /** SHA-256 of the message payload as the signer's own device displayed it; equals messageDigest or is refused. */
  displayedDigest: digestSchema,
  /** Share of the audio that was listened to, in thousandths. */
  listenedPermille: z.int().min(0).max(1000),
  signedAt: unixMsSchema,
});

export const versionsSchema = z.strictObject({
  root: versionSchema,
  charters: z.record(platformIdSchema, versionSchema),
  rosters: z.record(platformIdSchema, versionSchema),
  revocations: z.record(platformIdSchema, versionSchema),
});

/** The dispatcher's binding of an approved message to sequence, targets and window. */
export const dispatchSchema = z.strictObject({
  dispatchId: dispatchIdSchema,
  platform: platformIdSchema,
  messageDigest: digestSchema,
  /** SHA-256 of each approval's payload bytes, sorted. */
  approvals: z.array(digestSchema).max(LIMITS.approvals),
  epoch: z.int().min(1),
  seq: z.int().min(1),
  targets: dispatchTargetsSchema,
  notBefore: unixMsSchema,
  notAfter: unixMsSchema,
  startAt: unixMsSchema,
  repeats: z.int().min(1).max(LIMITS.repeats),
  maxDurationMs: durationMsSchema,
  issuedAt: unixMsSchema,
  minVersions: versionsSchema,
  /** The stop after which it goes on where it was stopped. */
  resumes: stopIdSchema.nullable(),
  /** SHA-256 of the consent's payload bytes; set for a correction and a resumption, and for nothing else. */
  consent: digestSchema.nullable(),
  /** SHA-256 of the payload bytes of the live permit under which its author speaks alone; absent otherwise. */
  permit: digestSchema.optional(),
});

/**
 * A stopper's word that a correction may be said, or that a stopped message may go on (design 4 "Correction", "Resume").
 * Signed by one person with the role stopper.
 */
export const consentSchema = z.strictObject({
  platform: platformIdSchema,
  person: personIdSchema,
  act: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('correct'), correction: digestSchema, ofMessage: digestSchema }),
    z.strictObject({
      kind: z.literal('resume'), message: digestSchema,
      /** The stop that is taken back, and after which it goes on. */
      stop: stopIdSchema,
      /** Every other stop that is taken back with it, when the button was pressed more than once. One that is not named still holds. */
      also: z.array(stopIdSchema).min(1).max(LIMITS.stopsTakenBack).optional(),
    }),
  ]),
  signedAt: unixMsSchema,
});

/** Ends and tombstones messages of the signer's tier and below inside an area. Signed by a dispatcher or one stopper. */
export const stopSchema = z.strictObject({
  stopId: stopIdSchema,
  platform: platformIdSchema,
  issuedAt: unixMsSchema,
  /** How long terminals must be told of it. */
  notAfter: unixMsSchema,
  area: areaIdSchema,
  scope: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('messages'), messages: z.array(digestSchema).min(1).max(64) }),
    /** Everything issued before the stop. */
    z.strictObject({ kind: z.literal('all') }),
  ]),
});

/**
 * Closes an area to what comes from the tiers above, `root.alwaysSounds` excepted (design 4). Signed by the platform's
 * officers at its charter's threshold; ends by itself.
 */
export const isolateSchema = z.strictObject({
  isolateId: isolateIdSchema,
  platform: platformIdSchema,
  area: areaIdSchema,
  reason: plainText(200).min(1),
  issuedAt: unixMsSchema,
  /** At most `LIMITS.isolateMs` after issuedAt. */
  notAfter: unixMsSchema,
});

/**
 * Narrows what may begin to sound in an area for a while, never a message of class emergency nor a correction (design 4).
 * Messages of the signer's tier and below only. Several add up; none takes another back; each begins and ends by itself.
 * `posture` is signed by the platform's dispatcher and lasts at most an hour; `period` by the platform's officers at its
 * charter's threshold, at most `LIMITS.periodDays`, and never keeps an advisory silent.
 */
export const restrictionSchema = z.strictObject({
  restrictionId: restrictionIdSchema,
  platform: platformIdSchema,
  area: areaIdSchema,
  kind: restrictionKindSchema,
  classes: z.array(classSchema.exclude(['emergency'])).min(1).max(4),
  /** Approvals without the author that a message of these classes needs there, at least; null: none of them sounds. */
  approvals: z.int().min(1).max(LIMITS.approvals).nullable(),
  reason: plainText(200).min(1),
  notBefore: unixMsSchema,
  notAfter: unixMsSchema,
  issuedAt: unixMsSchema,
}).refine(({ classes }) => new Set(classes).size === classes.length, 'a class stands twice')
  .refine(({ kind, classes }) => kind === 'posture' || !classes.includes('advisory'), 'a period keeps no advisory silent');

/** Time and freshness, signed by the dispatcher of any platform of the lineage. `nonce` and `counter` only in the answer at boot. */
export const beaconSchema = z.strictObject({
  platform: platformIdSchema,
  at: unixMsSchema,
  epoch: z.int().min(1),
  versions: versionsSchema,
  terminal: terminalIdSchema.nullable(),
  nonce: nonceSchema.nullable(),
  /** The terminal's last counter that the platform has seen. */
  counter: z.int().min(0).nullable(),
  head: headRefSchema.nullable(),
  /**
   * Voices that may go on living, by the digest of their grant, each until `LIMITS.leaseMs` after `at`. Left out where none
   * does.
   */
  leases: z.array(digestSchema).min(1).max(LIMITS.leases).optional(),
});

/** Keys and certificates that no longer count: cumulative, monotonic, signed by one officer of the platform. */
export const revocationSchema = z.strictObject({
  platform: platformIdSchema,
  version: versionSchema,
  entries: z.array(revocationEntrySchema).max(512),
  /** Certificates to which no terminal links any more: the district's platform alone says so. Absent: none. */
  certificates: z.array(revokedCertificateSchema).min(1).max(LIMITS.revokedCertificates).optional(),
  issuedAt: unixMsSchema,
}).refine(({ entries, certificates }) => entries.length > 0 || certificates !== undefined, 'revokes nothing');

/** Every kind of signed payload of this issue, by its word. */
export const PAYLOADS = {
  root: rootSchema, charter: charterSchema, roster: rosterSchema, assignment: assignmentSchema, message: messageSchema,
  approval: approvalSchema, dispatch: dispatchSchema, consent: consentSchema, stop: stopSchema, isolate: isolateSchema, restriction: restrictionSchema, permit: permitSchema, beacon: beaconSchema, revocation: revocationSchema,
  receipt: receiptSchema, event: eventSchema, head: headSchema,
} as const;
export type PayloadWord = keyof typeof PAYLOADS;
export type PayloadOf<W extends PayloadWord> = z.infer<(typeof PAYLOADS)[W]>;

export type Root = z.infer<typeof rootSchema>;
export type AreaDeclaration = z.infer<typeof areaDeclarationSchema>;
export type Charter = z.infer<typeof charterSchema>;
export type PolicyStep = z.infer<typeof policyStepSchema>;
export type PolicyRule = z.infer<typeof policyRuleSchema>;
export type Policy = z.infer<typeof policySchema>;
export type Person = z.infer<typeof personSchema>;
export type Unit = z.infer<typeof unitSchema>;
export type RevokedCertificate = z.infer<typeof revokedCertificateSchema>;
export type RevocationEntry = z.infer<typeof revocationEntrySchema>;
export type Roster = z.infer<typeof rosterSchema>;
export type Assignment = z.infer<typeof assignmentSchema>;
export type Targets = z.infer<typeof targetsSchema>;
export type DispatchTargets = z.infer<typeof dispatchTargetsSchema>;
export type DayBand = z.infer<typeof dayBandSchema>;
export type VolumeHours = z.infer<typeof volumeHoursSchema>;
export type Message = z.infer<typeof messageSchema>;
export type Approval = z.infer<typeof approvalSchema>;
export type Versions = z.infer<typeof versionsSchema>;
export type Dispatch = z.infer<typeof dispatchSchema>;
export type Consent = z.infer<typeof consentSchema>;
export type Stop = z.infer<typeof stopSchema>;
export type Isolate = z.infer<typeof isolateSchema>;
export type RestrictionPayload = z.infer<typeof restrictionSchema>;
export type Beacon = z.infer<typeof beaconSchema>;
export type Revocation = z.infer<typeof revocationSchema>;
