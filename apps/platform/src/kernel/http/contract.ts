import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { z } from 'zod';

const KEY = 'clarion:contract';

/** What a route takes and gives, for the OpenAPI document. The same schemas go into its ZodPipes. */
export interface RouteContract {
  readonly summary: string;
  readonly body?: z.ZodType;
  /** Content type of a body that is not JSON ("audio/*"). */
  readonly rawBody?: string;
  readonly query?: z.ZodObject;
  readonly params?: z.ZodObject;
  readonly answer?: z.ZodType;
  /** Content type of an answer that is not JSON. */
  readonly rawAnswer?: string;
  /** Status of success; 200 for GET, 201 for POST as Nest has it. */
  readonly status?: number;
  /** Takes an Idempotency-Key. */
  readonly idempotent?: boolean;
  /** Refusals of its own: code -> sentence. */
  readonly refusals?: Readonly<Record<string, string>>;
}

/** Registers a route with its contract: `@Contract({ summary: 'Submits a message', body: submitSchema, answer: ... })`. */
export function Contract(contract: RouteContract): CustomDecorator {
  return SetMetadata(KEY, contract);
}

 
export function contractOf(handler: Function): RouteContract | null {
  const contract: unknown = Reflect.getMetadata(KEY, handler);
  return isContract(contract) ? contract : null;
}

function isContract(value: unknown): value is RouteContract {
  return typeof value === 'object' && value !== null && 'summary' in value;
}
