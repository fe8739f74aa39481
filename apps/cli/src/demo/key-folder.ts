import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toBase64 } from '#libs/envelope';
import { deriveKeyFileKey, freshKeyFileKdf, generateKey, openKeyFile, sealKeyFile, signerFromPkcs8, type DerivedKey, type KeyFileKdf, type SoftwareSigner } from '#libs/suites';
import { serverKeyFileSchema, type Profile } from '#libs/contracts';
import { allowsSuite, SUITE_OF_PROFILE } from '#libs/domain';
import { keyFileHeadSchema } from '../key-file-head';
import { CliError, EXIT } from '../cli-error';
import type { Clock } from '../clock';
import { randomWord } from '../district/first-passwords';
import { readJson, writePrivate } from '../files';

/**
 * The demo people's keys: encrypted files under one random passphrase, which lies beside them (0600). They are as
 * public as the machine they lie on, which is why they exist only in the demo. The server never reads this folder.
 */
export class DemoKeyFolder {
  private constructor(readonly dir: string, readonly passphrase: string, private readonly derived: DerivedKey, private readonly profile: Profile) {}

  /** New keys are made, and old ones refused (KEY_PROFILE), as `profile` says. */
  static async open(dir: string, clock: Clock, profile: Profile = 'open'): Promise<DemoKeyFolder> {
    const passphraseFile = join(dir, 'passphrase');
    if (!existsSync(passphraseFile)) {
      writePrivate(passphraseFile, `${randomWord(clock, 20)}\n`);
    }
    const passphrase = readFileSync(passphraseFile, 'utf8').trim();
    const kdf = sharedKdf(dir) ?? freshKeyFileKdf();
    return new DemoKeyFolder(dir, passphrase, await deriveKeyFileKey(passphrase, kdf), profile);
  }

  pathOf(name: string): string {
    return join(this.dir, `${name}.key.json`);
  }

  /** The signer of a key file, made when it does not exist yet. */
  async signer(name: string): Promise<SoftwareSigner> {
    const path = this.pathOf(name);
    const held = readJson(path);
    if (held !== undefined) {
      const opened = await openKeyFile(held, this.derived);
      if (!opened.ok) throw new CliError('KEY_FILE', `${path}: ${opened.code}`);
      checkProfile(path, opened.signer, this.profile);
      return opened.signer;
    }
    const made = await generateKey(SUITE_OF_PROFILE[this.profile]);
    writePrivate(path, JSON.stringify(await sealKeyFile(made.pkcs8, made.key, this.derived)));
    return made.signer;
  }
}

/** All files of the folder share one salt, so that opening hundreds costs one scrypt. */
function sharedKdf(dir: string): KeyFileKdf | undefined {
  const first = readJson(join(dir, 'root', '1.key.json'));
  return first === undefined ? undefined : keyFileHeadSchema.parse(first).kdf;
}

/** A key that the server itself holds (dispatcher, log): plain on disk in CLARION_KEYS, 0600, made when missing. */
export async function serverKey(dir: string, name: string, profile: Profile = 'open'): Promise<SoftwareSigner> {
  const path = join(dir, `${name}.json`);
  const held = readJson(path);
  if (held !== undefined) {
    const { key, pkcs8 } = serverKeyFileSchema.parse(held);
    const signer = signerFromPkcs8(key.alg, Buffer.from(pkcs8, 'base64'));
    checkProfile(path, signer, profile);
    return signer;
  }
  const made = await generateKey(SUITE_OF_PROFILE[profile]);
  writePrivate(path, JSON.stringify({ key: made.key, pkcs8: toBase64(made.pkcs8) }));
  return made.signer;
}

function checkProfile(path: string, { key }: SoftwareSigner, profile: Profile): void {
  if (!allowsSuite(profile, key.alg)) throw new CliError('KEY_PROFILE', `${path} holds a key of ${key.alg}, which profile ${profile} does not take`, EXIT.usage);
}
