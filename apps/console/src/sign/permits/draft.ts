import { LIMITS, permitSchema, type Permit } from '#libs/contracts';
import { permitGroundFaults, type PermitGroundFault } from '#libs/domain';
import { encodePayload, parseStrictJson } from '#libs/envelope';
import type { Clock } from '../../clock';
import { sha256Hex } from '../keys';
import type { Village } from './villages';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const CST_MS = 8 * 3_600_000;

/** What the fields of the form hold, as typed. */
export interface Form {
  readonly clerk: string;
  readonly from: string;
  readonly to: string;
  readonly seconds: string;
  readonly perDay: string;
  readonly volume: string;
  readonly begins: string;
  readonly until: string;
}

/** A permit that nobody has signed: the very bytes, and what was read back from them. */
export interface Draft {
  readonly permit: Permit;
  readonly payload: Uint8Array;
  readonly digest: string;
}

/** By day, short and seldom: what most villages would write. */
export function emptyForm(now: number): Form {
  return { clerk: '', from: '08:00', to: '18:00', seconds: '300', perDay: '3', volume: 'normal', begins: dayOf(now), until: dayOf(now + (LIMITS.expiryDays - 35) * DAY_MS) };
}

/** The last day that a permit made today may have, and today. In China. */
export function daysOf(now: number): { readonly first: string; readonly last: string } {
  return { first: dayOf(now), last: dayOf(now + (LIMITS.expiryDays - 1) * DAY_MS) };
}

/** The fields that are not as a permit may have them. It begins and ends with the band on its first and last day. */
export async function draftOf({ charter, rosters: [own] }: Village, form: Form, clock: Clock): Promise<Draft | readonly (keyof Form)[]> {
  const now = Math.trunc(clock.now());
  const { platform } = charter;
  const [fromMinute, toMinute] = [minuteOf(form.from), minuteOf(form.to)];
  const [notBefore, notAfter] = [midnightOf(form.begins) + fromMinute * MINUTE_MS, midnightOf(form.until) + toMinute * MINUTE_MS];
  const parsed = permitSchema.safeParse({
    permitId: uuid7(clock), platform, clerk: form.clerk, classes: ['governance'], dayBand: { fromMinute, toMinute },
    maxDurationMs: wholeOf(form.seconds) * 1_000, perDay: wholeOf(form.perDay), volume: form.volume, notBefore, notAfter, issuedAt: now,
  });
  const ground = permitGroundFaults(charter, own, { platform, clerk: form.clerk, notBefore, notAfter, issuedAt: now }, now);
  const faults = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap(({ path }) => fieldsOf(path))), ...ground.flatMap((fault) => FIELD_OF[fault] ?? []), ...(notAfter <= now ? ['until' as const] : []),
  ];
  if (!parsed.success || faults.length > 0) return [...new Set(faults)];
  const payload = encodePayload(parsed.data);
  // What is shown is what these bytes say, and not what was typed.
  const json = parseStrictJson(payload);
  return { permit: permitSchema.parse(json.ok ? json.value : undefined), payload, digest: await sha256Hex(payload) };
}

/** What the form can mend of what no signature mends; the rest is `requireGround`'s to refuse. */
const FIELD_OF: Readonly<Partial<Record<PermitGroundFault, keyof Form>>> = { clerk: 'clerk', notAfter: 'until' };

function fieldsOf([field, part]: readonly PropertyKey[]): readonly (keyof Form)[] {
  switch (field) {
    case 'clerk': return ['clerk'];
    case 'dayBand': return part === 'fromMinute' ? ['from'] : part === 'toMinute' ? ['to'] : ['from', 'to'];
    case 'maxDurationMs': return ['seconds'];
    case 'perDay': return ['perDay'];
    case 'volume': return ['volume'];
    case 'notBefore': return ['begins'];
    default: return ['until'];
  }
}

function dayOf(at: number): string {
  return new Date(at + CST_MS).toISOString().slice(0, 10);
}

function midnightOf(day: string): number {
  return /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00+08:00`) : NaN;
}

function minuteOf(time: string): number {
  const [, hours, minutes] = /^(\d{2}):(\d{2})/.exec(time) ?? [];
  return Number(hours ?? NaN) * 60 + Number(minutes ?? NaN);
}

function wholeOf(text: string): number {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : NaN;
}

/** UUIDv7 (RFC 9562 5.7). */
function uuid7(clock: Clock): string {
  const bytes = [...clock.random(10)];
  const time = Math.trunc(clock.now()).toString(16).padStart(12, '0');
  const hex = bytes.map((byte, at) => (at === 0 ? (byte & 15) | 112 : at === 2 ? (byte & 63) | 128 : byte).toString(16).padStart(2, '0')).join('');
  return `${time.slice(0, 8)}-${time.slice(8)}-${hex.slice(0, 4)}-${hex.slice(4, 8)}-${hex.slice(8)}`;
}
