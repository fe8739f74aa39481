import type { Draft, Digest, Message } from '#libs/contracts';
import { filesOf } from './body';

/** When the repetition may sound; left out, as for any draft. Unix ms. */
export interface NewWindow {
  readonly notBefore?: number | undefined;
  readonly notAfter?: number | undefined;
}

/**
 * A message said once more (重播) as a draft: the same media, texts, readings and targets, in a new window, naming what it
 * repeats. It is a new message with signatures of its own; nothing of the old one's counts for it. What framed a drill is
 * put around it anew, and it ends no other message.
 */
export function sayAgain(digest: Digest, message: Message, takenBackBy: readonly Message[], { notBefore, notAfter }: NewWindow): Draft {
  const [said] = message.texts;
  const segments = message.mode === 'drill' ? filesOf(message.body).slice(1, -1) : filesOf(message.body);
  return {
    class: message.class, severity: message.severity, mode: message.mode, eventType: message.eventType,
    title: said?.title ?? '', text: said?.text ?? '', language: said?.language ?? 'zh-CN', readings: message.readings,
    segments: segments.map(({ sha256, role }) => ({ sha256, role })), targets: message.targets,
    repeats: message.repeats, gapMs: message.gapMs, volume: message.volume, whenPreempted: message.whenPreempted, saysAgain: digest,
    ...(message.drill === null ? {} : { drill: message.drill.plan }),
    ...(takenBackBy.length === 0 ? {} : { corrections: takenBackBy.flatMap(({ corrects, texts: [words] }) => (corrects === null || words === undefined ? [] : [{ kind: corrects, text: words.text }])) }),
    ...(message.sourceUnit === null ? {} : { sourceUnit: message.sourceUnit }), ...(message.sourceRef === null ? {} : { sourceRef: message.sourceRef }),
    ...(message.permit === undefined ? {} : { permit: message.permit }),
    ...(notBefore === undefined ? {} : { notBefore }), ...(notAfter === undefined ? {} : { notAfter }),
  };
}

/** What is new of itself in every message that says another one again. */
const NEW_OF_ITSELF = ['id', 'notBefore', 'notAfter', 'issuedAt', 'corrections', 'saysAgain'];

/** The fields in which a message differs from the one that it says again, its window apart; empty where it is unchanged. */
export function changedSince(message: Message, before: Message): readonly string[] {
  const fields = new Set([...Object.keys(message), ...Object.keys(before)]);
  const now = new Map<string, unknown>(Object.entries(message));
  const then = new Map<string, unknown>(Object.entries(before));
  return [...fields].filter((field) => !NEW_OF_ITSELF.includes(field) && JSON.stringify(now.get(field)) !== JSON.stringify(then.get(field))).sort();
}
