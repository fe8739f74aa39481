/**
 * The one error class of the platform. Families say who can mend it:
 * `user` the caller (another input, another permission), `operational` whoever runs the server (disk, network,
 * database), `unexpected` only a programmer.
 * An expected refusal inside a feature is a returned value; it becomes a ClarionError at the edge.
 */
export type ErrorFamily = 'user' | 'operational' | 'unexpected';

/** One invalid field: `path` from the body's root ("targets.areas.0"), a stable code, a sentence for a person. */
export interface FieldError {
  readonly path: string;
  readonly code: string;
  readonly sentence: string;
}

export interface ClarionErrorOptions {
  readonly family?: ErrorFamily;
  /** HTTP status to answer with; without it the code's own entry or the family's default counts. */
  readonly status?: number;
  readonly fields?: readonly FieldError[];
  readonly cause?: unknown;
}

/** Codes whose HTTP status is not the default of their family (user 422, operational 503, unexpected 500). */
const STATUS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  KEY_UNKNOWN: 404,
  // Signed by nobody who has a say here.
  REJ_KEY_UNKNOWN: 403,
  METHOD_NOT_ALLOWED: 405,
  WRONG_STATE: 409,
  IDEMPOTENCY_KEY_REUSED: 409,
  IDEMPOTENCY_IN_PROGRESS: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TOO_MANY_REQUESTS: 429,
  MALFORMED_JSON: 400,
  JSON_TOO_DEEP: 400,
  BAD_REQUEST: 400,
};

const FORBIDDEN = 403;

/** Somebody else's platform, area, unit, message: a permission that is lacking, also where other fields are wrong besides. */
const isForeign = (code: string): boolean => code.endsWith('_FOREIGN');

const FAMILY_STATUS: Readonly<Record<ErrorFamily, number>> = { user: 422, operational: 503, unexpected: 500 };

export class ClarionError extends Error {
  readonly code: string;
  readonly family: ErrorFamily;
  readonly sentence: string;
  readonly fields: readonly FieldError[] | undefined;
  readonly status: number;

  constructor(code: string, sentence: string, options: ClarionErrorOptions = {}) {
    super(`${code}: ${sentence}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ClarionError';
    this.code = code;
    this.sentence = sentence;
    this.family = options.family ?? 'user';
    this.fields = options.fields;
    const foreign = isForeign(code) || (options.fields ?? []).some((field) => isForeign(field.code));
    this.status = options.status ?? STATUS[code] ?? (foreign ? FORBIDDEN : FAMILY_STATUS[this.family]);
  }
}

/** The caller can mend it. */
export function userError(code: string, sentence: string, options: Omit<ClarionErrorOptions, 'family'> = {}): ClarionError {
  return new ClarionError(code, sentence, { ...options, family: 'user' });
}

/** Whoever runs the server can mend it. */
export function operationalError(code: string, sentence: string, options: Omit<ClarionErrorOptions, 'family'> = {}): ClarionError {
  return new ClarionError(code, sentence, { ...options, family: 'operational' });
}

/** Every invalid field at once: code INVALID; status 422, or 403 where one names somebody else's. */
export function invalidFields(fields: readonly FieldError[]): ClarionError {
  const names = fields.map((field) => field.path || '(body)').join(', ');
  return userError('INVALID', `These fields are not valid: ${names}.`, { fields });
}

/** The `code` of any thrown thing (ENOENT, 23505, REJ_...); null when it has none. */
export function errorCode(cause: unknown): string | null {
  // Not `instanceof Error`: errors of Node itself are of another realm inside a test runner.
  if (typeof cause !== 'object' || cause === null) return null;
  const code: unknown = Reflect.get(cause, 'code');
  return typeof code === 'string' ? code : null;
}
