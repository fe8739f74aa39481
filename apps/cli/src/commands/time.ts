import { serverTimeSchema, unixMsSchema } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command } from '../command';

/** `time`: what the server's clock says and whether terminals are told it; `time confirm`: a person vouches for it by another clock. */
export const time: Command = {
  usage: 'time | time confirm 2026-01-31T08:30+08:00 (what another clock says now, to the minute)',
  does: 'the server\'s clock, and confirming it after it was set / 服务器时间核对',
  async run(args, context) {
    const { words: [verb, said] } = readArgs(args, {}, { min: 0, max: 2, usage: this.usage });
    if (verb !== undefined && (verb !== 'confirm' || said === undefined)) throw new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    const view = said === undefined ? await context.api.get('/api/time', serverTimeSchema) : await context.api.post('/api/time/confirmation', serverTimeSchema, { at: readMoment(said, this.usage) });
    context.say(`the server's clock says ${new Date(view.at).toISOString()}`);
    context.say(view.fault === null ? 'terminals are told it' : `terminals are NOT told it: it was set by ${Math.round(view.fault.byMs / 1_000)} s ${view.fault.kind === 'stepped' ? 'while the server ran' : 'from when the server last believed in it'}. `
      + 'Set it right, or confirm it by another clock: ./clarion time confirm');
    context.give(view);
    return EXIT.ok;
  },
};

/** With its offset: two people in two zones must not mean two times. */
function readMoment(said: string, usage: string): number {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(said) ? unixMsSchema.safeParse(Date.parse(said)) : undefined;
  if (at?.success !== true) throw new CliError('USAGE', `"${said}" is no time with its offset\nUsage: ./clarion ${usage}`, EXIT.usage);
  return at.data;
}
