import { draftAnswerSchema, messageSchema, uploadAnswerSchema, type Message, type MessageId, type Session } from '#libs/contracts';
import { fromBase64, parseStrictJson } from '#libs/envelope';
import type { Clock } from '../../clock';
import type { Api } from '../api';
import { sha256Hex, type HeldKey } from '../keys';
import { handIn, type Ask } from './grant';
import { LiveFault } from './live-fault';

interface By {
  readonly api: Api;
  readonly session: Session;
  readonly clock: Clock;
  readonly held: HeldKey;
  readonly ask: Ask;
}

/** Uploads the speaker's own recording, drafts it under the same permit, reads the draft back, signs and hands it in: it plays by that. */
export async function sendRecorded({ api, session, clock, held, ask }: By, file: Blob): Promise<MessageId> {
  const media = await api.upload('/api/media?role=recording', file, uploadAnswerSchema);
  const { permit, areas, maxDurationMs: _, ...said } = ask;
  const answer = await api.post('/api/messages/draft', {
    ...said, targets: { areas, terminals: [] }, segments: [{ sha256: media.sha256, role: 'recording' }], repeats: 1, ...(permit === null ? {} : { permit }),
  }, draftAnswerSchema);
  const payload = fromBase64(answer.payload);
  const message = payload === undefined ? undefined : readMessage(payload);
  if (payload === undefined || message === undefined || !isAsked(message, media.sha256, session, ask) || (await sha256Hex(payload)) !== answer.messageDigest) throw new LiveFault('live-differs', 'payload');
  return (await handIn(api, { payloads: { message: payload, corrections: [] } }, held, false, clock, () => undefined)).id;
}

function readMessage(payload: Uint8Array): Message | undefined {
  const json = parseStrictJson(payload);
  return json.ok ? messageSchema.safeParse(json.value).data : undefined;
}

function isAsked({ author, platform, body, corrections, targets, texts, mode, class: of }: Message, recording: string, { person, platform: own }: Session, ask: Ask): boolean {
  const [words] = texts;
  return author === person && platform === own && mode === 'actual' && of === ask.class && corrections.length === 0
    && words?.title === ask.title.trim() && words.text === ask.text.trim() && targets.terminals.length === 0 && [...targets.areas].sort().join() === [...ask.areas].sort().join()
    && 'segments' in body && body.segments.some(({ sha256, role }) => sha256 === recording && role === 'recording') && body.segments.every(({ sha256, role }) => sha256 === recording || role === 'chime');
}
