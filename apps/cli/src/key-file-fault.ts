import type { KeyFileRefusal } from '#libs/suites';
import { CliError, EXIT } from './cli-error';

const SAY: Readonly<Record<KeyFileRefusal, string>> = {
  'key-file-shape': 'this is no sealed key file (the one that ends in .key.json) / 不是密钥文件', 'key-file-other-salt': 'it was sealed apart from the others / 与其他密钥文件不同批',
  'key-file-passphrase': 'wrong passphrase, or the file was changed / 口令不对，或文件已被改动', 'key-file-wrong-key': 'the key inside is another one than it says / 文件内的密钥与标注不符',
};

/** Why a key file was not opened, in words and with its code. */
export function keyFileFault(file: string, code: KeyFileRefusal): CliError {
  return new CliError('KEY_FILE', `${file}: ${SAY[code]} (${code})`, EXIT.usage);
}
