import { createPrivateKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { softwareAlgSchema } from '#libs/contracts';
import { SUITE_OF_PROFILE } from '#libs/domain';
import { openKeyFile } from '#libs/suites';
import { makeKey, newPassphrase, refuseNowhere } from '../ceremony/new-key';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { writePrivate } from '../files';
import { keyFileFault } from '../key-file-fault';
import { passphraseFor, readKeyFile } from '../signing';
import { grantKeys, listRequests, proveKey, refuseRequest, requestKey } from './key-life';

/** `key make`: one person's key. `key pem`: an encrypted key file as PKCS#8 PEM without a passphrase (0600), for a sender that is not the command line. Both write over nothing. The rest: commands/key-life.ts. */
export const key: Command = {
  usage: `key make --out FILE.key.json [--alg ed25519|es256|sm2-sm3] [--passphrase-file FILE]
  key pem KEY_FILE --out FILE [--passphrase-file FILE]
  key request KEY_FILE [--replaces KEY_ID --reason lost|changed] [--passphrase-file FILE]   (asks the officers for it)
  key requests                                                                              (what people ask for)
  key grant REQUEST=FINGERPRINT... --out FOLDER [--root ROOT]                               (drafts the rosters)
  key refuse REQUEST --reason WORDS                                                         (turns it down; its person reads why)
  key prove KEY_FILE [--passphrase-file FILE]                                               (once a month: it is still here)`,
  does: 'make a key, ask for it, grant it, show that it is still there; take one out of its file for a program / 生成、申请、办理、每月确认密钥；导出供程序使用',
  async run(args, context) {
    const options = { out: { type: 'string' }, alg: { type: 'string' }, 'passphrase-file': { type: 'string' }, replaces: { type: 'string' }, reason: { type: 'string' }, root: { type: 'string' } } as const;
    const { values, words: [verb, keyFile, ...more] } = readArgs(args, options, { min: 1, max: 200, usage: this.usage });
    const misused = new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    if (verb === 'requests' && keyFile === undefined) return listRequests(context);
    if (verb === 'grant' && keyFile !== undefined && values.out !== undefined) return grantKeys(context, [keyFile, ...more], values.out, values.root);
    if (more.length > 0) throw misused;
    if (verb === 'refuse' && keyFile !== undefined && values.reason !== undefined) return refuseRequest(context, keyFile, values.reason);
    if (verb === 'request' && keyFile !== undefined) return requestKey(context, keyFile, { replaces: values.replaces, reason: values.reason, passphraseFile: values['passphrase-file'] });
    if (verb === 'prove' && keyFile !== undefined) return proveKey(context, keyFile, values['passphrase-file']);
    if (values.out === undefined) throw misused;
    if (verb === 'pem' && keyFile !== undefined && values.alg === undefined) return takeOut(context, keyFile, values.out, values['passphrase-file']);
    if (verb !== 'make' || keyFile !== undefined) throw misused;
    refuseNowhere(values.out);
    const alg = readWord(softwareAlgSchema, values.alg ?? SUITE_OF_PROFILE[context.config.profile], `is no kind of key; there are: ${softwareAlgSchema.options.join(', ')}`, this.usage);
    context.give(await makeKey(context, values.out, alg, await newPassphrase(context, values['passphrase-file'])));
    return EXIT.ok;
  },
};

async function takeOut({ config, say, give }: Context, keyFile: string, out: string, passphraseFile: string | undefined): Promise<number> {
  if (existsSync(out)) throw new CliError('FILE_EXISTS', `${out} exists; nothing was written`, EXIT.usage);
  const opened = await openKeyFile(readKeyFile(keyFile), passphraseFor(config, keyFile, passphraseFile));
  if (!opened.ok) throw keyFileFault(keyFile, opened.code);
  const pem = createPrivateKey({ key: Buffer.from(opened.pkcs8), format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' });
  writePrivate(out, pem.toString());
  say(`${out} holds the key ${opened.record.keyId} without a passphrase: whoever reads it signs as you / 该文件未加密，请妥善保管`);
  give({ file: out, keyId: opened.record.keyId, alg: opened.record.alg });
  return EXIT.ok;
}
