import { EXIT } from '../cli-error';
import { readArgs, type Command } from '../command';
import { demoInit, demoSignIn } from '../demo/init';
import { settle } from '../demo/settle';

/** `demo init | settle | show`: the demo district's own set-up. */
export const demo: Command = {
  usage: 'demo init [--small] [--no-quiet-hours] | demo settle | demo show',
  does: 'set the demo district up / 演示',
  async run(args, context) {
    const { values, words } = readArgs(args, { small: { type: 'boolean' }, 'no-quiet-hours': { type: 'boolean' } }, { min: 1, max: 1, usage: this.usage });
    if (words[0] === 'settle') {
      const admitted = await settle(context);
      context.say(`admitted ${admitted} terminals`);
      context.give({ admitted });
      return EXIT.ok;
    }
    const signIn = words[0] === 'init' ? await demoInit(context.config, context.clock, values.small === true, values['no-quiet-hours'] === true ? [] : undefined) : demoSignIn(context.config);
    context.say(`DEMO 演示 — every account signs in with: ${signIn.passphrase}`);
    for (const row of signIn.accounts.slice(0, 12)) context.say(`  ${row.account.padEnd(26)} ${row.title}`);
    if (signIn.accounts.length > 12) context.say(`  and ${signIn.accounts.length - 12} more in townships and villages (./clarion demo show --json)`);
    context.give(signIn);
    return EXIT.ok;
  },
};
