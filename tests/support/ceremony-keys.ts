import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deriveKeyFileKey, freshKeyFileKdf, sealKeyFile, type DerivedKey } from '#libs/suites';
import { makeKey, type TestKey } from './trust-people';

/** Sealed key files for tests of ceremonies, all under one cheap derivation: `NAME.key.json` and `NAME.pub.json`. */
export class CeremonyKeys {
  private constructor(readonly folder: string, private readonly derived: DerivedKey) {}

  static async open(folder: string): Promise<CeremonyKeys> {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'passphrase'), 'only-of-this-run\n', { mode: 0o600 });
    return new CeremonyKeys(folder, await deriveKeyFileKey('only-of-this-run', freshKeyFileKdf(2 ** 14)));
  }

  get passphraseFile(): string {
    return path.join(this.folder, 'passphrase');
  }

  file(name: string): string {
    return path.join(this.folder, `${name}.key.json`);
  }

  publicFile(name: string): string {
    return path.join(this.folder, `${name}.pub.json`);
  }

  /** `--key FILE` for each, and the passphrase. */
  words(...names: readonly string[]): readonly string[] {
    return [...names.flatMap((name) => ['--key', this.file(name)]), '--passphrase-file', this.passphraseFile];
  }

  async make(name: string, key?: TestKey): Promise<TestKey> {
    const made = key ?? await makeKey();
    mkdirSync(path.dirname(this.file(name)), { recursive: true });
    writeFileSync(this.file(name), JSON.stringify(await sealKeyFile(made.pkcs8, made.record, this.derived)), { mode: 0o600 });
    writeFileSync(this.publicFile(name), JSON.stringify(made.record));
    return made;
  }
}
