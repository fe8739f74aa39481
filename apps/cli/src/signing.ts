import { dirname, join, resolve, sep } from 'node:path';
import { approvalSchema, envelopeSchema, messageSchema, type EnvelopeShape, type Message } from '#libs/contracts';
import { encodePayload, fromBase64, parseEnvelope, parseStrictJson } from '#libs/envelope';
import { isSignerFile, openKeyFile, openSignerFile, sha256Hex, signEnvelope, SuiteError, type Signer } from '#libs/suites';
import { CliError, EXIT } from './cli-error';
import type { CliConfig } from './config';
import { readInputJson, readSecret, requirePrivate, type OnExposed } from './files';
import { keyFileFault } from './key-file-fault';

/**
 * Opens what `--key` names: a person's key file with the passphrase of `--passphrase-file`, CLARION_PASSPHRASE_FILE, or the
 * demo folder that the file lies in; or a file that names a token's command or a signing service (docs/signers.md).
 */
export async function openSigner(config: CliConfig, keyFile: string, passphraseFile?: string, onExposed?: OnExposed): Promise<Signer> {
  const file = readKeyFile(keyFile, onExposed);
  if (isSignerFile(file)) return openElsewhere(keyFile, file, onExposed);
  const opened = await openKeyFile(file, passphraseFor(config, keyFile, passphraseFile, onExposed));
  if (!opened.ok) throw keyFileFault(keyFile, opened.code);
  return opened.signer;
}

/** What a key file holds, which nobody but its owner may read although it is sealed; a signer file holds no secret. Refuses FILE_EXPOSED. */
export function readKeyFile(keyFile: string, onExposed?: OnExposed): unknown {
  const file = readInputJson(keyFile);
  if (!isSignerFile(file)) requirePrivate(keyFile, onExposed);
  return file;
}

/** A signer whose key is not in its file: what goes wrong with it is told with its code. */
function openElsewhere(keyFile: string, file: unknown, onExposed?: OnExposed): Signer {
  const signer = coded(keyFile, () => openSignerFile(file, (path) => readSecret(resolve(dirname(keyFile), path), onExposed)));
  return { key: signer.key, sign: (bytes) => signer.sign(bytes).catch((cause: unknown) => coded(keyFile, () => { throw cause; })) };
}

function coded<T>(keyFile: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof SuiteError) throw new CliError('SIGNER', `${keyFile}: ${cause.code}: ${cause.message}`, EXIT.usage);
    throw cause;
  }
}

/** The passphrase of a key file; PASSPHRASE when nobody names one. */
export function passphraseFor(config: CliConfig, keyFile: string, passphraseFile?: string, onExposed?: OnExposed): string {
  const from = passphraseFile ?? config.passphraseFile ?? (isBelow(config.demoKeysDir, keyFile) ? join(config.demoKeysDir, 'passphrase') : undefined);
  if (from === undefined) throw new CliError('PASSPHRASE', 'Name the passphrase with --passphrase-file FILE', EXIT.usage);
  return readSecret(from, onExposed);
}

function isBelow(folder: string, file: string): boolean {
  return resolve(file).startsWith(resolve(folder) + sep);
}

/** Signs exactly these payload bytes as the given kind. */
export async function signPayload(word: string, payload: Uint8Array, signer: Signer): Promise<EnvelopeShape> {
  return envelopeSchema.parse(await signEnvelope(word, payload, [signer]));
}

export interface ReadMessage { readonly message: Message; readonly digest: string; readonly payload: Uint8Array }

/** Reads a message from the bytes that will be signed, never from what a server says about them. */
export function readMessagePayload(payload: Uint8Array): ReadMessage {
  const parsed = parseStrictJson(payload);
  const message = parsed.ok ? messageSchema.safeParse(parsed.value) : undefined;
  if (message === undefined || !message.success) throw new CliError('PAYLOAD', 'The server gave a payload that is not a message');
  return { message: message.data, digest: sha256Hex(payload), payload };
}

export function readMessageEnvelope(envelope: EnvelopeShape): ReadMessage {
  const parsed = parseEnvelope(envelope);
  if (!parsed.ok) throw new CliError('PAYLOAD', `The server gave a damaged envelope (${parsed.code})`);
  return readMessagePayload(parsed.payload);
}

export function decodePayload(text: string): Uint8Array {
  const bytes = fromBase64(text);
  if (bytes === undefined) throw new CliError('PAYLOAD', 'The server gave a payload that is not base64');
  return bytes;
}

export interface ApprovalChoice {
  readonly person: string;
  readonly step: string;
  readonly decision: 'approve' | 'return';
  readonly reason: string;
  readonly policyVersion: number;
  readonly listenedPermille: number;
  readonly signedAt: number;
}

/** One person's signature for one step, over the digest of what this program itself read and showed. */
export function signApproval(read: ReadMessage, choice: ApprovalChoice, signer: Signer): Promise<EnvelopeShape> {
  const approval = approvalSchema.parse({ ...choice, messageDigest: read.digest, displayedDigest: read.digest, platform: read.message.platform });
  return signPayload('approval', encodePayload(approval), signer);
}
