import pino, { type Logger } from 'pino';
import { ClarionError, errorCode } from './errors';

/** What a line may carry: ids, codes and figures. Never message text, keys, tokens or personal data. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A log whose lines are a code (`dispatch.placed`) and fields. */
export interface Log {
  debug(code: string, fields?: LogFields): void;
  info(code: string, fields?: LogFields): void;
  warn(code: string, fields?: LogFields, cause?: unknown): void;
  error(code: string, fields?: LogFields, cause?: unknown): void;
  /** A log that adds these fields to every line. */
  with(fields: LogFields): Log;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Field names whose value is replaced, should someone log them all the same. */
const SECRET = ['password', 'passphrase', 'token', 'authorization', 'cookie', 'key', 'privateKey', 'secret', 'text', 'title', 'name', 'phone'];

/** Lines of JSON on stdout, or into `destination` (tests). */
export function createLog(process: string, level: LogLevel, destination?: { write(line: string): void }): Log {
  const options = {
    level,
    base: { process },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET, censor: '[withheld]' },
  };
  return logOf(destination === undefined ? pino(options) : pino(options, destination));
}

/** A log that says nothing. */
export const silentLog: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, with: () => silentLog };

function logOf(logger: Logger): Log {
  return {
    debug: (code, fields) => logger.debug(fields ?? {}, code),
    info: (code, fields) => logger.info(fields ?? {}, code),
    warn: (code, fields, cause) => logger.warn({ ...fields, ...describe(cause) }, code),
    error: (code, fields, cause) => logger.error({ ...fields, ...describe(cause) }, code),
    with: (fields) => logOf(logger.child({ ...fields })),
  };
}

/** A cause as fields: its code, what it says without anything that looks like a secret or a person, where it came from. */
function describe(cause: unknown): LogFields {
  if (cause === undefined) return {};
  if (typeof cause !== 'object' || cause === null || !('message' in cause)) return { cause: 'not an error' };
  const stack = 'stack' in cause && typeof cause.stack === 'string' ? cause.stack : '';
  const from = stack.split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 6).map((line) => line.trim()).join(' < ');
  const own = { causeCode: errorCode(cause), cause: withoutSecrets(String(cause.message)), from };
  if (!(cause instanceof ClarionError) || cause.cause === undefined) return own;
  // Where the first thing went wrong says more than where it was given a code.
  const first = describe(cause.cause);
  return { ...own, under: first['cause'], from: first['from'] };
}

/** Long runs of digits (phones, identity numbers), of hex or base64 (keys, tokens) and addresses with passwords go. */
export function withoutSecrets(words: string): string {
  return words
    .replace(/(pass\w*|token|secret|key)\s*[=:]\s*\S+/gi, '$1=[withheld]')
    .replace(/\/\/[^@\s/]+@/g, '//[withheld]@')
    .replace(/[A-Za-z0-9+/_-]{28,}={0,2}/g, '[withheld]')
    .replace(/\d{8,}/g, '[withheld]')
    .slice(0, 300);
}
