import { FORBIDDEN_KEYS, isWellFormed, JSON_LIMITS, type JsonLimits, type JsonRefusal, type JsonValue } from './strict-json-rules';

/** `at` is the position in the decoded text (UTF-16 units); 0 when the bytes themselves were refused. */
export type ParsedJson =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly code: JsonRefusal; readonly at: number };

class Refused extends Error {
  constructor(readonly code: JsonRefusal, readonly at: number) {
    super(code);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const PLAIN_RUN = /[^"\\\u0000-\u001f]*/y;
const INTEGER = /-?(?:0|[1-9][0-9]*)/y;
const LITERALS: ReadonlyMap<string, boolean | null> = new Map([['true', true], ['false', false], ['null', null]]);
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'], ['\\', '\\'], ['/', '/'], ['b', '\b'], ['f', '\f'], ['n', '\n'], ['r', '\r'], ['t', '\t'],
]);

/**
 * Reads RFC 8259 JSON that has one meaning only (RFC 7493, and narrower): valid UTF-8 without a byte order mark,
 * no duplicate key, no key that names a prototype, integers only (no fraction, exponent or -0) within 2^53 - 1,
 * no lone surrogate, bounded size and depth, nothing after the value. It refuses and never repairs.
 */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits = JSON_LIMITS): ParsedJson {
  if (bytes.length > limits.maxBytes) return { ok: false, code: 'json-size', at: 0 };
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { ok: false, code: 'json-utf8', at: 0 };
  }
  try {
    return { ok: true, value: new Reader(text, limits.maxDepth).document() };
  } catch (refused) {
    if (refused instanceof Refused) return { ok: false, code: refused.code, at: refused.at };
    throw refused;
  }
}

class Reader {
  private at = 0;

  constructor(private readonly text: string, private readonly maxDepth: number) {}

  document(): JsonValue {
    const value = this.value(1);
    this.skipSpace();
    if (this.at !== this.text.length) this.refuse('json-syntax');
    return value;
  }

  private refuse(code: JsonRefusal, at: number = this.at): never {
    throw new Refused(code, at);
  }

  private skipSpace(): void {
    for (;;) {
      const unit = this.text.charCodeAt(this.at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.at++;
    }
  }

  /** Takes `char` after spaces when it is next. */
  private takes(char: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private value(depth: number): JsonValue {
    this.skipSpace();
    const first = this.text[this.at];
    if (first === '{' || first === '[') {
      if (depth > this.maxDepth) this.refuse('json-depth');
      this.at++;
      return first === '{' ? this.object(depth) : this.array(depth);
    }
    if (first === '"') return this.string();
    if (first === '-' || (first !== undefined && first >= '0' && first <= '9')) return this.integer();
    return this.literal();
  }

  private object(depth: number): JsonValue {
    const object: Record<string, JsonValue> = {};
    if (this.takes('}')) return object;
    do {
      this.skipSpace();
      const keyAt = this.at;
      if (this.text[keyAt] !== '"') this.refuse('json-syntax');
      const key = this.string();
      if (FORBIDDEN_KEYS.has(key)) this.refuse('json-forbidden-key', keyAt);
      if (Object.hasOwn(object, key)) this.refuse('json-duplicate-key', keyAt);
      if (!this.takes(':')) this.refuse('json-syntax');
      object[key] = this.value(depth + 1);
    } while (this.takes(','));
    if (!this.takes('}')) this.refuse('json-syntax');
    return object;
  }

  private array(depth: number): JsonValue {
    const array: JsonValue[] = [];
    if (this.takes(']')) return array;
    do array.push(this.value(depth + 1));
    while (this.takes(','));
    if (!this.takes(']')) this.refuse('json-syntax');
    return array;
  }

  private string(): string {
    const openedAt = this.at++;
    let result = this.plainRun();
    // Decoded UTF-8 holds whole pairs only; escapes alone can bring half of one.
    let escaped = false;
    while (this.text[this.at] === '\\') {
      escaped = true;
      result += this.escape() + this.plainRun();
    }
    // Otherwise a raw control character, or the end of the text.
    if (this.text[this.at] !== '"') this.refuse('json-syntax');
    this.at++;
    if (escaped && !isWellFormed(result)) this.refuse('json-lone-surrogate', openedAt);
    return result;
  }

  private plainRun(): string {
    const from = this.at;
    PLAIN_RUN.lastIndex = from;
    // It matches everywhere, if only nothing; asked so, no list of matches is made.
    if (PLAIN_RUN.test(this.text)) this.at = PLAIN_RUN.lastIndex;
    return this.text.slice(from, this.at);
  }

  private escape(): string {
    const letter = this.text[this.at + 1] ?? '';
    const plain = ESCAPES.get(letter);
    if (plain !== undefined) {
      this.at += 2;
      return plain;
    }
    const digits = this.text.slice(this.at + 2, this.at + 6);
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) this.refuse('json-syntax');
    this.at += 6;
    return String.fromCharCode(parseInt(digits, 16));
  }

  private integer(): number {
    const startedAt = this.at;
    INTEGER.lastIndex = startedAt;
    if (!INTEGER.test(this.text)) this.refuse('json-syntax');
    this.at = INTEGER.lastIndex;
    const digits = this.text.slice(startedAt, this.at);
    const next = this.text[this.at];
    if (next === '.' || next === 'e' || next === 'E' || digits === '-0') this.refuse('json-number', startedAt);
    const value = Number(digits);
    if (!Number.isSafeInteger(value)) this.refuse('json-number', startedAt);
    return value;
  }

  private literal(): boolean | null {
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.refuse('json-syntax');
  }
}
