import { LIMITS, type Charter, type Digest, type Message, type Mode, type PersonId, type Roster, type SegmentRole, type TerminalId } from '#libs/contracts';
import { bodyDurationMs, CLASSES, filesOf, mayReplace, openingFault, ruleFor, sirenFault, soundingMs } from '#libs/domain';
import type { FieldError } from '../../kernel/errors';

/** What a message says about itself, whether it is still a draft or already signed. Undefined: that field was not readable. */
export type Content = { readonly [K in 'class' | 'severity' | 'mode' | 'unit' | 'notBefore' | 'notAfter' | 'repeats' | 'gapMs' | 'segments' | 'live' | 'targets' | 'replaces' | 'corrects']: ContentField<K> | undefined };
type ContentField<K> = K extends 'segments' ? readonly { readonly sha256: string; readonly role: SegmentRole }[]
  : K extends 'live' ? { readonly maxDurationMs: number } | null
  : K extends 'targets' ? { readonly areas: readonly string[]; readonly terminals: readonly TerminalId[] }
    : K extends 'replaces' ? Digest | null
      : K extends keyof Message ? Message[K] : never;

/** What the platform knows that decides whether it may be said. */
export interface ContentFacts {
  readonly now: number;
  readonly author: PersonId;
  readonly charter: Pick<Charter, 'tier' | 'ceilings'>;
  readonly roster: Pick<Roster, 'persons' | 'units' | 'policy'>;
  /** How far the charter and the roster still carry it: in `grace` emergencies alone. */
  readonly papers: 'in-force' | 'grace' | 'over';
  /** Lengths of the media that may be used, by digest. */
  readonly media: ReadonlyMap<string, { readonly durationMs: number }>;
  /** Each target as it was written: why it cannot be reached, or how many terminals it reaches. */
  readonly areas: ReadonlyMap<string, 'unknown' | 'foreign' | number>;
  readonly terminals: ReadonlyMap<string, 'unknown' | 'foreign' | number>;
  /** Mode of the message that it is to replace; null when this platform has none such. */
  readonly replaced: Mode | null;
  /** The stock words that say a drill is one, before and after it; null while they are not made. */
  readonly drillMarks: { readonly opening: string | null; readonly closing: string | null };
}

/** Where what sounds stands in the body that was sent. */
export type SoundPath = 'segments' | 'speech' | 'live' | 'body.segments' | 'body.live';

/** What a signed message says, and where its sound stands in it. Of a living voice its opening are its segments. */
export function contentOfMessage(message: Message): readonly [Content, SoundPath] {
  const live = 'live' in message.body ? message.body.live : null;
  return [{ ...message, segments: filesOf(message.body), live }, live === null ? 'body.segments' : 'body.live'];
}

/**
 * Every reason at once why this may not be said; empty when it may. `isFramed` is false while the platform has not yet put
 * around a drill the words that say so.
 */
export function contentFaults(content: Content, facts: ContentFacts, path: SoundPath, isFramed = true): readonly FieldError[] {
  return [
    ...originFaults(content, facts),
    ...targetFaults(content, facts),
    ...windowFaults(content, facts, path),
    ...segmentFaults(content, facts, path, isFramed),
    ...replaceFaults(content, facts),
  ];
}

function originFaults({ class: kind, severity, mode, unit: unitId, targets }: Content, { author, charter, roster, papers }: ContentFacts): readonly FieldError[] {
  const faults: FieldError[] = [];
  const unit = roster.units.find(({ id }) => id === unitId);
  const person = roster.persons.find(({ id }) => id === author);
  if (unitId !== undefined && unit === undefined) faults.push(fault('unit', 'UNIT_UNKNOWN', `The roster names no unit "${unitId}".`));
  else if (unitId !== undefined && person?.unit !== unitId) faults.push(fault('unit', 'UNIT_FOREIGN', `The author does not belong to the unit "${unitId}".`));
  if (severity !== undefined && !charter.ceilings.severities.includes(severity)) {
    faults.push(fault('severity', 'SEVERITY_NOT_ALLOWED', `The charter does not allow this platform the severity "${severity}".`));
  }
  if (mode !== undefined && !charter.ceilings.modes.includes(mode)) {
    faults.push(fault('mode', 'MODE_NOT_ALLOWED', `The charter does not allow this platform the mode "${mode}".`));
  }
  if (kind === undefined) return faults;
  if (papers === 'over' || (papers === 'grace' && kind !== 'emergency')) {
    faults.push(fault('class', 'PAPERS_EXPIRED', `Charter or roster of this platform has expired${papers === 'grace' ? ': emergencies alone still sound' : ' and the grace is over'}. Its officers must sign new ones.`));
  }
  const byUnit = unit === undefined || unit.classes.length === 0 || unit.classes.includes(kind);
  if (!CLASSES[kind].originTiers.includes(charter.tier) || !charter.ceilings.classes.includes(kind) || !byUnit) {
    faults.push(fault('class', 'CLASS_NOT_ALLOWED', `This ${byUnit ? 'platform' : 'unit'} may not originate the class "${kind}".`));
  } else if (severity !== undefined && mode !== undefined && targets !== undefined
    && ruleFor(roster.policy, { class: kind, severity, mode, tier: charter.tier, areas: targets.areas.length + targets.terminals.length }) === undefined) {
    faults.push(fault('class', 'POLICY_SILENT', `The policy says nothing of "${kind}" with this severity and mode, so nobody could approve it.`));
  }
  return faults;
}

function targetFaults({ targets }: Content, facts: ContentFacts): readonly FieldError[] {
  if (targets === undefined) return [];
  if (targets.areas.length + targets.terminals.length === 0) return [fault('targets', 'TARGET_EMPTY', 'The message names no area and no terminal.')];
  const judged = (names: readonly string[], path: string, word: 'area' | 'terminal', known: ContentFacts['areas']): readonly FieldError[] =>
    names.flatMap((name, at) => {
      const reach = known.get(name) ?? 'unknown';
      const upper = word === 'area' ? 'AREA' : 'TERMINAL';
      if (reach === 'unknown') return [fault(`${path}.${at}`, `${upper}_UNKNOWN`, `There is no ${word} "${name}".`)];
      if (reach === 'foreign') return [fault(`${path}.${at}`, `${upper}_FOREIGN`, `The ${word} "${name}" is not this platform's to speak to.`)];
      return reach > 0 ? [] : [fault(`${path}.${at}`, 'TARGET_EMPTY', `The ${word} "${name}" has no assigned terminal.`)];
    });
  return [...judged(targets.areas, 'targets.areas', 'area', facts.areas), ...judged(targets.terminals, 'targets.terminals', 'terminal', facts.terminals)];
}

function windowFaults(content: Content, facts: ContentFacts, path: SoundPath): readonly FieldError[] {
  const { class: kind, notBefore, notAfter } = content;
  if (kind === undefined || notBefore === undefined || notAfter === undefined) return [];
  if (notAfter <= notBefore) return [fault('notAfter', 'WINDOW_EMPTY', 'The window ends before it begins.')];
  if (notAfter <= facts.now) return [fault('notAfter', 'WINDOW_PAST', 'The window is over already.')];
  const isLive = content.live !== undefined && content.live !== null;
  const maxWindowMs = Math.min(CLASSES[kind].maxWindowMs, isLive ? LIMITS.liveWindowMs : Infinity);
  const faults: FieldError[] = [];
  if (notAfter - notBefore > maxWindowMs) {
    faults.push(fault('notAfter', 'WINDOW_TOO_LONG', `A ${isLive ? 'living voice' : 'message'} of the class "${kind}" may last ${maxWindowMs / 3_600_000} hours at most.`));
  }
  const durationMs = knownDurationMs(content, facts);
  if (durationMs !== undefined && durationMs > notAfter - Math.max(notBefore, facts.now)) {
    faults.push(fault(path, 'LONGER_THAN_WINDOW', `It would sound for ${Math.ceil(durationMs / 1000)} seconds, which is longer than its window.`));
  }
  return faults;
}

/** Length of the whole message; undefined while any part of it is not known. */
export function knownDurationMs({ segments, live, repeats, gapMs }: Pick<Content, 'segments' | 'live' | 'repeats' | 'gapMs'>, { media }: Pick<ContentFacts, 'media'>): number | undefined {
  if (segments === undefined || repeats === undefined || gapMs === undefined) return undefined;
  const lengths = segments.map(({ sha256 }) => media.get(sha256)?.durationMs);
  if (lengths.some((length) => length === undefined)) return undefined;
  const known = lengths.map((durationMs) => ({ durationMs: durationMs ?? 0 }));
  const bodyMs = bodyDurationMs(known) + (live?.maxDurationMs ?? 0);
  return bodyMs === 0 ? undefined : soundingMs({ bodyMs, repeats, gapMs });
}

function replaceFaults({ mode, replaces }: Content, { replaced }: ContentFacts): readonly FieldError[] {
  if (replaces === undefined || replaces === null) return [];
  if (replaced === null) return [fault('replaces', 'REPLACES_UNKNOWN', 'No message of this platform has this digest.')];
  return mode === undefined || mayReplace(mode, replaced) ? [] : [fault('replaces', 'REPLACES_OTHER_MODE', `A message of the mode "${mode}" never ends one of the mode "${replaced}".`)];
}

function segmentFaults({ class: kind, mode, segments, live, corrects }: Content, { media, drillMarks }: ContentFacts, path: SoundPath, isFramed: boolean): readonly FieldError[] {
  // A drill says last of all that it is one: after a voice nothing sounds.
  if (live !== undefined && live !== null && mode === 'drill') return [fault('mode', 'LIVE_DRILL', 'A living voice cannot be framed by the words that say it is a drill; bring a recording.')];
  if (segments === undefined) return [];
  const placeOf = (at: number): string => (path === 'live' ? 'live.opening' : path === 'body.live' ? 'body.live.chime' : `${path}.${at}`);
  const faults = segments.flatMap(({ sha256 }, at) =>
    media.has(sha256) ? [] : [fault(`${placeOf(at)}.sha256`, 'MEDIA_UNKNOWN', 'No recording with this digest was uploaded for this platform.')]);
  if (kind === undefined || mode === undefined) return faults;
  if (mode === 'drill' && isFramed) faults.push(...markFaults(segments, drillMarks, path));
  const siren = sirenFault({ class: kind, corrects: corrects ?? null }, segments);
  if (siren !== undefined) faults.push(fault(path === 'live' ? placeOf(siren) : `${placeOf(siren)}.role`, 'SIREN_NOT_ALLOWED', 'A siren sounds in an emergency alone, and never in what takes one back.'));
  const opening = openingFault({ class: kind, mode: isFramed ? mode : 'actual', corrects: corrects ?? null }, live === undefined || live === null ? segments : [...segments, { role: 'live' }]);
  if (opening === undefined) return faults;
  const sentence = mode === 'drill' && opening.role === 'speech' ? 'A drill opens with the words that say so.' : `A message of the class "${kind}" opens with a ${opening.role}.`;
  return [...faults, fault(path === 'live' ? placeOf(opening.at) : `${placeOf(opening.at)}.role`, 'OPENING_MISSING', sentence)];
}

/** Its first and its last sound are the drill's own words: a `speech` of anybody's could say anything. */
function markFaults(segments: readonly { readonly sha256: string }[], { opening, closing }: ContentFacts['drillMarks'], path: SoundPath): readonly FieldError[] {
  const last = segments.length - 1;
  return [
    ...(segments[0]?.sha256 === opening ? [] : [fault(`${path}.0.sha256`, 'DRILL_NOT_SAID_FIRST', 'A drill begins with the stock words that say so.')]),
    ...(segments[last]?.sha256 === closing ? [] : [fault(`${path}.${last}.sha256`, 'DRILL_NOT_SAID_LAST', 'A drill ends with the stock words that say so.')]),
  ];
}

function fault(path: string, code: string, sentence: string): FieldError {
  return { path, code, sentence };
}
