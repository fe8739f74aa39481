import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { keyRecordSchema, type KeyRecord } from '#libs/contracts';
import { checkKeyRecord, generateKey, sealKeyFile, type SoftwareAlg } from '#libs/suites';
import { publicKeyOf } from '#libs/tables';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { readInput, readSecret, writeLasting } from '../files';

const LEAST_PASSPHRASE = 12;

export interface NewKey { readonly file: string; readonly publicFile: string; readonly key: KeyRecord }

/**
 * Makes one person's key: a sealed file and, beside it, `.pub.json` with the public half, which is all that anybody else
 * needs. Refuses to write over anything, and a passphrase that is too short or typed in two ways.
 */
export async function makeKey(context: Context, file: string, alg: SoftwareAlg, passphrase: string): Promise<NewKey> {
  const publicFile = `${file.replace(/(\.key)?\.json$/, '')}.pub.json`;
  for (const path of [file, publicFile]) if (existsSync(path)) throw new CliError('FILE_EXISTS', `${path} exists; no key was made`, EXIT.usage);
  const made = await generateKey(alg);
  const key = keyRecordSchema.parse(made.key);
  writeLasting(file, JSON.stringify(await sealKeyFile(made.pkcs8, made.key, passphrase)));
  writeLasting(publicFile, `${JSON.stringify(key)}\n`);
  context.say(`${file}: the sealed key, for its holder alone / 密封的私钥，由本人保管`);
  context.say(`${publicFile}: its public half, for everybody / 公钥，可以公开`);
  context.say(`  key ${(key.keyId.match(/.{8}/g) ?? []).join(' ')}\n  ${key.alg} ${key.spki}`);
  return { file, publicFile, key };
}

/** A stick that is not in, or a slip of the hand: a private key never goes to a folder that is not there. Refuses FOLDER_MISSING. */
export function refuseNowhere(file: string): void {
  const folder = dirname(file);
  if (!existsSync(folder)) throw new CliError('FOLDER_MISSING', `There is no folder ${folder}: is the stick in? No key was made / 没有这个文件夹，请确认介质已插入`, EXIT.usage);
}

/** The passphrase for a new key, from a file or typed twice. */
export async function newPassphrase({ questions }: Context, file: string | undefined): Promise<string> {
  const passphrase = file === undefined ? await typedTwice(questions) : readSecret(file);
  if (passphrase.length < LEAST_PASSPHRASE) throw new CliError('PASSPHRASE_SHORT', `A passphrase of fewer than ${LEAST_PASSPHRASE} characters can be guessed / 口令至少 ${LEAST_PASSPHRASE} 个字符`, EXIT.usage);
  return passphrase;
}

async function typedTwice(questions: Context['questions']): Promise<string> {
  if (questions === undefined) throw new CliError('PASSPHRASE', 'Name the passphrase with --passphrase-file FILE', EXIT.usage);
  const first = await questions.ask('New passphrase / 新口令: ', true);
  if (await questions.ask('Once more / 再输一次: ', true) !== first) throw new CliError('PASSPHRASE_DIFFERS', 'These were two different passphrases; no key was made', EXIT.usage);
  return first;
}

/** A public key as somebody hands it over: a file with its record, the record itself (a passkey names its site in it), or the base64 of its SPKI. Refuses KEY_UNUSABLE. */
export function readPublicKey(given: string): KeyRecord {
  const text = existsSync(given) ? readInput(given).toString('utf8').trim() : given.trim();
  const record = keyRecordSchema.safeParse(jsonOrText(text));
  const key = record.success ? record.data : publicKeyOf(text);
  if (key === undefined || !checkKeyRecord(key).ok) {
    throw new CliError('KEY_UNUSABLE', `"${given.slice(0, 80)}" is no public key: a .pub.json file, its contents, or the base64 of an SPKI`, EXIT.usage);
  }
  return key;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
