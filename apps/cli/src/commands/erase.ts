import { erasedPersonSchema, personIdSchema, platformIdSchema } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command } from '../command';
import { confirm } from '../confirm';
import { offerSetup, setPassword } from './password';

const USAGE = [
  'account setup ACCOUNT [--yes] | password [--code CODE] [--current-file FILE] [--password-file FILE]',
  'account password --account ACCOUNT [--setup CODE] [--password-file FILE]', 'account erase PERSON [--platform PLATFORM, else your own] [--yes]',
].join('\n         ');

/** `account`: passwords; and what the server keeps of a person who has left goes, what the person signed stays, under an id. */
export const account: Command = {
  usage: USAGE,
  does: 'first and new passwords; erase a person who has left, every proof stays valid / 设置口令；删除离职人员的个人信息',
  async run(args, context) {
    if (args[0] === 'setup') return offerSetup(args, context, this.usage);
    if (args[0] === 'password') return setPassword(args, context, this.usage);
    const { values, words: [verb, word = ''] } = readArgs(args, { platform: { type: 'string' }, yes: { type: 'boolean' } }, { min: 2, max: 2, usage: this.usage });
    if (verb !== 'erase') throw new CliError('USAGE', `"${verb ?? ''}" is nothing that account does; there are: setup, password, erase\nUsage: ./clarion ${this.usage}`, EXIT.usage);
    const person = readWord(personIdSchema, word, 'is not a person id', this.usage);
    const platform = values.platform === undefined ? context.api.currentSession().platform : readWord(platformIdSchema, values.platform, 'is not a platform id', this.usage);
    context.say(`erases what is kept of ${person} at ${platform}: accounts, sessions, names and texts beside the audit log. This cannot be undone. Exports made before still hold it.`);
    await confirm(context, values.yes === true, `Erase ${person}?`);
    const erased = await context.api.post('/api/audit/erasures', erasedPersonSchema, { platform, person });
    context.say(`erased: ${erased.accounts} accounts, ${erased.details} names and texts`);
    context.give(erased);
    return EXIT.ok;
  },
};
