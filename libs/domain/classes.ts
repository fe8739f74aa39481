import { LIMITS, type Body, type CorrectionKind, type Message, type MessageClass, type Mode, type SegmentRole, type Severity, type Tier, type VolumeBand } from '#libs/contracts';
import { partsOf, type Part } from './body';

const HOUR = 3_600_000;

/** What a class of message may do: one row per class, and everything else reads it here (design 2). */
export interface ClassRow {
  readonly zh: string;
  /** Higher sounds first. */
  readonly rank: number;
  readonly originTiers: readonly Tier[];
  /** What must open the body; null leaves it to the author. Of a correction see `openingOf`. */
  readonly opensWith: SegmentRole | null;
  readonly volume: VolumeBand;
  readonly quietHours: boolean;
  /** Longest allowed notAfter - notBefore. */
  readonly maxWindowMs: number;
  readonly defaultWindowMs: number;
  readonly retentionDays: number;
  readonly public: boolean;
}

const everyTier: readonly Tier[] = ['district', 'township', 'village'];

export const CLASSES: Readonly<Record<MessageClass, ClassRow>> = {
  emergency: { zh: '紧急类', rank: 5, originTiers: everyTier, opensWith: 'siren', volume: 'full', quietHours: false, maxWindowMs: 24 * HOUR, defaultWindowMs: 2 * HOUR, retentionDays: 3650, public: true },
  advisory: { zh: '应急信息', rank: 4, originTiers: everyTier, opensWith: 'chime', volume: 'high', quietHours: false, maxWindowMs: 24 * HOUR, defaultWindowMs: 2 * HOUR, retentionDays: 1825, public: true },
  notice: { zh: '政务通知', rank: 3, originTiers: everyTier, opensWith: 'chime', volume: 'normal', quietHours: true, maxWindowMs: 72 * HOUR, defaultWindowMs: 4 * HOUR, retentionDays: 1095, public: true },
  governance: { zh: '村务治理', rank: 2, originTiers: ['township', 'village'], opensWith: null, volume: 'normal', quietHours: true, maxWindowMs: 72 * HOUR, defaultWindowMs: 4 * HOUR, retentionDays: 365, public: false },
  daily: { zh: '日常节目', rank: 1, originTiers: everyTier, opensWith: null, volume: 'normal', quietHours: true, maxWindowMs: 9 * 24 * HOUR, defaultWindowMs: 4 * HOUR, retentionDays: 180, public: false },
};

/**
 * What must open this message's body, in this order: a drill says first of all that it is one, before any siren; a
 * correction opens with a chime whatever its class, for it ends the alarm. Empty where the author is free.
 */
export function openingOf(message: { readonly class: MessageClass; readonly mode: Mode; readonly corrects: CorrectionKind | null }): readonly SegmentRole[] {
  const own = message.corrects === null ? CLASSES[message.class].opensWith : 'chime';
  return [...(message.mode === 'drill' ? ['speech' as const] : []), ...(own === null ? [] : [own])];
}

/** The first segment that is not what must open the body; undefined when it opens as it must. */
export function openingFault(message: Parameters<typeof openingOf>[0], segments: readonly Pick<Part, 'role'>[]): { readonly at: number; readonly role: SegmentRole } | undefined {
  return openingOf(message).map((role, at) => ({ at, role })).find(({ at, role }) => segments[at]?.role !== role);
}

/** Where a siren sounds that may not: it is an emergency's alone, and never of what ends one, wherever in the body it stands. Undefined when nowhere. */
export function sirenFault({ class: kind, corrects }: Pick<Message, 'class' | 'corrects'>, segments: readonly Pick<Part, 'role'>[]): number | undefined {
  if (CLASSES[kind].opensWith === 'siren' && corrects === null) return undefined;
  const at = segments.findIndex(({ role }) => role === 'siren');
  return at < 0 ? undefined : at;
}

/**
 * What of a voice that the platform itself holds goes beyond its exception (design 1): whoever has broken into the server
 * says what he likes in its slot, so it is of the class daily and no louder than that. The first field at fault.
 */
export function heldFault({ class: kind, volume }: Pick<Message, 'class' | 'volume'>): 'class' | 'volume' | undefined {
  if (kind !== 'daily') return 'class';
  return VOLUME_DB[volume] > VOLUME_DB[CLASSES.daily.volume] ? 'volume' : undefined;
}

export const TIERS: Readonly<Record<Tier, { readonly zh: string; readonly number: 4 | 5 | 6; readonly rank: number }>> = {
  district: { zh: '区县', number: 4, rank: 3 },
  township: { zh: '乡镇', number: 5, rank: 2 },
  village: { zh: '村社区', number: 6, rank: 1 },
};

export const SEVERITIES: Readonly<Record<Severity, { readonly zh: string; readonly rank: number }>> = {
  red: { zh: '红色', rank: 4 },
  orange: { zh: '橙色', rank: 3 },
  yellow: { zh: '黄色', rank: 2 },
  blue: { zh: '蓝色', rank: 1 },
  none: { zh: '无', rank: 0 },
};

export const MODES: Readonly<Record<Mode, { readonly zh: string; readonly sounds: boolean }>> = {
  actual: { zh: '实际', sounds: true },
  drill: { zh: '演练', sounds: true },
  test: { zh: '测试', sounds: false },
};

/** Playback gain of a band, in dB below the terminal's own full level. */
export const VOLUME_DB: Readonly<Record<VolumeBand, number>> = { low: -18, normal: -10, high: -4, full: 0 };

/** How much later than its own length a repetition may end before the terminal cuts it, ms. */
export const PLAY_SLACK_MS = 2_000;

/** Length of one repetition of a body, ms. */
export function bodyDurationMs(segments: readonly { readonly durationMs: number }[]): number {
  return segments.reduce((sum, segment) => sum + segment.durationMs, 0);
}

/**
 * How long a repetition begins with what may be entered at any place, ms: siren and chime, before the first recorded word,
 * and a living voice to its end. 0 for a drill, whose first words nobody may miss.
 */
export function openingMs(segments: readonly Part[]): number {
  const words = segments.findIndex(({ role }) => role !== 'siren' && role !== 'chime' && role !== 'live');
  return bodyDurationMs(words < 0 ? segments : segments.slice(0, words));
}

/** Longest that a message may sound in all: every repetition, the gaps between them, and the slack. */
export function messageDurationMs({ body, repeats, gapMs }: Pick<Message, 'repeats' | 'gapMs'> & { readonly body: Body }): number {
  return soundingMs({ bodyMs: bodyDurationMs(partsOf(body)), repeats, gapMs });
}

/** The same of a body of that length. */
export function soundingMs({ bodyMs, repeats, gapMs }: { readonly bodyMs: number; readonly repeats: number; readonly gapMs: number }): number {
  return repeats * bodyMs + (repeats - 1) * gapMs + PLAY_SLACK_MS;
}

/** Offset of a repetition's first sample from `startAt`, ms; repetitions count from 1. */
export function repetitionOffsetMs(message: Parameters<typeof messageDurationMs>[0], repetition: number): number {
  return (repetition - 1) * (bodyDurationMs(partsOf(message.body)) + message.gapMs);
}

/** How long a terminal and a platform remember what became of a message: its window and a day. */
export function rememberUntil(notAfter: number): number {
  return notAfter + LIMITS.tombstoneMs;
}
