import { QueryFailedError } from 'typeorm';
import { ClarionError, errorCode, operationalError } from '../errors';

function driverError(cause: unknown): unknown {
  return cause instanceof QueryFailedError ? cause.driverError : cause;
}

/** SQLSTATE of a database error; null when it is none. */
export function sqlState(cause: unknown): string | null {
  const code = errorCode(driverError(cause));
  return code !== null && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** True when a row broke a unique rule; with `constraint`, that very rule (its name in the migration). */
export function isUniqueViolation(cause: unknown, constraint?: string): boolean {
  const inner = driverError(cause);
  if (errorCode(inner) !== '23505' || typeof inner !== 'object' || inner === null) return false;
  return constraint === undefined || Reflect.get(inner, 'constraint') === constraint;
}

/** The transaction lost a race and may be run again as a whole. */
export function mayRunAgain(cause: unknown): boolean {
  const state = sqlState(cause);
  return state === '40001' || state === '40P01';
}

/** Turns the loss of the database into an operational error with a code; leaves everything else as it is. */
export function withCode(cause: unknown): unknown {
  if (cause instanceof ClarionError) return cause;
  const state = sqlState(cause);
  if (state === '57014' || state === '55P03') {
    return operationalError('DATABASE_TIMEOUT', 'The database took too long. Nothing was changed.', { cause });
  }
  // 08 connection, 53 resources, 57P shut down; the rest is Node's and pg's own way of saying the same.
  const lost = state !== null && /^(08|53|57P)/.test(state);
  const unreachable = /^(ECONN|EPIPE|EHOST|ENET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/.test(errorCode(driverError(cause)) ?? '');
  const words = /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/i.test(String(cause));
  if (lost || unreachable || words) {
    return operationalError('DATABASE_UNAVAILABLE', 'The database cannot be reached. Try again shortly.', { cause });
  }
  return cause;
}
