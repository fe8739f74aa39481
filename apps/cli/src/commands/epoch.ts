import { z } from 'zod';
import { documentsAnswerSchema, historyViewSchema, type HistoryView } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command, type Context } from '../command';

/** `epoch`: whether the database is an older copy; `epoch raise`: brings back what the server still has of what is lost, and lets dispatches go out again. */
export const epoch: Command = {
  usage: 'epoch | epoch raise --reason TEXT',
  does: 'after an older copy of the database was put back: what is lost, and going on / 数据库恢复后提升代次',
  async run(args, context) {
    const { values, words: [verb] } = readArgs(args, { reason: { type: 'string' } }, { min: 0, max: 1, usage: this.usage });
    if ((verb !== undefined && verb !== 'raise') || (verb === 'raise') !== (values.reason !== undefined)) throw new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    const before = await context.api.get('/api/history', historyViewSchema);
    sayHistory(context, before);
    if (values.reason === undefined) {
      context.give(before);
      return before.doubt === null ? EXIT.ok : EXIT.partial;
    }
    const known = (before.doubt?.missing ?? []).flatMap(({ envelope }) => (envelope === null ? [] : [envelope]));
    if (known.length > 0) await context.api.post('/api/trust/documents', documentsAnswerSchema.or(z.looseObject({})), { documents: known });
    const after = await context.api.post('/api/history/epoch', historyViewSchema, { reason: values.reason });
    context.say(`${known.length} documents are back; the epoch is raised, dispatches go out again`);
    context.give(after);
    return EXIT.ok;
  },
};

function sayHistory({ say }: Context, { doubt }: HistoryView): void {
  if (doubt === null) {
    say('the database is the one that this server knows');
    return;
  }
  say(`!!! since ${new Date(doubt.since).toISOString()} the database is an older copy: nothing is dispatched / 数据库为旧副本，停止下发`);
  for (const { platform, treeSize } of doubt.logs) say(`the log of ${platform} once had ${treeSize} leaves`);
  for (const { word, platform, version, envelope } of doubt.missing) say(`lost: ${word} ${version} of ${platform}${envelope === null ? ': only terminals know it; bring its file, or sign the version after it' : ''}`);
}
