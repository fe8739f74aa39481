import { createPrivateKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { openKeyFile } from '#libs/suites';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command } from '../command';
import { readInputJson, writePrivate } from '../files';
import { passphraseFor } from '../signing';

/** `key pem`: an encrypted key file as PKCS#8 PEM without a passphrase (0600), for a sender that is not the command line. Overwrites nothing. */
export const key: Command = {
  usage: 'key pem KEY_FILE --out FILE [--passphrase-file FILE]',
  does: 'take a key out of its file, for a sending program / 导出密钥供程序使用',
  async run(args, { config, say, give }) {
    const { values, words } = readArgs(args, { out: { type: 'string' }, 'passphrase-file': { type: 'string' } }, { min: 2, max: 2, usage: this.usage });
    const [verb, keyFile = ''] = words;
    if (verb !== 'pem' || values.out === undefined) throw new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    if (existsSync(values.out)) throw new CliError('FILE_EXISTS', `${values.out} exists; nothing was written`, EXIT.usage);
    const opened = await openKeyFile(readInputJson(keyFile), passphraseFor(config, keyFile, values['passphrase-file']));
    if (!opened.ok) throw new CliError('KEY_FILE', `${keyFile}: ${opened.code}`, EXIT.usage);
    const pem = createPrivateKey({ key: Buffer.from(opened.pkcs8), format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' });
    writePrivate(values.out, pem.toString());
    say(`${values.out} holds the key ${opened.record.keyId} without a passphrase: whoever reads it signs as you / 该文件未加密，请妥善保管`);
    give({ file: values.out, keyId: opened.record.keyId, alg: opened.record.alg });
    return EXIT.ok;
  },
};
