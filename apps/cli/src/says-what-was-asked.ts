import type { AreaId, Draft, Message, Session } from '#libs/contracts';

/** What the author wanted, with every area code already turned into the areas that carry it. */
export interface Asked {
  readonly wanted: Draft;
  readonly areas: readonly AreaId[];
  readonly speaker: Pick<Session, 'person' | 'platform'>;
}

/**
 * The fields in which a message to be signed differs from what was asked for; empty when it says just that. What the
 * draft left open (unit, window, volume) the platform may choose, and the author is shown it; nothing else.
 */
export function differences({ wanted, areas, speaker }: Asked, message: Message): readonly string[] {
  const [said] = message.texts;
  const pairs: Readonly<Record<string, readonly [unknown, unknown]>> = {
    platform: [speaker.platform, message.platform],
    author: [speaker.person, message.author],
    unit: [wanted.unit ?? message.unit, message.unit],
    class: [wanted.class, message.class],
    severity: [wanted.severity, message.severity],
    mode: [wanted.mode, message.mode],
    drill: [wanted.drill ?? null, message.drill?.plan ?? null],
    corrects: [null, message.corrects],
    eventType: [wanted.eventType, message.eventType],
    texts: [1, message.texts.length],
    language: [wanted.language, said?.language],
    title: [wanted.title, said?.title],
    text: [wanted.text, said?.text],
    readings: [wanted.readings.map(({ written, read }) => [written, read]), message.readings.map(({ written, read }) => [written, read])],
    segments: [(wanted.segments ?? message.body.segments).map(({ sha256, role }) => [sha256, role]), message.body.segments.map(({ sha256, role }) => [sha256, role])],
    'targets.areas': [distinct(areas), distinct(message.targets.areas)],
    'targets.terminals': [distinct(wanted.targets.terminals), distinct(message.targets.terminals)],
    notBefore: [wanted.notBefore ?? message.notBefore, message.notBefore],
    notAfter: [wanted.notAfter ?? message.notAfter, message.notAfter],
    repeats: [wanted.repeats, message.repeats],
    gapMs: [wanted.gapMs, message.gapMs],
    volume: [wanted.volume ?? message.volume, message.volume],
    whenPreempted: [wanted.whenPreempted ?? message.whenPreempted, message.whenPreempted],
    sourceUnit: [wanted.sourceUnit ?? null, message.sourceUnit],
    sourceRef: [wanted.sourceRef ?? null, message.sourceRef],
    replaces: [wanted.replaces ?? null, message.replaces],
  };
  return Object.entries(pairs).filter(([, [asked, says]]) => JSON.stringify(asked) !== JSON.stringify(says)).map(([field]) => field);
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
