import { z } from 'zod';
import { draftSchema, speechSpeedSchema } from './draft';
import { drillIdSchema, personIdSchema, plainText, unixMsSchema, versionSchema } from './ids';
import { LIMITS } from './limits';
import { targetsSchema } from './trust';
import { classSchema, severitySchema, volumeBandSchema } from './words';

/** Templates: texts written in calm for the night they are needed (docs/templates.md). */
export const templateIdSchema = z.string().regex(/^[a-z][a-z0-9-]{1,47}$/).brand<'TemplateId'>();
export const hazardSchema = z.string().regex(/^[a-z][a-z0-9-]{1,31}$/);
const fieldNameSchema = z.string().regex(/^[a-z][a-z0-9]{0,15}$/);

const field = { name: fieldNameSchema, label: plainText(20).min(1), example: plainText(60).min(1) };
/** A gap in the text, `{{name}}`, and what may stand in it. `example` fills it in the reading test and in a form's hint. */
const fieldKinds = [
  z.strictObject({ ...field, type: z.literal('text'), maxChars: z.int().min(1).max(60) }),
  /** A name of the map; no punctuation but the list comma 、. */
  z.strictObject({ ...field, type: z.literal('place'), maxChars: z.int().min(1).max(60) }),
  /** `14:02`; said as 14时02分. */
  z.strictObject({ ...field, type: z.literal('time') }),
  /** `2026-11-22`; said as 11月22日. */
  z.strictObject({ ...field, type: z.literal('date') }),
  /** A plain decimal; the unit is written behind it by the template's text. Bounds in the unit. */
  z.strictObject({ ...field, type: z.literal('number'), unit: plainText(12), min: z.int(), max: z.int(), decimals: z.int().min(0).max(2) }),
  z.strictObject({ ...field, type: z.literal('choice'), options: z.array(plainText(40).min(1)).min(2).max(12) }),
] as const;
export const templateFieldSchema = z.discriminatedUnion('type', fieldKinds);

const spokenSchema = plainText(LIMITS.textChars, 'lines').trim().min(1);

/** What a person may write: PUT /api/templates/:id makes the next version of it. */
export const templateBodySchema = z.strictObject({
  hazard: hazardSchema,
  /** A GB/T 35561 code or another word of the event list. */
  eventType: plainText(40).min(1),
  class: classSchema,
  severity: severitySchema,
  /** Drills have their own list: a template never changes from one to the other. */
  mode: z.enum(['actual', 'drill']),
  title: plainText(LIMITS.titleChars).trim().min(1),
  text: spokenSchema,
  fields: z.array(templateFieldSchema).max(12),
  /** What opens it, as the class's table demands it. */
  sound: z.enum(['siren', 'chime', 'none']),
  repeats: z.int().min(1).max(LIMITS.repeats),
  volume: volumeBandSchema,
  /** Area ids or codes that stand in the form at first. */
  areas: z.array(z.string().min(1).max(64)).max(LIMITS.targetsAreas),
  /** What takes it back; a template of an emergency or advisory without both cannot be enabled. */
  correction: spokenSchema.nullable(),
  allClear: spokenSchema.nullable(),
});
export const templateSchema = templateBodySchema.extend({
  id: templateIdSchema,
  version: versionSchema,
});

/** A file of policy/templates: one hazard with its levels and its drill, as `templatesOf` (libs/domain) reads it. */
export const hazardFileSchema = z.strictObject({
  hazard: hazardSchema,
  eventType: templateBodySchema.shape.eventType,
  fields: z.record(fieldNameSchema, z.discriminatedUnion('type', [
    fieldKinds[0].omit({ name: true }), fieldKinds[1].omit({ name: true }), fieldKinds[2].omit({ name: true }),
    fieldKinds[3].omit({ name: true }), fieldKinds[4].omit({ name: true }), fieldKinds[5].omit({ name: true }),
  ])),
  correction: spokenSchema.nullable(),
  allClear: spokenSchema.nullable(),
  levels: z.array(z.strictObject({
    /** For hazards that are not told apart by colour. */
    id: templateIdSchema.optional(),
    class: classSchema.optional(),
    severity: severitySchema,
    title: templateBodySchema.shape.title,
    text: spokenSchema,
  })).min(1).max(8),
  drill: z.strictObject({ severity: severitySchema, title: templateBodySchema.shape.title, text: spokenSchema, correction: spokenSchema, allClear: spokenSchema }),
});

/** One template as the caller's platform has it. Version 1 of those that ship comes with the software. */
export const templateViewSchema = templateSchema.extend({
  enabled: z.boolean(),
  /** A newer version that waits for somebody to enable it. */
  proposed: versionSchema.nullable(),
  shipped: z.boolean(),
  /** Null for the version that ships. */
  writtenBy: personIdSchema.nullable(),
  writtenAt: unixMsSchema.nullable(),
});
/** GET /api/templates?mode=actual|drill: a card shows what it says, how grave it is and how it opens; never both lists at once. */
export const templateCardSchema = templateViewSchema.pick({
  id: true, version: true, hazard: true, class: true, severity: true, mode: true, title: true, sound: true, enabled: true, proposed: true,
}).extend({ firstLine: z.string() });

/** PUT /api/templates/:id: the next version; it says nothing on the air until it is enabled. `basedOn` is the version that was edited, 0 for a new one. */
export const templateWriteSchema = z.strictObject({ basedOn: z.int().min(0), template: templateBodySchema });
/** POST /api/templates/:id/enable: this version is the one to be used from now on. */
export const templateEnableSchema = z.strictObject({ version: versionSchema });

/** POST /api/templates/:id/draft: fills the gaps; the answer is that of POST /api/messages/draft. */
export const templateDraftSchema = z.strictObject({
  /** The version that the author saw; left out, the one in force. */
  version: versionSchema.optional(),
  /** One entry per gap, as written in a form. */
  fields: z.record(z.string().max(16), z.string().max(200)).default({}),
  /** Areas by id or code; left out, the template's own. */
  areas: draftSchema.shape.targets.shape.areas.optional(),
  terminals: targetsSchema.shape.terminals.default([]),
  /** The planned drill, for a drill's template only. */
  drill: drillIdSchema.optional(),
  unit: draftSchema.shape.unit,
  speed: speechSpeedSchema.default('normal'),
  notBefore: unixMsSchema.optional(),
  notAfter: unixMsSchema.optional(),
  sourceUnit: draftSchema.shape.sourceUnit,
  sourceRef: draftSchema.shape.sourceRef,
  replaces: draftSchema.shape.replaces,
});

export type TemplateId = z.infer<typeof templateIdSchema>;
export type TemplateField = z.infer<typeof templateFieldSchema>;
export type TemplateBody = z.infer<typeof templateBodySchema>;
export type HazardFile = z.infer<typeof hazardFileSchema>;
export type Template = z.infer<typeof templateSchema>;
export type TemplateView = z.infer<typeof templateViewSchema>;
export type TemplateCard = z.infer<typeof templateCardSchema>;
export type TemplateDraft = z.output<typeof templateDraftSchema>;
