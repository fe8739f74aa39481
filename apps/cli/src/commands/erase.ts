import { erasedPersonSchema, personIdSchema, platformIdSchema } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command } from '../command';
import { confirm } from '../confirm';

/** `account erase`: what the server keeps of a person who has left goes; what the person signed stays, under an id. */
export const account: Command = {
  usage: 'account erase PERSON [--platform PLATFORM, else your own] [--yes]',
  does: 'erase accounts, names and texts of a person who has left; every proof stays valid / 删除离职人员的个人信息',
  async run(args, context) {
    const { values, words: [verb, word = ''] } = readArgs(args, { platform: { type: 'string' }, yes: { type: 'boolean' } }, { min: 2, max: 2, usage: this.usage });
    if (verb !== 'erase') throw new CliError('USAGE', `"${verb ?? ''}" is nothing that account does; there is: erase\nUsage: ./clarion ${this.usage}`, EXIT.usage);
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
