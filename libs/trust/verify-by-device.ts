import { eventSchema, receiptSchema, type Digest, type KeyRecord, type Receipt, type SecurityEvent, type TerminalId } from '#libs/contracts';
import { verifiedSignatures } from '#libs/suites';
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
  const opened = openEnvelope(value, word);
  if (!opened.ok) return opened;
  if (opened.value.envelope.signatures.length !== 1) return refuse('REJ_SHAPE', 'signatures');
  if (opened.value.envelope.signatures[0]?.keyid !== device.key.keyId) return refuse('REJ_KEY_UNKNOWN');
  const keys = new Map([[device.key.keyId, device.key]]);
  if (verifiedSignatures(opened.value.envelope, opened.value.payload, keys).length !== 1) return refuse('REJ_SIGNATURE');
  const payload = readByDevice(opened.value, word);
  if (!payload.ok) return payload;
  return payload.value.terminal === device.terminal ? ok({ payload: payload.value, digest: opened.value.digest }) : refuse('REJ_TERMINAL', 'terminal');
}

function readByDevice(opened: OpenedEnvelope, word: keyof Payloads): Result<Receipt | SecurityEvent> {
  return word === 'receipt' ? readPayload(opened, receiptSchema) : readPayload(opened, eventSchema);
}
