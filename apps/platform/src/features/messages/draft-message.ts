import { messageSchema, type CorrectionKind, type Draft, type DrillKind, type LiveBody, type Message } from '#libs/contracts';
import { CLASSES, CORRECTION_GAP_MS, CORRECTION_REPEATS, correctionTitle, correctionUntil, liveBlockMs } from '#libs/domain';
import { invalidFields, userError } from '../../kernel/errors';
import type { Principal } from '../access';
import type { LookedUp } from './content-facts';
import type { Content } from './content-faults';
import type { BodySegment, SpokenBody } from './speak-body';

type Sounds = LookedUp['media'];

/** What a message is made of besides the author's words. */
export interface Made {
  readonly id: string;
  readonly now: number;
  readonly principal: Principal;
  readonly drillKind: DrillKind | null;
  /** What was spoken for it; undefined when its recordings were brought. */
  readonly spoken: SpokenBody | undefined;
  /** The server's own key, of a voice from a source that it holds. */
  readonly heldKey?: LiveBody['sessionKey'] | undefined;
}

/** The message of a draft without faults, still without its corrections. The contract has the last word on what was put together. */
export function messageOf(fields: Partial<Draft>, content: Content, found: LookedUp, made: Made): Message {
  const kind = fields.class;
  if (kind === undefined) throw userError('FORBIDDEN', 'The roster in force does not name you.');
  return checked({
    id: made.id,
    platform: made.principal.platform,
    unit: content.unit,
    author: made.principal.person,
    class: kind,
    severity: fields.severity,
    mode: fields.mode,
    drill: fields.drill === undefined || made.drillKind === null ? null : { plan: fields.drill, kind: made.drillKind },
    eventType: fields.eventType,
    texts: [{ language: fields.language, title: fields.title, text: fields.text }],
    readings: made.spoken?.readings ?? fields.readings,
    body: bodyOf(fields, content, found.media, made.heldKey),
    targets: found.targets,
    notBefore: content.notBefore,
    notAfter: content.notAfter,
    repeats: content.repeats,
    gapMs: content.gapMs,
    volume: fields.volume ?? CLASSES[kind].volume,
    whenPreempted: fields.whenPreempted ?? (CLASSES[kind].rank >= CLASSES.notice.rank ? 'resume' : 'drop'),
    issuedAt: made.now,
    sourceUnit: fields.sourceUnit ?? null,
    sourceRef: fields.sourceRef ?? null,
    replaces: fields.replaces ?? null,
    corrects: null,
    corrections: [],
    ...(fields.saysAgain === undefined ? {} : { saysAgain: fields.saysAgain }),
    ...(fields.permit === undefined ? {} : { permit: fields.permit }),
  });
}

/** What takes this message back: the same to the same people, with other words, said twice, usable as long as it is remembered. */
export function correctionOf(message: Message, kind: CorrectionKind, text: string, spoken: SpokenBody, sounds: Sounds, id: string): Message {
  return checked({
    ...message,
    id,
    texts: [{ language: 'zh-CN', title: correctionTitle(kind, message.texts[0]?.title ?? ''), text }],
    readings: spoken.readings,
    body: { segments: withLengths(spoken.segments, sounds) },
    notAfter: correctionUntil(message),
    repeats: CORRECTION_REPEATS,
    gapMs: CORRECTION_GAP_MS,
    whenPreempted: 'resume',
    replaces: null,
    corrects: kind,
    corrections: [],
  });
}

function bodyOf({ live }: Partial<Draft>, { segments = [] }: Content, sounds: Sounds, heldKey: Made['heldKey']): object {
  const files = withLengths(segments, sounds);
  if (live === undefined) return { segments: files };
  const { delayMs, maxDurationMs } = live;
  const key = heldKey === undefined ? { sessionKey: live.sessionKey } : { sessionKey: heldKey, held: 'platform' };
  return { live: { ...key, delayMs, blockMs: liveBlockMs(delayMs), maxDurationMs, chime: files[0] ?? null } };
}

function withLengths(segments: readonly BodySegment[], sounds: Sounds): readonly object[] {
  return segments.map(({ sha256, role }) => {
    const media = sounds.get(sha256);
    return { sha256, bytes: media?.bytes, role, durationMs: media?.durationMs };
  });
}

function checked(message: object): Message {
  const parsed = messageSchema.safeParse(message);
  if (parsed.success) return parsed.data;
  throw invalidFields(parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), code: 'FIELD_INVALID', sentence: issue.message })));
}
