import { z } from 'zod';
import { deliveryViewSchema, messageDetailSchema, messageViewSchema, receiptViewSchema, type MessageDetail, type MessageView } from '#libs/contracts';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command, type Context } from '../command';
import { drillMark } from '../drill-mark';
import { sayBefore } from '../said-before';
import { openSigner, readMessageEnvelope, signApproval } from '../signing';
import { whatBytesSay, whatTakesItBack } from '../what-bytes-say';
import { IN_GRACE } from '../in-grace';
import { sayDeliveries } from './say-deliveries';
import { wouldDispatch, wouldWithdraw } from './would-move';

const FINAL: readonly MessageView['state'][] = ['completed', 'stopped', 'withdrawn', 'expired', 'returned'];

export function messageLine(view: MessageView): string {
  const tally = view.tally;
  return `${view.id}  ${view.state.padEnd(10)} ${view.class}/${view.severity}  ${drillMark(view.mode)}${view.title}  ${tally.done} done, ${tally.audible} sounding, ${tally.failed} failed of ${tally.targeted}`;
}

function sayMessage({ say }: Context, view: MessageView): void {
  say(messageLine(view));
  for (const step of view.steps) {
    say(`  ${step.name} x${step.count}${step.open ? ' (open)' : ''}: ${step.signed.map((signed) => `${signed.person} ${signed.decision}`).join(', ') || 'nobody yet'}`);
  }
  if (view.inGrace) say(`  ${IN_GRACE}`);
  if (view.notReleased !== null) say(`  did not go out when it was due: ${view.notReleased}`);
  for (const [reason, count] of Object.entries(view.tally.reasons)) say(`  failed ${reason}: ${count}`);
  for (const given of view.correctedBy) say(`  ${given.kind} given at ${new Date(given.at).toISOString()}: ${given.message}`);
}

export function detailOf(context: Context, id: string): Promise<MessageDetail> {
  return context.api.get(`/api/messages/${encodeURIComponent(id)}`, messageDetailSchema);
}

export const messages: Command = {
  usage: 'messages',
  does: 'list messages / 播发单',
  async run(args, context) {
    readArgs(args, {}, { min: 0, max: 0, usage: this.usage });
    const list = await context.api.get('/api/messages', z.array(messageViewSchema));
    list.forEach((view) => { context.say(messageLine(view)); });
    context.give(list);
    return EXIT.ok;
  },
};

/** `steps`: who has signed, who must still sign. */
export const steps: Command = {
  usage: 'steps MESSAGE',
  does: 'who has signed and who must / 审核进度',
  async run(args, context) {
    const { words } = readArgs(args, {}, { min: 1, max: 1, usage: this.usage });
    const view = await detailOf(context, words[0] ?? '');
    sayMessage(context, view);
    saySilenced(context, view);
    context.give(view);
    return EXIT.ok;
  },
};

/** Who signs must know that a stop given since keeps it from being heard. */
function saySilenced({ say }: Context, { silenced }: MessageDetail): void {
  if (silenced > 0) say(`!!! a stop given since it was composed keeps it silent at ${silenced} terminals; to be heard there it is composed again / 已有停播指令，${silenced} 个终端将静默，需要时请重新制作`);
}

const decisionOptions = {
  key: { type: 'string' }, 'passphrase-file': { type: 'string' }, step: { type: 'string' }, reason: { type: 'string' }, 'dry-run': { type: 'boolean' },
} as const;

async function decide(args: readonly string[], context: Context, decision: 'approve' | 'return', usage: string): Promise<number> {
  const { values, words } = readArgs(args, decisionOptions, { min: 1, max: 1, usage });
  const detail = await detailOf(context, words[0] ?? '');
  const read = readMessageEnvelope(detail.envelope);
  if (read.digest !== detail.messageDigest || read.message.id !== words[0]) throw new CliError('PAYLOAD_DIFFERS', 'The signed bytes are not those of this message; nothing was signed');
  const step = values.step ?? detail.steps.find((candidate) => candidate.open)?.name;
  if (step === undefined) throw new CliError('STATE_CONFLICT', `Message ${detail.id} is ${detail.state}: no step is open${detail.state === 'stopped' ? '; a stop ended it before it went out, compose it again / 已被停播，请重新制作' : ''}`);
  [...whatBytesSay(read), ...whatTakesItBack(read, detail), ...await sayBefore(context, read, detail)].forEach(context.say);
  if (detail.inGrace) context.say(IN_GRACE);
  saySilenced(context, detail);
  if (values['dry-run'] === true) {
    context.give({ message: read.message, digest: read.digest, step });
    return EXIT.ok;
  }
  if (values.key === undefined) throw new CliError('USAGE', `Usage: ./clarion ${usage}`, EXIT.usage);
  const signer = await openSigner(context.config, values.key, values['passphrase-file']);
  const approval = await signApproval(read, {
    person: context.api.currentSession().person, step, decision, reason: values.reason ?? '',
    policyVersion: detail.policyVersion, listenedPermille: 0, signedAt: context.clock.now(),
  }, signer);
  const view = await context.api.post(`/api/messages/${encodeURIComponent(detail.id)}/approvals`, messageViewSchema, { approval });
  sayMessage(context, view);
  context.give(view);
  return EXIT.ok;
}

/** `approve`: shows what the bytes say, signs their digest. */
export const approve: Command = {
  usage: 'approve MESSAGE --key KEY_FILE [--passphrase-file FILE] [--step NAME] [--dry-run]',
  does: 'sign a step / 签发',
  run(args, context) { return decide(args, context, 'approve', this.usage); },
};

/** `return`: sends a message back to its author, signed as well. */
export const giveBack: Command = {
  usage: 'return MESSAGE --key KEY_FILE --reason TEXT [--passphrase-file FILE]',
  does: 'send back to the author / 退回',
  run(args, context) { return decide(args, context, 'return', this.usage); },
};

export const withdraw: Command = {
  usage: 'withdraw MESSAGE [--reason TEXT] [--dry-run]',
  does: 'withdraw; stops it where it sounds / 撤回',
  async run(args, context) {
    const { values, words } = readArgs(args, { reason: { type: 'string' }, 'dry-run': { type: 'boolean' } }, { min: 1, max: 1, usage: this.usage });
    if (values['dry-run'] === true) {
      const detail = await detailOf(context, words[0] ?? '');
      const stopped = wouldWithdraw(detail);
      sayMessage(context, detail);
      context.say(`would withdraw it from state ${detail.state}; ${stopped.sounding} terminals that sound it and ${stopped.waiting} that have yet to would be stopped`);
      context.give({ dryRun: true, state: detail.state, ...stopped });
      return EXIT.ok;
    }
    const view = await context.api.post(`/api/messages/${encodeURIComponent(words[0] ?? '')}/withdraw`, messageViewSchema, { reason: values.reason ?? '' });
    sayMessage(context, view);
    context.give(view);
    return EXIT.ok;
  },
};

export const dispatch: Command = {
  usage: 'dispatch MESSAGE [--terminal TERMINAL]... [--dry-run]',
  does: 'release a held message, or dispatch again to interrupted terminals / 下发',
  async run(args, context) {
    const { values, words } = readArgs(args, { terminal: { type: 'string', multiple: true }, 'dry-run': { type: 'boolean' } }, { min: 1, max: 1, usage: this.usage });
    if (values['dry-run'] === true) {
      const detail = await detailOf(context, words[0] ?? '');
      const chosen = await wouldDispatch(context, detail, values.terminal ?? []);
      sayMessage(context, detail);
      context.say(`would dispatch to ${chosen.terminals} terminals${chosen.again ? ' that were interrupted' : `, ${detail.notBefore > context.clock.now() ? `from ${new Date(detail.notBefore).toISOString()}` : 'now'}`}`);
      context.give({ dryRun: true, state: detail.state, ...chosen });
      return EXIT.ok;
    }
    const view = await context.api.post(`/api/messages/${encodeURIComponent(words[0] ?? '')}/dispatch`, messageViewSchema, { terminals: values.terminal ?? [] });
    sayMessage(context, view);
    context.give(view);
    return EXIT.ok;
  },
};

/** `watch`: one line a second until the message is final; exit 3 when some terminals failed. */
export const watch: Command = {
  usage: 'watch MESSAGE [--seconds N]',
  does: 'follow coverage, one line a second / 跟踪',
  async run(args, context) {
    const { values, words } = readArgs(args, { seconds: { type: 'string' } }, { min: 1, max: 1, usage: this.usage });
    const seconds = Number(values.seconds ?? '3600');
    if (!(seconds >= 0)) throw new CliError('USAGE', `Usage: ./clarion ${this.usage}`, EXIT.usage);
    const until = context.clock.now() + seconds * 1000;
    for (;;) {
      const view = await detailOf(context, words[0] ?? '');
      context.say(messageLine(view));
      if (FINAL.includes(view.state) || context.clock.now() >= until) {
        context.give(view);
        return view.tally.failed > 0 ? EXIT.partial : EXIT.ok;
      }
      await context.clock.sleep(1000);
    }
  },
};

/** `receipts`: what every terminal says became of it, with its reason. */
export const receipts: Command = {
  usage: 'receipts MESSAGE [--signed]',
  does: 'per-terminal states, or the signed receipts themselves / 回执',
  async run(args, context) {
    const { values, words } = readArgs(args, { signed: { type: 'boolean' } }, { min: 1, max: 1, usage: this.usage });
    const id = encodeURIComponent(words[0] ?? '');
    if (values.signed === true) {
      const list = await context.api.get(`/api/messages/${id}/receipts`, z.array(receiptViewSchema));
      list.forEach((row) => { context.say(`${row.terminal} #${row.counter} ${row.envelope.payloadType}`); });
      context.give(list);
      return EXIT.ok;
    }
    const list = await context.api.get(`/api/messages/${id}/deliveries`, z.array(deliveryViewSchema));
    sayDeliveries(context, list);
    context.give(list);
    return list.some((row) => row.state === 'failed' && !row.superseded) ? EXIT.partial : EXIT.ok;
  },
};
