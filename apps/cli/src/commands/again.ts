import { draftAnswerSchema } from '#libs/contracts';
import { sayAgain } from '#libs/domain';
import { EXIT } from '../cli-error';
import { readArgs, type Command } from '../command';
import { readTime } from '../read-time';
import { saidAs } from '../said-before';
import { openSigner, readMessageEnvelope } from '../signing';
import { checkDraft, sayConsequence, submitSigned } from './compose';

/**
 * `again`: what was said before as a new message. What is wanted comes from the old message's own signed bytes, so that the
 * server's draft is held against them; its author signs it, and it is approved anew.
 */
export const again: Command = {
  usage: 'again MESSAGE [--key KEY_FILE] [--passphrase-file FILE] [--from TIME] [--until TIME] [--hold] [--dry-run]',
  does: 'say a message again: a new one, signed and approved anew / 重播重审',
  async run(args, context) {
    const { values, words } = readArgs(args, {
      key: { type: 'string' }, 'passphrase-file': { type: 'string' }, from: { type: 'string' }, until: { type: 'string' }, hold: { type: 'boolean' }, 'dry-run': { type: 'boolean' },
    }, { min: 1, max: 1, usage: this.usage });
    const { read, detail } = await saidAs(context, words[0] ?? '');
    const window = { notBefore: values.from === undefined ? undefined : readTime(values.from, this.usage), notAfter: values.until === undefined ? undefined : readTime(values.until, this.usage) };
    const wanted = sayAgain(detail.messageDigest, read.message, detail.correctionEnvelopes.map((envelope) => readMessageEnvelope(envelope).message), window);
    const { answer, ...drafted } = await checkDraft(context, wanted, await context.api.post(`/api/messages/${detail.id}/again`, draftAnswerSchema, window));
    sayConsequence(context, answer, drafted);
    if (values['dry-run'] === true || values.key === undefined) {
      context.give(answer);
      return EXIT.ok;
    }
    const view = await submitSigned(context, drafted, await openSigner(context.config, values.key, values['passphrase-file']), values.hold === true);
    context.say(`submitted ${view.id}, state ${view.state}`);
    context.give(view);
    return EXIT.ok;
  },
};
