import { eventSchema, receiptSchema, type Digest, type KeyRecord, type Receipt, type SecurityEvent, type TerminalId } from '#libs/contracts';
import { verifiedSignatures } from '#libs/suites';
import { parseStrictJson, wordOf } from '#libs/envelope';
import { openEnvelope, readPayload, type OpenedEnvelope } from './open-envelope';
import { ok, refuse, type Result } from './result';

/** An enrolled device: its key signs for this terminal and for nothing else. */
export interface Device {
  readonly terminal: TerminalId;
  readonly key: KeyRecord;
}

export interface Payloads {
  readonly receipt: Receipt;
  readonly event: SecurityEvent;
}

/** A receipt or event signed by this device about itself. Counters, order and duplicates are the caller's. */
export function verifyByDevice<W extends keyof Payloads>(device: Device, value: unknown, word: W): Result<{ readonly payload: Payloads[W]; readonly digest: Digest }>;
export function verifyByDevice(device: Device, value: unknown, word: keyof Payloads): Result<{ readonly payload: Receipt | SecurityEvent; readonly digest: Digest }> {
  const opened = openByDevice(device, value, word);
  if (!opened.ok) return opened;
  const payload = readByDevice(opened.value, word);
  if (!payload.ok) return payload;
  return payload.value.terminal === device.terminal ? ok({ payload: payload.value, digest: opened.value.digest }) : refuse('REJ_TERMINAL', 'terminal');
}

/** What a device signed that no contract here knows: enough to keep it as evidence and to count its number as used. */
export interface UnreadByDevice {
  readonly word: keyof Payloads;
  readonly counter: number;
  readonly digest: Digest;
}

/**
 * The counter of a receipt or event that this device signed about itself although its contents are refused: a later
 * version's word, or a faulty unit. Undefined where the signature, the terminal or the counter does not hold.
 */
export function unreadByDevice(device: Device, value: unknown): UnreadByDevice | undefined {
  const kind = typeof value === 'object' && value !== null && 'payloadType' in value && typeof value.payloadType === 'string' ? wordOf(value.payloadType) : undefined;
  const word = kind === 'receipt' || kind === 'event' ? kind : undefined;
  const opened = word === undefined ? undefined : openByDevice(device, value, word);
  if (word === undefined || opened?.ok !== true) return undefined;
  const json = parseStrictJson(opened.value.payload);
  if (!json.ok || typeof json.value !== 'object' || json.value === null || Array.isArray(json.value)) return undefined;
  const { terminal, counter } = { terminal: undefined, counter: undefined, ...json.value };
  if (terminal !== device.terminal || typeof counter !== 'number' || counter < 1) return undefined;
  return { word, counter, digest: opened.value.digest };
}

function openByDevice(device: Device, value: unknown, word: keyof Payloads): Result<OpenedEnvelope> {
  const opened = openEnvelope(value, word);
  if (!opened.ok) return opened;
  if (opened.value.envelope.signatures.length !== 1) return refuse('REJ_SHAPE', 'signatures');
  if (opened.value.envelope.signatures[0]?.keyid !== device.key.keyId) return refuse('REJ_KEY_UNKNOWN');
  return verifiedSignatures(opened.value.envelope, opened.value.payload, [device.key]).length === 1 ? opened : refuse('REJ_SIGNATURE');
}

function readByDevice(opened: OpenedEnvelope, word: keyof Payloads): Result<Receipt | SecurityEvent> {
  return word === 'receipt' ? readPayload(opened, receiptSchema) : readPayload(opened, eventSchema);
}
