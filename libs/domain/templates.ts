import type { Template, TemplateBody, TemplateField } from '#libs/contracts';

/** One thing that is wrong: `path` from the body's root, a stable code, a sentence for a person. */
export interface TemplateFault {
  readonly path: string;
  readonly code: string;
  readonly sentence: string;
}

/** What is said once every gap is filled. */
export interface FilledTemplate {
  readonly title: string;
  readonly text: string;
  readonly correction: string | null;
  readonly allClear: string | null;
}

export type FillAnswer = { readonly ok: true; readonly filled: FilledTemplate } | { readonly ok: false; readonly faults: readonly TemplateFault[] };

/** A gap: two braces, the field's name, two braces. */
const GAP = /\{\{([^{}]*)\}\}/g;
/** Braces would look like gaps; the full stop and its kin would let a field say a sentence of its own. */
const FOREIGN_IN_FIELD = /[{}<>。！？!?；;\n]/u;
const FOREIGN_IN_PLACE = /[{}<>。！？!?；;：:，,\n]/u;

/** Names of the gaps in a text, each once, in order. */
export function gapsIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(GAP)].map(([, name = '']) => name))];
}

/** The texts of a template that a terminal would speak. */
export function spokenTexts(template: Pick<TemplateBody, 'title' | 'text' | 'correction' | 'allClear'>): readonly { readonly path: 'title' | 'text' | 'correction' | 'allClear'; readonly text: string }[] {
  return (['title', 'text', 'correction', 'allClear'] as const).flatMap((path) => {
    const text = template[path];
    return text === null ? [] : [{ path, text }];
  });
}

/**
 * Fills every gap once; what a field brings is never read as a gap. Refuses, all at once and by `fields.<name>`:
 * FIELD_MISSING, FIELD_UNKNOWN, FIELD_TOO_LONG, FIELD_CHARACTERS, FIELD_NOT_A_TIME, FIELD_NOT_A_DATE, FIELD_NOT_A_NUMBER,
 * FIELD_OUT_OF_RANGE and FIELD_NOT_A_CHOICE.
 */
export function fillTemplate(template: Pick<Template, 'title' | 'text' | 'correction' | 'allClear' | 'fields'>, values: Readonly<Record<string, string>>): FillAnswer {
  const faults: TemplateFault[] = [];
  const said = new Map<string, string>();
  for (const field of template.fields) {
    const given = Object.hasOwn(values, field.name) ? values[field.name]?.trim() : undefined;
    const path = `fields.${field.name}`;
    if (given === undefined || given === '') {
      faults.push({ path, code: 'FIELD_MISSING', sentence: `Fill in "${field.label}", for example ${field.example}.` });
      continue;
    }
    const read = readField(field, given);
    if (typeof read === 'string') said.set(field.name, read);
    else faults.push({ path, ...read });
  }
  for (const name of Object.keys(values)) {
    if (!template.fields.some((field) => field.name === name)) faults.push({ path: `fields.${name}`, code: 'FIELD_UNKNOWN', sentence: `The template has no field "${name}".` });
  }
  if (faults.length > 0) return { ok: false, faults };
  const fill = (text: string): string => text.replace(GAP, (gap, name: string) => said.get(name) ?? gap);
  return {
    ok: true,
    filled: {
      title: fill(template.title),
      text: fill(template.text),
      correction: template.correction === null ? null : fill(template.correction),
      allClear: template.allClear === null ? null : fill(template.allClear),
    },
  };
}

/** The examples of a template as values: what the reading test speaks. */
export function exampleValues({ fields }: Pick<Template, 'fields'>): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.map(({ name, example }) => [name, example]));
}

type FieldFault = Omit<TemplateFault, 'path'>;

/** How a value is said, or what is wrong with it. */
function readField(field: TemplateField, given: string): string | FieldFault {
  switch (field.type) {
    case 'text':
    case 'place': return readWords(field, given);
    case 'time': return readTime(given);
    case 'date': return readDate(given);
    case 'number': return readNumber(field, given);
    case 'choice': return field.options.includes(given) ? given : { code: 'FIELD_NOT_A_CHOICE', sentence: `"${field.label}" is one of ${field.options.join(', ')}.` };
  }
}

function readWords(field: Extract<TemplateField, { type: 'text' | 'place' }>, given: string): string | FieldFault {
  if ([...given].length > field.maxChars) return { code: 'FIELD_TOO_LONG', sentence: `"${field.label}" has ${field.maxChars} characters at most.` };
  const foreign = (field.type === 'place' ? FOREIGN_IN_PLACE : FOREIGN_IN_FIELD).exec(given);
  return foreign === null ? given : { code: 'FIELD_CHARACTERS', sentence: `"${field.label}" cannot hold "${foreign[0]}".` };
}

function readTime(given: string): string | FieldFault {
  const [, hour = '', minute = ''] = /^(\d{1,2})[:：](\d{2})$/.exec(given) ?? [];
  if (hour === '' || Number(hour) > 23 || Number(minute) > 59) return { code: 'FIELD_NOT_A_TIME', sentence: 'A time is written 14:02.' };
  return minute === '00' ? `${Number(hour)}时` : `${Number(hour)}时${minute}分`;
}

function readDate(given: string): string | FieldFault {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(given) ?? [];
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const date = new Date(Date.UTC(y, m - 1, d));
  const real = year !== '' && date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
  return real ? `${m}月${d}日` : { code: 'FIELD_NOT_A_DATE', sentence: 'A date is written 2026-11-22.' };
}

function readNumber(field: Extract<TemplateField, { type: 'number' }>, given: string): string | FieldFault {
  const [whole, , decimals = ''] = /^-?(?:0|[1-9]\d{0,8})(\.(\d+))?$/.exec(given) ?? [];
  if (whole === undefined || decimals.length > field.decimals) {
    return { code: 'FIELD_NOT_A_NUMBER', sentence: `"${field.label}" is a number${field.decimals === 0 ? ' without decimals' : ` with ${field.decimals} decimals at most`}.` };
  }
  const value = Number(whole);
  if (value < field.min || value > field.max) return { code: 'FIELD_OUT_OF_RANGE', sentence: `"${field.label}" lies between ${field.min} and ${field.max} ${field.unit}.` };
  return whole === '-0' ? '0' : whole;
}
