import { draftAnswerSchema, LIMITS, messageSchema, messageViewSchema, type Consequence, type Digest, type DraftAnswer, type EnvelopeShape, type LiveBody, type Message, type MessageClass, type MessageId, type MessageView, type Session, type Severity } from '#libs/contracts';
import { fromBase64, parseStrictJson } from '#libs/envelope';
import type { Clock } from '../../clock';
import { ApiProblem, type Api } from '../api';
import { isUncertain } from '../approve/sign-approval';
import { sha256Hex, signEnvelope, type HeldKey } from '../keys';
import { LiveFault } from './live-fault';
import { makeSessionKey, type SessionKey } from './session-key';

/** What somebody wants to speak about, where, and under which permit alone; without one it needs others' signatures. */
export interface Ask {
  readonly class: MessageClass;
  readonly severity: Severity;
  readonly eventType: string;
  readonly title: string;
  readonly text: string;
  readonly areas: readonly string[];
  readonly permit: Digest | null;
  readonly maxDurationMs: number;
}

/** A grant that nobody has signed: its very bytes, read back. */
export interface Prepared {
  readonly ask: Ask;
  readonly message: Message;
  readonly live: LiveBody;
  readonly digest: Digest;
  readonly payloads: { readonly message: Uint8Array; readonly corrections: readonly Uint8Array[] };
  readonly consequence: Consequence;
  readonly key: SessionKey;
  /** By this device, monotonic ms. */
  readonly madeAt: number;
}

/** What may be spoken under: dispatched, or released and dispatched. */
export interface Granted {
  readonly message: MessageId;
  readonly digest: Digest;
  readonly live: LiveBody;
  readonly key: SessionKey;
}

/** A draft is signed while it is so young; then its window is stale and it is drafted anew. */
export const FRESH_MS = 120_000;
/** A weak link is given so long before it is called one. */
const PATIENCE_MS = 5_000;
const TRY_EVERY_MS = 1_000;

/** A new session key and a draft that names it, read back from its bytes. Refuses live-differs and as the platform does. */
export async function prepareGrant(api: Api, ask: Ask, { person, platform }: Pick<Session, 'person' | 'platform'>, clock: Clock): Promise<Prepared> {
  const key = await makeSessionKey();
  const { permit, maxDurationMs, areas, ...said } = ask;
  const answer = await patiently(() => api.post('/api/messages/draft', {
    ...said, targets: { areas, terminals: [] }, live: { sessionKey: key.record, maxDurationMs }, repeats: 1, gapMs: 0, whenPreempted: 'resume', ...(permit === null ? {} : { permit }),
  }, draftAnswerSchema), clock);
  const read = readPayload(answer);
  const { message } = read;
  const live = 'live' in message.body ? message.body.live : undefined;
  const [words] = message.texts;
  const same: Readonly<Record<string, boolean>> = {
    author: message.author === person, platform: message.platform === platform, mode: message.mode === 'actual', class: message.class === ask.class, severity: message.severity === ask.severity,
    title: words?.title === ask.title.trim(), text: words?.text === ask.text.trim(), areas: [...message.targets.areas].sort().join() === [...areas].sort().join() && message.targets.terminals.length === 0,
    body: live?.sessionKey.spki === key.record.spki && live.sessionKey.keyId === key.record.keyId && live.held === undefined && live.maxDurationMs <= maxDurationMs, window: message.notAfter - message.notBefore <= LIMITS.liveWindowMs,
    corrections: message.corrections.length === answer.corrections.length && (permit === null || message.corrections.length === 0), digest: (await sha256Hex(read.payload)) === answer.messageDigest,
  };
  const differing = Object.entries(same).filter(([, holds]) => !holds).map(([field]) => field);
  if (live === undefined || differing.length > 0) throw new LiveFault('live-differs', differing.join(', '));
  const corrections = await Promise.all(answer.corrections.map(async (one, at) => {
    const correction = readPayload(one);
    const listed = message.corrections[at];
    if (listed?.digest !== (await sha256Hex(correction.payload)) || correction.message.corrects !== listed.kind) throw new LiveFault('live-differs', 'corrections');
    return correction.payload;
  }));
  return { ask, message, live, digest: answer.messageDigest, payloads: { message: read.payload, corrections }, consequence: answer.consequence, key, madeAt: clock.monotonic() };
}

function readPayload({ payload }: Pick<DraftAnswer, 'payload'>): { readonly message: Message; readonly payload: Uint8Array } {
  const bytes = fromBase64(payload);
  const json = bytes === undefined ? undefined : parseStrictJson(bytes);
  const read = json?.ok === true ? messageSchema.safeParse(json.value) : undefined;
  if (bytes === undefined || read?.success !== true) throw new LiveFault('live-differs', 'payload');
  return { message: read.data, payload: bytes };
}

/** Signs exactly what was read and hands it in; under a permit it is dispatched by that. `does` is told between the two. */
export async function handIn(api: Api, { payloads }: Pick<Prepared, 'payloads'>, held: HeldKey, hold: boolean, clock: Clock, handing: () => void): Promise<MessageView> {
  const message = await signEnvelope(held, 'message', payloads.message);
  const corrections: EnvelopeShape[] = [];
  for (const payload of payloads.corrections) corrections.push(await signEnvelope(held, 'message', payload));
  handing();
  const once = clock.uuid();
  return patiently(() => api.post('/api/messages', { message, corrections, hold }, messageViewSchema, once), clock);
}

/** The speaker's press on what others have signed. */
export function releaseGrant(api: Api, message: MessageId, clock: Clock): Promise<MessageView> {
  const once = clock.uuid();
  return patiently(() => api.post(`/api/messages/${message}/dispatch`, {}, messageViewSchema, once), clock);
}

/** Who speaks there and until when, where that is why nothing was dispatched. */
export function takenBy(cause: unknown): { readonly holder: string | null; readonly until: number | null } | undefined {
  if (!(cause instanceof ApiProblem) || cause.code !== 'LIVE_TAKEN') return undefined;
  const field = (name: string): string | undefined => cause.fields.find(({ path }) => path === name)?.message;
  const until = Date.parse(field('until') ?? '');
  return { holder: field('holder') ?? null, until: Number.isFinite(until) ? until : null };
}

/** Tries again for five seconds where nobody knows whether it arrived; each command bears its own key, so it counts once. */
async function patiently<T>(act: () => Promise<T>, clock: Clock): Promise<T> {
  const begun = clock.monotonic();
  for (;;) {
    try {
      return await act();
    } catch (cause) {
      if (!isUncertain(cause) || clock.monotonic() - begun > PATIENCE_MS) throw cause;
    }
    await new Promise((resolve) => { setTimeout(resolve, TRY_EVERY_MS); });
  }
}
