import type { RefusalCode } from '#libs/contracts';

/** A refusal is a returned value: the code, and where in the document the fault lies when that helps a person. */
export interface Refused {
  readonly ok: false;
  readonly code: RefusalCode;
  readonly at?: string;
}
export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}
export type Result<T> = Ok<T> | Refused;

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

export function refuse(code: RefusalCode, at?: string): Refused {
  return at === undefined ? { ok: false, code } : { ok: false, code, at };
}
