import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { invalidFields, type FieldError } from '../errors';

/** Codes of invalid fields: stable, for programs; the sentence is for people. */
const CODES: Readonly<Record<string, string>> = {
  invalid_type: 'WRONG_TYPE',
  too_small: 'TOO_SMALL',
  too_big: 'TOO_LARGE',
  invalid_format: 'WRONG_FORMAT',
  not_multiple_of: 'WRONG_STEP',
  invalid_value: 'NOT_IN_LIST',
  invalid_union: 'NO_MATCH',
  invalid_key: 'WRONG_KEY',
  invalid_element: 'WRONG_ELEMENT',
};

/** Every invalid field of what a schema refused; none where it refused nothing. `at` goes before each path ("query", "params", "" for the body). */
export function fieldErrors(error: z.core.$ZodError | undefined, at = ''): readonly FieldError[] {
  return (error?.issues ?? []).flatMap((issue) => {
    const path = [...(at === '' ? [] : [at]), ...issue.path.map(String)];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key].join('.'), code: 'UNKNOWN_FIELD', sentence: 'This field is not known.' }));
    }
    return [{ path: path.join('.'), code: codeOf(issue), sentence: issue.message }];
  });
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.input === undefined && /received undefined/.test(issue.message)) return 'REQUIRED';
  if (issue.code === 'custom') {
    // A contract may name its own code: .refine(..., { params: { code: 'AREA_UNKNOWN' } })
    const own: unknown = issue.params?.['code'];
    return typeof own === 'string' ? own : 'INVALID';
  }
  return CODES[issue.code] ?? 'INVALID';
}

/**
 * Parses body, query or params with a contract: `@Body(new ZodPipe(draftSchema)) draft: Draft`.
 * Refuses with INVALID (422) naming every invalid field at once; paths of query and params begin with their name.
 */
@Injectable()
export class ZodPipe<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  constructor(private readonly schema: Schema) {}

  transform(value: unknown, metadata?: Pick<ArgumentMetadata, 'type'>): z.output<Schema> {
    const at = metadata?.type === 'query' ? 'query' : metadata?.type === 'param' ? 'params' : '';
    const parsed = this.schema.safeParse(value);
    if (!parsed.success) throw invalidFields(fieldErrors(parsed.error, at));
    return parsed.data;
  }
}
