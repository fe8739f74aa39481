import type { RefusalCode } from '#libs/contracts';
import { toBase64, type Envelope } from '#libs/envelope';
import { signEnvelope, type Signer } from '#libs/suites';
import type { AdmitFacts } from '#libs/trust';
import type { SeededRandom } from '../../../../tests/support/seeded-random';
import type { Genuine, Lab } from '../lab';

/** What one seed of a forgery works with: a genuine order, another one, and a thief's own key. */
export interface Bench {
  readonly lab: Lab;
  readonly genuine: Genuine;
  /** Genuine as well, of another message; of the same platform where `kin`. */
  readonly other: Genuine;
  readonly random: SeededRandom;
}

/** A way to forge an order, and the codes that are right for refusing it. */
export interface Operator {
  readonly name: string;
  readonly codes: readonly RefusalCode[];
  forge(bench: Bench): Promise<Forged> | Forged;
}

export interface Forged {
  readonly order: unknown;
  /** What is special about the terminal at that moment. */
  readonly facts?: Partial<AdmitFacts>;
}

/** The same order with other parts. */
export function withParts({ order }: Genuine, parts: Readonly<Record<string, unknown>>): Forged {
  return { order: { ...order, ...parts } };
}

/** Bound anew by the platform's own dispatcher: what a thief of that key alone can do. */
export async function rebound({ lab: { world }, genuine }: Bench, parts: { readonly message?: Envelope; readonly approvals?: readonly Envelope[]; readonly set?: Partial<Genuine['bound']>; readonly by?: readonly Signer[] } = {}): Promise<Forged> {
  const { message = genuine.message, approvals = genuine.approvals, set, by } = parts;
  const dispatch = await world.dispatch(genuine.platform, message, approvals, { ...(set === undefined ? {} : { set }), ...(by === undefined ? {} : { by }) });
  return { order: { dispatch, message, approvals } };
}

/** Bytes as they are, signed: for payloads that no encoder would write. */
export function signText(word: string, text: string | Uint8Array, ...by: readonly Signer[]): Promise<Envelope> {
  return signEnvelope(word, typeof text === 'string' ? new TextEncoder().encode(text) : text, by);
}

export function textOf(value: unknown): string {
  return JSON.stringify(value);
}

/** The old signatures over something else. */
export function overOther(envelope: Envelope, value: unknown): Envelope {
  return { ...envelope, payload: toBase64(new TextEncoder().encode(textOf(value))) };
}

export function randomHex(random: SeededRandom, length: number): string {
  return Array.from({ length }, () => random.int(16).toString(16)).join('');
}

export function randomBase64(random: SeededRandom, bytes: number): string {
  return toBase64(Uint8Array.from({ length: bytes }, () => random.int(256)));
}

/** The value with one leaf changed, somewhere. */
export function changed(value: unknown, random: SeededRandom): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0) return ['x'];
    const at = random.int(value.length);
    return value.map((entry, index) => (index === at ? changed(entry, random) : entry));
  }
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    if (keys.length === 0) return { x: 1 };
    const key = random.pick(keys);
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, name === key ? changed(entry, random) : entry]));
  }
  if (typeof value === 'number') return value + 1 + random.int(1000);
  if (typeof value === 'string') return value.length === 0 ? 'x' : `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`;
  return value === null ? 'x' : null;
}
