import { z } from 'zod';
import { accountViewSchema, revokedAccountSchema, unlockedAccountSchema } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command } from '../command';

/** `accounts`: who may sign in, and an officer's way to sign somebody out. */
export const accounts: Command = {
  usage: 'accounts list | revoke ACCOUNT [--factors] | unlock ACCOUNT',
  does: 'who may sign in; end sessions, forget a lost phone, let in whom guessing keeps out / 账号清单，强制退出，清除遗失的第二因素，解除锁定',
  async run(args, { api, say, give }) {
    const { values, words: [verb, account] } = readArgs(args, { factors: { type: 'boolean' } }, { min: 1, max: 2, usage: this.usage });
    if (verb === 'list' && account === undefined) {
      const rows = await api.get('/api/accounts', z.array(accountViewSchema));
      for (const row of rows) say(`${row.account}  ${row.platform}  ${row.title}  ${row.totp === true ? 'app' : '-'}  keys ${row.keys ?? 0}  sessions ${row.sessions ?? 0}`);
      give(rows);
      return EXIT.ok;
    }
    if (verb === 'unlock' && account !== undefined && values.factors === undefined) {
      const unlocked = await api.post(`/api/accounts/${encodeURIComponent(account)}/unlock`, unlockedAccountSchema, {});
      say(`unlock code 解锁码: ${unlocked.unlock}\ngood once, until ${new Date(unlocked.expiresAt).toISOString()}, beside the password; hand it over yourself: ./clarion sign-in --account ${unlocked.account} --unlock CODE`);
      give(unlocked);
      return EXIT.ok;
    }
    if (verb !== 'revoke' || account === undefined) throw new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    const revoked = await api.post(`/api/accounts/${encodeURIComponent(account)}/revoke`, revokedAccountSchema, { factors: values.factors === true });
    say(`${account}: ${revoked.sessions} sessions ended / 已结束会话${values.factors === true ? `; app ${revoked.totp ? 'forgotten 已清除' : 'none 无'}, keys ${revoked.keys}` : ''}`);
    give(revoked);
    return EXIT.ok;
  },
};
