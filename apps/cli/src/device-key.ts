import { z } from 'zod';
import { keyRecordSchema, type Challenge, type EnrolledKey, type KeyAnswer } from '#libs/contracts';
import { encodePayload, fromBase64, pae, toBase64 } from '#libs/envelope';
import { generateKey, signerFromPkcs8, type Signer } from '#libs/suites';
import { CliError, EXIT } from './cli-error';
import { readInputJson, requirePrivate, writePrivate } from './files';

/** What an enrolled key signs (docs/sign-in.md). */
const SIGN_IN_TYPE = 'clarion-sign-in.v1';
const fileSchema = z.strictObject({ kind: z.literal('clarion-device.v1'), key: keyRecordSchema, pkcs8: z.string() });

/** The second factor of a machine or a program: a key in a file that its owner alone may read. */
export interface DeviceKey {
  readonly record: EnrolledKey;
  readonly signer: Signer;
}

/** A new key in a new file (0600). It signs nothing but sign-ins, so no passphrase guards it: the password is the other factor. */
export async function makeDeviceFile(file: string): Promise<DeviceKey> {
  const made = await generateKey('ed25519');
  const key = keyRecordSchema.parse(made.key);
  writePrivate(file, JSON.stringify({ kind: 'clarion-device.v1', key, pkcs8: toBase64(made.pkcs8) }));
  return { record: { keyId: key.keyId, alg: 'ed25519', spki: key.spki }, signer: made.signer };
}

/** Refuses DEVICE_FILE for anything else, FILE_EXPOSED where others may read it. */
export function readDeviceFile(file: string): DeviceKey {
  requirePrivate(file);
  const parsed = fileSchema.safeParse(readInputJson(file));
  const pkcs8 = parsed.success ? fromBase64(parsed.data.pkcs8) : undefined;
  if (!parsed.success || pkcs8 === undefined) throw new CliError('DEVICE_FILE', `${file} is no device file: ./clarion factor device --out FILE makes one`, EXIT.usage);
  const { keyId, spki } = parsed.data.key;
  return { record: { keyId, alg: 'ed25519', spki }, signer: signerFromPkcs8('ed25519', pkcs8) };
}

export async function answerChallenge({ record, signer }: DeviceKey, account: string, { challenge }: Challenge): Promise<KeyAnswer> {
  return { keyId: record.keyId, challenge, sig: toBase64(await signer.sign(pae(SIGN_IN_TYPE, encodePayload({ account, challenge })))) };
}
