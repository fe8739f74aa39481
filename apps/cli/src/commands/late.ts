import { z } from 'zod';
import { lateSignatureSchema } from '#libs/contracts';
import { EXIT } from '../cli-error';
import { readArgs, type Command } from '../command';

/** `late`: signatures that messages on the air still owe; `approve` gives them. */
export const late: Command = {
  usage: 'late',
  does: 'signatures still owed after the air, the earliest due first / 待补签',
  async run(args, context) {
    readArgs(args, {}, { min: 0, max: 0, usage: this.usage });
    const owed = await context.api.get('/api/late-signatures', z.array(lateSignatureSchema));
    owed.forEach((one) => {
      context.say(`${one.isOverdue ? '逾期/OVERDUE ' : ''}due ${new Date(one.dueAt).toISOString()}  ${one.message}  ${one.title}  ${one.step} by ${one.missing} more with the role ${one.role}${one.unit === null ? '' : ` of ${one.unit}`}`);
    });
    context.say(owed.length === 0 ? 'nothing is owed' : `${owed.length} owed, ${owed.filter(({ isOverdue }) => isOverdue).length} overdue`);
    context.give(owed);
    return EXIT.ok;
  },
};
