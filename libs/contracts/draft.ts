import { z } from 'zod';
import { liveBodySchema, sessionKeySchema } from './body';
import { envelopeSchema } from './envelope-shape';
import { base64Schema, digestSchema, drillIdSchema, messageIdSchema, personIdSchema, plainText, unitIdSchema, unixMsSchema } from './ids';
import { LIMITS } from './limits';
import { languageSchema, messageSchema, policyStepSchema, targetsSchema } from './trust';
import { classSchema, correctionKindSchema, modeSchema, segmentRoleSchema, severitySchema, volumeBandSchema, whenPreemptedSchema } from './words';

/** From what an author wants to say to the bytes that are signed and handed in. */

/** Slow for a horn with an echo in the hills; fast where an hour's bulletin must fit. */
export const speechSpeedSchema = z.enum(['slow', 'normal', 'fast']);

/** As the server's settings name a source of its own (CLARION_LIVE_SOURCES). */
export const heldSourceNameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);
/**
 * A voice to be spoken (`liveBodySchema`): signed with `sessionKey`, whose other half never leaves the microphone's device;
 * or, instead of a key, `source`: the server speaks itself, from this source of its own (`held`; class daily only).
 * `delayMs` from mouth to loudspeaker; 800 is right behind mobile telephony, 400 in a local network, 1,500 where it is poor.
 */
export const liveDraftSchema = z.strictObject({
  sessionKey: sessionKeySchema.optional(),
  source: heldSourceNameSchema.optional(),
  delayMs: liveBodySchema.shape.delayMs.default(800),
  maxDurationMs: liveBodySchema.shape.maxDurationMs.default(LIMITS.liveMs),
  /** The class's opening before it: siren or chime. An emergency always has it. */
  opening: z.boolean().default(true),
}).refine(({ sessionKey, source }) => (sessionKey === undefined) !== (source === undefined), { path: ['sessionKey'], message: 'either the key of a microphone session, or a source of the server' });

/**
 * POST /api/messages/draft: what an author wants to say. The answer is the exact payload to sign, and its consequence.
 * The sound comes in one of four ways: `segments` (files and recordings uploaded before), `speech` (the text is spoken,
 * with the class's opening before it), `live` (the author speaks while it sounds; `title` and `text` say what about), or
 * `template` (text, opening and speech from a template; `title` and `text` then come from it). Exactly one of them.
 */
export const draftSchema = z.strictObject({
  unit: unitIdSchema.optional(),
  class: classSchema,
  severity: severitySchema,
  mode: modeSchema.default('actual'),
  /** The planned drill, for mode drill only. */
  drill: drillIdSchema.optional(),
  eventType: plainText(40).min(1),
  title: plainText(LIMITS.titleChars).trim().min(1),
  text: plainText(LIMITS.textChars, 'lines').trim().min(1),
  language: languageSchema.default('zh-CN'),
  readings: messageSchema.shape.readings.default([]),
  segments: z.array(z.strictObject({ sha256: digestSchema, role: segmentRoleSchema })).min(1).max(LIMITS.segments).optional(),
  speech: z.strictObject({ speed: speechSpeedSchema.default('normal') }).optional(),
  live: liveDraftSchema.optional(),
  /**
   * What takes it back, spoken: text of the correction and of the all-clear. Left out, an emergency or advisory gets
   * the standing ones, so that no warning goes out that cannot be taken back with one press.
   */
  corrections: z.array(z.strictObject({ kind: correctionKindSchema, text: plainText(LIMITS.textChars, 'lines').trim().min(1) })).max(LIMITS.corrections).optional(),
  targets: z.strictObject({
    /** Area ids, or any of their codes. */
    areas: z.array(z.string().min(1).max(64)).max(LIMITS.targetsAreas).default([]),
    terminals: targetsSchema.shape.terminals.default([]),
  }),
  notBefore: unixMsSchema.optional(),
  notAfter: unixMsSchema.optional(),
  repeats: z.int().min(1).max(LIMITS.repeats).default(2),
  gapMs: z.int().min(0).max(60_000).default(1_000),
  volume: volumeBandSchema.optional(),
  whenPreempted: whenPreemptedSchema.optional(),
  sourceUnit: plainText(60).min(1).optional(),
  sourceRef: plainText(80).min(1).optional(),
  replaces: digestSchema.optional(),
  /** What this one says again; POST /api/messages/:id/again drafts it. */
  saysAgain: digestSchema.optional(),
  /** The caller's live permit: it goes out at once with the author's signature alone. */
  permit: digestSchema.optional(),
});
/** What will happen: shown before anybody signs, and by `--dry-run`. */
export const consequenceSchema = z.strictObject({
  terminals: z.int(), online: z.int(), villages: z.int(), households: z.int(),
  steps: z.array(policyStepSchema), verification: z.enum(['none', 'one', 'all']),
  mayApprove: z.array(personIdSchema), durationMs: z.int(), notBefore: unixMsSchema, notAfter: unixMsSchema,
  /** What is on the air or due there: `preempts` cuts it off, `takes-turns` shares with it, `waits` comes after it, `replaces` ends it for good. */
  meets: z.array(z.strictObject({
    message: messageIdSchema, title: z.string(), class: classSchema, severity: severitySchema, terminals: z.int(),
    how: z.enum(['preempts', 'takes-turns', 'waits', 'replaces']),
    /** False for what is handed in and not signed by all who must: it comes only if it is. */
    signed: z.boolean().default(true),
  })),
  /** Terminals where quiet hours keep it silent: its window has no room after them. */
  quiet: z.int(),
  /** Terminals where quiet hours put it off, by when they end there. */
  postponed: z.array(z.strictObject({ until: unixMsSchema, terminals: z.int() })).default([]),
  /** Terminals where it begins before quiet hours and they leave out what is due from then on. */
  cutShort: z.array(z.strictObject({ from: unixMsSchema, terminals: z.int() })).default([]),
  /** Terminals where class and hour make it quieter than it is approved. */
  quieter: z.array(z.strictObject({ volume: volumeBandSchema, terminals: z.int() })).default([]),
  /** Terminals whose own platforms shut it out for now. */
  isolated: z.int().default(0),
  /** How many terminals are isolated and play it all the same, because the root lets its class sound always. */
  isolatedStill: z.int().default(0),
  /** Terminals where a restriction keeps it silent, however many sign; and where it begins and one leaves out what is due from then on. */
  restricted: z.int().default(0), restrictedFrom: z.array(z.strictObject({ from: unixMsSchema, terminals: z.int() })).default([]),
  /** Approvals in all that a restriction asks for somewhere, more than the policy does; 0 where none does. */
  approvalsAsked: z.int().default(0),
  /** Charter or roster of its platform has expired: only the root's grace for emergencies carries it. */
  inGrace: z.boolean().default(false),
});
/** A message as bytes to sign. */
const toSign = { message: messageSchema, payload: base64Schema, messageDigest: digestSchema };
export const draftAnswerSchema = z.strictObject({
  ...toSign,
  consequence: consequenceSchema,
  /** The corrections that the message lists, to be signed by the author as well. */
  corrections: z.array(z.strictObject(toSign)).max(LIMITS.corrections),
  /** Which voice spoke; null when nothing was spoken. */
  voice: z.string().nullable(),
});

/** POST /api/messages: submit, with every correction that the message lists. `hold` keeps the dispatch back until POST /api/messages/:id/dispatch: no lock, since every signature is there; what must not sound before a time says so in `notBefore`. */
export const submitSchema = z.strictObject({
  message: envelopeSchema,
  corrections: z.array(envelopeSchema).max(LIMITS.corrections).default([]),
  hold: z.boolean().default(false),
});

export type Draft = z.infer<typeof draftSchema>;
export type Consequence = z.infer<typeof consequenceSchema>;
export type DraftAnswer = z.infer<typeof draftAnswerSchema>;
export type SpeechSpeed = z.infer<typeof speechSpeedSchema>;
