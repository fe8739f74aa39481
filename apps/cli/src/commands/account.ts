import { readInput } from '../files';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command } from '../command';

/** `sign-in`: a session kept in the session file (0600). */
export const signIn: Command = {
  usage: 'sign-in --account ACCOUNT [--password-file FILE]',
  does: 'sign in / 登录',
  async run(args, { api, give, say, questions }) {
    const { values } = readArgs(args, { account: { type: 'string' }, 'password-file': { type: 'string' } }, { min: 0, max: 0, usage: this.usage });
    const ask = (question: string, hidden: boolean): Promise<string> => {
      if (questions === undefined) throw new CliError('USAGE', `Nobody can be asked here: ./clarion ${this.usage}`, EXIT.usage);
      return questions.ask(question, hidden);
    };
    const account = values.account ?? await ask('Account 账号: ', false);
    const password = values['password-file'] === undefined ? await ask('Password 口令: ', true) : readInput(values['password-file']).toString('utf8').trim();
    const session = await api.signIn(account, password);
    api.keepSession();
    say(`${session.title} (${session.platform}, ${session.roles.join(' ')})${session.demo ? ' — DEMO 演示' : ''}`);
    give({ account: session.account, person: session.person, platform: session.platform, roles: session.roles, expiresAt: session.expiresAt });
    return EXIT.ok;
  },
};

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
