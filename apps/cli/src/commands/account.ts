import type { Session } from '#libs/contracts';
import type { SecondFactor } from '../api-client';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command, type Context } from '../command';
import { answerChallenge, readDeviceFile } from '../device-key';
import { readSecret } from '../files';
import { keepKnownDevice, knownDevice } from '../known-device';

/** `sign-in`: a session kept in the session file (0600). Asks for a second factor where the platform wants one. */
export const signIn: Command = {
  usage: 'sign-in --account ACCOUNT [--password-file FILE] [--code CODE | --device DEVICE_FILE] [--unlock CODE]',
  does: 'sign in / 登录',
  async run(args, context) {
    const { api, config, give, say } = context;
    const { values } = readArgs(args, {
      account: { type: 'string' }, 'password-file': { type: 'string' }, code: { type: 'string' }, device: { type: 'string' }, unlock: { type: 'string' },
    }, { min: 0, max: 0, usage: this.usage });
    const account = values.account ?? await ask(context, this.usage, 'Account 账号: ', false);
    const password = values['password-file'] === undefined ? await ask(context, this.usage, 'Password 口令: ', true) : readSecret(values['password-file']);
    const device = values.device === undefined ? undefined : await answerChallenge(readDeviceFile(values.device), account, await api.challenge());
    const session = await open(context, this.usage, account, password, { code: values.code, device, known: values.unlock ?? knownDevice(config, account) });
    api.keepSession();
    if (session.known !== undefined) keepKnownDevice(config, account, session.known);
    say(`${session.title} (${session.platform}, ${session.roles.join(' ')})${session.demo ? ' — DEMO 演示' : ''}`);
    if (session.factor === 'enrol') say('This account has no second factor yet: ./clarion factor totp / 此账号还没有第二因素，请先运行 ./clarion factor totp');
    give({ account: session.account, person: session.person, platform: session.platform, roles: session.roles, expiresAt: session.expiresAt, factor: session.factor });
    return EXIT.ok;
  },
};

/** Once without a code, unless one came along; a platform that wants one says so, and a person is asked. */
async function open(context: Context, usage: string, account: string, password: string, given: SecondFactor): Promise<Session> {
  try {
    return await context.api.signIn(account, password, given);
  } catch (error) {
    const wanted = error instanceof CliError && error.code === 'SECOND_FACTOR_WANTED' && given.code === undefined && given.device === undefined;
    if (!wanted || context.questions === undefined) throw error;
    const code = (await ask(context, usage, 'Code 动态码: ', false)).trim();
    if (code === '') throw error;
    return context.api.signIn(account, password, { code, known: given.known });
  }
}

function ask({ questions }: Context, usage: string, question: string, hidden: boolean): Promise<string> {
  if (questions === undefined) throw new CliError('USAGE', `Nobody can be asked here: ./clarion ${usage}`, EXIT.usage);
  return questions.ask(question, hidden);
}

/** `sign-out`: ends the session at the platform and removes its file. */
export const signOut: Command = {
  usage: 'sign-out',
  does: 'sign out / 退出登录',
  async run(args, { api, give, say }) {
    readArgs(args, {}, { min: 0, max: 0, usage: this.usage });
    await api.signOut();
    say('signed out / 已退出');
    give({ signedOut: true });
    return EXIT.ok;
  },
};
