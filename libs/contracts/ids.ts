import { z } from 'zod';

/** A short lower-case name: platforms, areas, units, persons and terminals. Two are keys that no signed JSON may hold (strict JSON). */
const slug = z.string().regex(/^(?!(?:constructor|prototype)$)[a-z0-9][a-z0-9-]{0,63}$/);

export const platformIdSchema = slug.brand<'PlatformId'>();
export const areaIdSchema = slug.brand<'AreaId'>();
export const unitIdSchema = slug.brand<'UnitId'>();
export const personIdSchema = slug.brand<'PersonId'>();
export const terminalIdSchema = slug.brand<'TerminalId'>();

/** SHA-256 as 64 lower-case hex digits. */
export const digestSchema = z.string().regex(/^[0-9a-f]{64}$/).brand<'Digest'>();
/** `sha256(alg || spki)`, design 4 "Keys". */
export const keyIdSchema = z.string().regex(/^[0-9a-f]{64}$/).brand<'KeyId'>();

/** A live stream: the first 16 bytes of the digest of the message that grants it. */
export const streamIdSchema = z.string().regex(/^[0-9a-f]{32}$/).brand<'StreamId'>();

/** UUIDv7 (RFC 9562 5.7), lower case. */
const uuid7 = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
export const messageIdSchema = uuid7.brand<'MessageId'>();
export const dispatchIdSchema = uuid7.brand<'DispatchId'>();
export const stopIdSchema = uuid7.brand<'StopId'>();
export const isolateIdSchema = uuid7.brand<'IsolateId'>();
export const restrictionIdSchema = uuid7.brand<'RestrictionId'>();
export const permitIdSchema = uuid7.brand<'PermitId'>();
export const incidentIdSchema = uuid7.brand<'IncidentId'>();
/** A planned drill. */
export const drillIdSchema = uuid7.brand<'DrillId'>();

/** Unix time in milliseconds, on the district's one time scale, up to the year 9999: what is added to one stays an exact integer. */
export const unixMsSchema = z.int().min(0).max(253_402_300_799_999);
export const durationMsSchema = z.int().min(0).max(864_000_000);
export const versionSchema = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
export const base64Schema = z.string().regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
/** A 128-bit nonce as 32 lower-case hex digits. */
export const nonceSchema = z.string().regex(/^[0-9a-f]{32}$/);
/** The 23-digit resource code (GD/J 080 5.2). */
export const resourceCodeSchema = z.string().regex(/^[1-6][0-9]{22}$/);

export type PlatformId = z.infer<typeof platformIdSchema>;
export type AreaId = z.infer<typeof areaIdSchema>;
export type UnitId = z.infer<typeof unitIdSchema>;
export type PersonId = z.infer<typeof personIdSchema>;
export type TerminalId = z.infer<typeof terminalIdSchema>;
export type Digest = z.infer<typeof digestSchema>;
export type KeyId = z.infer<typeof keyIdSchema>;
export type MessageId = z.infer<typeof messageIdSchema>;
export type DispatchId = z.infer<typeof dispatchIdSchema>;
export type StopId = z.infer<typeof stopIdSchema>;
export type IsolateId = z.infer<typeof isolateIdSchema>;
export type RestrictionId = z.infer<typeof restrictionIdSchema>;
export type PermitId = z.infer<typeof permitIdSchema>;
export type IncidentId = z.infer<typeof incidentIdSchema>;
export type StreamId = z.infer<typeof streamIdSchema>;
export type DrillId = z.infer<typeof drillIdSchema>;

/** What text for people never holds: control characters (Unicode Cc), other line breaks, halves of characters, and whatever turns the reading direction. */
const REFUSED = '\\u0000-\\u0009\\u000B-\\u001F\\u007F-\\u009F\\u061C\\u200E\\u200F\\u2028-\\u202E\\u2066-\\u2069\\uD800-\\uDFFF';
const ONE_LINE = new RegExp(`^[^\\n${REFUSED}]*$`, 'u');
const LINES = new RegExp(`^[^${REFUSED}]*$`, 'u');

/**
 * Text for people; line feeds only where `lines` says so. `maxChars` counts Unicode code points, as JSON Schema 6.3.1 does
 * in docs/api/payloads.json: a rare Han character is one, not its two UTF-16 units. Nothing is normalised.
 */
export function plainText(maxChars: number, lines: 'one-line' | 'lines' = 'one-line'): z.ZodString {
  return z.string().max(maxChars).regex(lines === 'lines' ? LINES : ONE_LINE);
}
