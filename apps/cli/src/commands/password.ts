import { z } from 'zod';
import { accountSetupSchema } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Context } from '../command';
import { confirm } from '../confirm';
import { readSecret } from '../files';

/** `account setup`: an officer's code with which a person sets a password, shown this once. */
export async function offerSetup(args: readonly string[], context: Context, usage: string): Promise<number> {
  const { values, words: [, account = ''] } = readArgs(args, { yes: { type: 'boolean' } }, { min: 2, max: 2, usage });
  context.say(`${account}: the password of now opens nothing any more and every session ends / 现有口令立即失效，会话全部结束`);
  await confirm(context, values.yes === true, `Make a setup code for ${account}?`);
  const offered = await context.api.post(`/api/accounts/${encodeURIComponent(account)}/setup`, accountSetupSchema, {});
  context.say(`setup code 设置码: ${offered.setup}\ngood once, until ${new Date(offered.expiresAt).toISOString()}; hand it over yourself: ./clarion account password --account ${offered.account}`);
  context.give(offered);
  return EXIT.ok;
}

/** `account password`: a person sets the own password, with an officer's code or with the password before. */
export async function setPassword(args: readonly string[], context: Context, usage: string): Promise<number> {
  const { values } = readArgs(args, {
    account: { type: 'string' }, setup: { type: 'string' }, code: { type: 'string' }, 'current-file': { type: 'string' }, 'password-file': { type: 'string' },
  }, { min: 1, max: 1, usage });
  const given = (file: string | undefined, question: string): Promise<string> | string => (file === undefined ? ask(context, usage, question) : readSecret(file));
  if (values.account !== undefined) {
    const setup = values.setup ?? await ask(context, usage, 'Setup code 设置码: ');
    await context.api.setUpPassword(values.account, setup, await newPassword(context, usage, values['password-file']));
  } else {
    const password = await given(values['current-file'], 'Password of now 现口令: ');
    const next = await newPassword(context, usage, values['password-file']);
    await context.api.post('/api/session/password', z.unknown(), { password, next, ...(values.code === undefined ? {} : { code: values.code }) });
  }
  context.say('the password is set; every session has ended: ./clarion sign-in / 口令已设置，请重新登录');
  context.give({ passwordSet: true });
  return EXIT.ok;
}

/** Asked twice, for nobody sees it. */
async function newPassword(context: Context, usage: string, file: string | undefined): Promise<string> {
  if (file !== undefined) return readSecret(file);
  const first = await ask(context, usage, 'New password, 12 signs at least 新口令（至少12位）: ');
  if (await ask(context, usage, 'Once more 再输一次: ') !== first) throw new CliError('USAGE', 'The two differ; nothing was changed / 两次输入不一致', EXIT.usage);
  return first;
}

function ask({ questions }: Context, usage: string, question: string): Promise<string> {
  if (questions === undefined) throw new CliError('USAGE', `Nobody can be asked here: ./clarion ${usage}`, EXIT.usage);
  return questions.ask(question, true);
}
