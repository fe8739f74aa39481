import type { z } from 'zod';
import { draftSchema, type Draft } from '#libs/contracts';
import { invalidFields, type FieldError } from '../../kernel/errors';

/** The fields of a draft that could be read, and what is wrong with the others. */
export interface ReadDraft {
  readonly fields: Partial<Draft>;
  readonly faults: readonly FieldError[];
}

/** Codes that a form can act on, for the fields people get wrong most. Everything else is FIELD_INVALID. */
const CODES: Readonly<Record<string, { readonly small: string; readonly big: string }>> = {
  text: { small: 'TEXT_EMPTY', big: 'TEXT_TOO_LONG' },
  title: { small: 'TITLE_EMPTY', big: 'TITLE_TOO_LONG' },
  segments: { small: 'BODY_EMPTY', big: 'TOO_MANY_SEGMENTS' },
  repeats: { small: 'REPEATS_OUT_OF_RANGE', big: 'REPEATS_OUT_OF_RANGE' },
  targets: { small: 'TARGET_EMPTY', big: 'TOO_MANY_TARGETS' },
};

const WAYS = ['segments', 'speech', 'live'] as const;
const ONCE = [['repeats', 1], ['gapMs', 0]] as const;

/**
 * Reads a draft field by field, so that one bad field does not hide what is wrong with the next. Refuses with
 * BAD_REQUEST only what is no object at all.
 */
export function readDraft(body: unknown): ReadDraft {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalidFields([{ path: '', code: 'FIELD_INVALID', sentence: 'A draft is an object.' }]);
  const given = new Map<string, unknown>(Object.entries(body));
  const faults: FieldError[] = [...given.keys()]
    .filter((name) => !(name in draftSchema.shape))
    .map((name) => ({ path: name, code: 'FIELD_UNKNOWN', sentence: `A draft has no field "${name}".` }));
  const read: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(draftSchema.shape)) {
    const parsed = schema.safeParse(given.get(name));
    if (parsed.success) {
      if (parsed.data !== undefined) read[name] = parsed.data;
    } else faults.push(...parsed.error.issues.map((issue) => fieldError(name, given.has(name), issue)));
  }
  faults.push(...soundFaults(WAYS.filter((name) => given.get(name) !== undefined)), ...(given.get('live') === undefined ? [] : onceFaults(given)));
  const fields = draftSchema.partial().safeParse(read);
  return { fields: fields.success ? withoutInventions(fields.data, read) : {}, faults };
}

/** The sound comes in one way: recordings that were brought, the text spoken, or the author's voice. */
function soundFaults(ways: readonly string[]): readonly FieldError[] {
  if (ways.length === 1) return [];
  const sentence = ways.length === 0 ? 'Say how it sounds: "segments" with recordings, "speech" to have the text spoken, or "live" to speak while it sounds.' : 'It sounds in one way: "segments", "speech" or "live".';
  return (ways.length === 0 ? WAYS : ways).map((path) => ({ path, code: 'SOUND_CHOICE', sentence }));
}

/** A living voice is heard once: it may be left out how often, but nothing else be said. */
function onceFaults(given: ReadonlyMap<string, unknown>): readonly FieldError[] {
  return ONCE.filter(([path, only]) => given.get(path) !== undefined && given.get(path) !== only)
    .map(([path]) => ({ path, code: 'LIVE_ONCE', sentence: 'A living voice is heard once, without a repetition.' }));
}

/** `partial()` fills in defaults of fields that were refused; those must not look as if they had been read. */
function withoutInventions(fields: Partial<Draft>, read: Readonly<Record<string, unknown>>): Partial<Draft> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name in read));
}

function fieldError(name: string, given: boolean, issue: z.core.$ZodIssue): FieldError {
  const path = [name, ...issue.path].join('.');
  if (!given) return { path, code: 'FIELD_MISSING', sentence: `The field "${name}" is missing.` };
  const codes = CODES[name];
  if (codes !== undefined && issue.code === 'too_small') return { path, code: codes.small, sentence: issue.message };
  if (codes !== undefined && issue.code === 'too_big') return { path, code: codes.big, sentence: issue.message };
  return { path, code: 'FIELD_INVALID', sentence: issue.message };
}
