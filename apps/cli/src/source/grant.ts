import type { z } from 'zod';
import { draftSchema, messageViewSchema, type Draft, type MessageView } from '#libs/contracts';
import type { Signer } from '#libs/suites';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { detailOf } from '../commands/message';
import { submitSigned, type Drafted } from '../commands/compose';
import { readInputJson } from '../files';

/** What a voice is about and where it goes: a compose file without anything that sounds. */
const grantFileSchema = draftSchema.omit({ segments: true, speech: true, live: true, repeats: true, gapMs: true, permit: true });
const LOOK_EVERY_MS = 2_000;

/** Refuses (usage) COMPOSE_FILE. */
export function readGrantFile(file: string): z.output<typeof grantFileSchema> {
  const parsed = grantFileSchema.safeParse(readInputJson(file));
  if (parsed.success) return parsed.data;
  throw new CliError('COMPOSE_FILE', `${file} does not say what a voice is about: a compose file without segments and speech`, EXIT.usage,
    parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), code: issue.code, message: issue.message })));
}

/** The whole draft: said once, by the speaker's own voice. */
export function draftOfVoice(about: z.output<typeof grantFileSchema>, live: NonNullable<Draft['live']>, permit: Draft['permit']): Draft {
  return { ...about, live, repeats: 1, gapMs: 0, ...(permit === undefined ? {} : { permit }) };
}

/** Hands the grant in to be approved and waits until everybody has signed. Refuses NOT_RELEASED where that will not be. */
export async function approvedGrant(context: Context, drafted: Drafted, signer: Signer): Promise<MessageView> {
  let view = await submitSigned(context, drafted, signer, true);
  context.say(`submitted ${view.id}: ./clarion approve ${view.id} for who must sign; this waits and keeps its key / 等待签发`);
  for (let told = ''; view.state === 'submitted'; view = await detailOf(context, view.id)) {
    const signed = view.steps.map((step) => `${step.name} ${step.signed.length} of ${step.count}`).join(', ');
    if (signed !== told) context.say(`  ${signed}`);
    told = signed;
    await context.clock.sleep(LOOK_EVERY_MS);
  }
  if (view.state !== 'approved') throw new CliError('NOT_RELEASED', `The grant is ${view.state}; nothing was said / 未能播出`);
  return view;
}

/**
 * Puts an approved grant on the air when its operator says so, and again where somebody else has the turn. `go`: at once,
 * and then as soon as the turn is free. `prepare` comes right before it, for a turn that nobody takes up is soon another's.
 */
export async function release<T>(context: Context, { id }: MessageView, go: boolean, prepare: () => Promise<T>): Promise<{ readonly view: MessageView; readonly prepared: T }> {
  for (;;) {
    if (!go && await context.questions?.press('Everybody has signed. Enter puts you on the air / 按回车开始喊话 ') !== true) {
      throw new CliError('NOT_CONFIRMED', 'Nobody pressed Enter, and --go was not said; nothing was said / 未执行', EXIT.usage);
    }
    const prepared = await prepare();
    try {
      return { view: await context.api.post(`/api/messages/${id}/dispatch`, messageViewSchema, { terminals: [] }), prepared };
    } catch (cause) {
      if (!(cause instanceof CliError) || cause.code !== 'LIVE_TAKEN') throw cause;
      context.say(`LIVE_TAKEN: ${cause.message}`);
      if (go) await context.clock.sleep(LOOK_EVERY_MS);
    }
  }
}
