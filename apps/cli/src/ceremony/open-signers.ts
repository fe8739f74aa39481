import { openKeyFile, type Signer } from '#libs/suites';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { keyFileFault } from '../key-file-fault';
import { openSigner, readKeyFile } from '../signing';

/** The signers of these key files, their passphrases from one file for all, one for each, or asked for. Refuses (USAGE) another number of files. */
export async function openSigners(context: Context, keys: readonly string[], passphraseFiles: readonly string[]): Promise<readonly Signer[]> {
  if (passphraseFiles.length > 1 && passphraseFiles.length !== keys.length) throw new CliError('USAGE', '--passphrase-file takes one file for all keys, or one for each in their order', EXIT.usage);
  const signers: Signer[] = [];
  for (const [at, key] of keys.entries()) signers.push(await openOrAsk(context, key, passphraseFiles[at] ?? passphraseFiles[0]));
  return signers;
}

/** One signer; where nobody names the passphrase it is asked for. Refuses PASSPHRASE where nobody answers either. */
export async function openOrAsk(context: Context, keyFile: string, passphraseFile: string | undefined): Promise<Signer> {
  try {
    return await openSigner(context.config, keyFile, passphraseFile);
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'PASSPHRASE' || context.questions === undefined) throw error;
    const passphrase = await context.questions.ask(`Passphrase of ${keyFile} / 口令: `, true);
    if (passphrase === '') throw error;
    const opened = await openKeyFile(readKeyFile(keyFile), passphrase);
    if (!opened.ok) throw keyFileFault(keyFile, opened.code);
    return opened.signer;
  }
}
