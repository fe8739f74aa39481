import { existsSync } from 'node:fs';
import { z } from 'zod';
import { factorsSchema, totpConfirmedSchema, totpOfferSchema, type Factors } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command, type Context } from '../command';
import { answerChallenge, makeDeviceFile } from '../device-key';
import { readSecret } from '../files';

const OPTIONS = { code: { type: 'string' }, name: { type: 'string' }, out: { type: 'string' }, 'password-file': { type: 'string' } } as const;

/** `factor`: what one signs in with besides the password. */
export const factor: Command = {
  usage: 'factor list | totp [--code CODE_IN_USE] | device --name NAME --out FILE [--password-file FILE] [--code CODE] | remove KEY_ID',
  does: 'second factors of this account / 本账号的第二因素',
  async run(args, context) {
    const { values, words: [verb, keyId] } = readArgs(args, OPTIONS, { min: 1, max: 2, usage: this.usage });
    if (verb === 'list' && keyId === undefined) return list(context);
    if (verb === 'totp' && keyId === undefined) return totp(context, this.usage, values.code);
    if (verb === 'device' && keyId === undefined && values.name !== undefined && values.out !== undefined) return device(context, this.usage, { name: values.name, out: values.out, passwordFile: values['password-file'], code: values.code });
    if (verb === 'remove' && keyId !== undefined) {
      await context.api.delete(`/api/session/keys/${encodeURIComponent(keyId)}`);
      return list(context);
    }
    throw new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
  },
};

async function list(context: Context): Promise<number> {
  tell(context, await context.api.get('/api/session/factors', factorsSchema));
  return EXIT.ok;
}

function tell({ say, give }: Context, factors: Factors): void {
  say(`authenticator app 动态码: ${factors.totpSince === null ? 'none 无' : new Date(factors.totpSince).toISOString()}; recovery codes left 恢复码余 ${factors.recoveryCodesLeft}`);
  for (const { keyId, alg, name, expiresAt } of factors.keys) say(`  ${keyId}  ${alg}  ${name}  until ${new Date(expiresAt).toISOString().slice(0, 10)}`);
  give(factors);
}

/** Shows the secret as a QR code, asks for its first code, and tells the recovery codes this once. */
async function totp(context: Context, usage: string, codeInUse: string | undefined): Promise<number> {
  const { api, say, give } = context;
  const offer = await api.post('/api/session/totp', totpOfferSchema, codeInUse === undefined ? {} : { code: codeInUse });
  for (const line of qrLines(offer.qr)) say(line);
  say(`Scan it with an authenticator app, or type 用动态码应用扫描，或手工输入: ${offer.secret}`);
  const code = (await ask(context, usage, 'Its code now 应用显示的动态码: ', false)).trim();
  const { recoveryCodes, session } = await api.post('/api/session/totp/confirm', totpConfirmedSchema, { code });
  api.takeSession(session);
  say('Write these down; each opens once when the phone is gone 请抄下恢复码，每个只能用一次:');
  for (const one of recoveryCodes) say(`  ${one}`);
  give({ recoveryCodes, factor: session.factor });
  return EXIT.ok;
}

/** A key file as second factor for 90 days: for a program, or a machine that only one person uses. */
async function device(context: Context, usage: string, given: { readonly name: string; readonly out: string; readonly passwordFile: string | undefined; readonly code: string | undefined }): Promise<number> {
  if (existsSync(given.out)) throw new CliError('FILE_EXISTS', `${given.out} exists; nothing was written`, EXIT.usage);
  const { account } = context.api.currentSession();
  const password = given.passwordFile === undefined ? await ask(context, usage, 'Password 口令: ', true) : readSecret(given.passwordFile);
  const made = await makeDeviceFile(given.out);
  const answer = await answerChallenge(made, account, await context.api.challenge());
  tell(context, await context.api.post('/api/session/keys', factorsSchema, { key: made.record, name: given.name, answer, password, ...(given.code === undefined ? {} : { code: given.code }) }));
  return EXIT.ok;
}

function ask({ questions }: Context, usage: string, question: string, hidden: boolean): Promise<string> {
  if (questions === undefined) throw new CliError('USAGE', `Nobody can be asked here: ./clarion ${usage}`, EXIT.usage);
  return questions.ask(question, hidden);
}

const QUIET = 2;

/** Two rows of modules to a line of half blocks, light on dark as terminals are, with the quiet zone around. */
export function qrLines(qr: z.infer<typeof totpOfferSchema>['qr']): readonly string[] {
  const size = qr.length + 2 * QUIET;
  const isDark = (row: number, column: number): boolean => qr[row - QUIET]?.[column - QUIET] === '1';
  return Array.from({ length: Math.ceil(size / 2) }, (_, line) => Array.from({ length: size }, (__, column) => {
    const [upper, lower] = [isDark(2 * line, column), isDark(2 * line + 1, column)];
    return upper ? (lower ? ' ' : '▄') : lower ? '▀' : '█';
  }).join(''));
}
