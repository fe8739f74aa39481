import { messageDetailSchema, type MessageDetail } from '#libs/contracts';
import { changedSince } from '#libs/domain';
import { CliError } from './cli-error';
import type { Context } from './command';
import { readMessageEnvelope, type ReadMessage } from './signing';

/** What the bytes to be signed say again, by the bytes of the earlier message; empty of a message that says nothing again. */
export async function sayBefore(context: Context, { message }: ReadMessage, { saidBefore }: MessageDetail): Promise<readonly string[]> {
  if (message.saysAgain === undefined) return [];
  if (saidBefore === null) return ['!!! the server does not show the message that it says again / 看不到原播发单'];
  const { read } = await saidAs(context, saidBefore.message);
  if (read.digest !== message.saysAgain) throw new CliError('PAYLOAD_DIFFERS', 'The server shows another message than the one that this says again; nothing was signed');
  const changed = changedSince(message, read.message);
  const heard = saidBefore.heardAt === null ? 'it was never on the air / 未播出过' : `said before on ${new Date(saidBefore.heardAt).toISOString()} / 曾经播出`;
  return [`${heard}: ${changed.length === 0 ? 'unchanged but for its window / 内容未变' : `changed / 有改动: ${changed.join(', ')}`}`];
}

/** A message by its id and its own bytes. Refuses with PAYLOAD_DIFFERS where the server shows others. */
export async function saidAs(context: Context, id: string): Promise<{ readonly read: ReadMessage; readonly detail: MessageDetail }> {
  const detail = await context.api.get(`/api/messages/${encodeURIComponent(id)}`, messageDetailSchema);
  const read = readMessageEnvelope(detail.envelope);
  if (read.digest !== detail.messageDigest || read.message.id !== id) throw new CliError('PAYLOAD_DIFFERS', 'The signed bytes are not those of this message; nothing was signed');
  return { read, detail };
}
