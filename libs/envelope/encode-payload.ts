import { EnvelopeError } from './envelope-error';
import { FORBIDDEN_KEYS, isWellFormed, JSON_LIMITS } from './strict-json-rules';

const encoder = new TextEncoder();

/**
 * The one way our own code writes a payload: RFC 8785 (keys sorted by UTF-16 units, no spaces) over integers.
 * Only for making payloads; what was received is never written again. A property that is undefined is left out.
 * Throws `EnvelopeError` for whatever `parseStrictJson` would refuse, so that nothing unreadable is ever signed.
 */
export function encodePayload(value: unknown): Uint8Array {
  const bytes = encoder.encode(write(value, 1));
  if (bytes.length > JSON_LIMITS.maxBytes) {
    throw new EnvelopeError('payload-size', `a payload of ${bytes.length} bytes exceeds ${JSON_LIMITS.maxBytes}`);
  }
  return bytes;
}

/** The text of `encodePayload` without its limit of bytes: for what is kept in files, line by line. */
export function canonicalJson(value: unknown): string {
  return write(value, 1);
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw bad('a number that is not a safe integer');
      return String(value);
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? 'null' : writeContainer(value, depth);
    default:
      throw bad(`a value of type ${typeof value}`);
  }
}

function writeString(text: string): string {
  if (!isWellFormed(text)) throw bad('a string with half a surrogate pair');
  return JSON.stringify(text);
}

function writeContainer(value: object, depth: number): string {
  if (depth > JSON_LIMITS.maxDepth) {
    throw new EnvelopeError('payload-depth', `a payload is nested deeper than ${JSON_LIMITS.maxDepth}`);
  }
  // Array.from makes the holes of a sparse array visible as undefined, which is refused.
  if (Array.isArray(value)) return `[${Array.from(value, (member) => write(member, depth + 1)).join(',')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype && !isForeignPlain(prototype)) throw bad('an object of a class');
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => {
      if (FORBIDDEN_KEYS.has(key)) throw bad(`the key ${key}`);
      return `${writeString(key)}:${write(member, depth + 1)}`;
    });
  return `{${members.join(',')}}`;
}

/** A plain object made in another realm (a test runner's sandbox, a worker's message). */
function isForeignPlain(prototype: unknown): boolean {
  return typeof prototype === 'object' && prototype !== null
    && Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

function bad(what: string): EnvelopeError {
  return new EnvelopeError('payload-value', `a payload cannot hold ${what}`);
}
