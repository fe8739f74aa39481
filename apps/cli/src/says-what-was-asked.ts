import type { AreaId, CorrectionKind, Draft, LiveBody, Message, Session, SoundView } from '#libs/contracts';
import { CORRECTION_GAP_MS, CORRECTION_KINDS, CORRECTION_REPEATS, correctionTitle, correctionUntil, filesOf, framed, needsCorrections, openingSounds, standingTexts } from '#libs/domain';

/** What the author wanted, with every area code already turned into the areas that carry it. */
export interface Asked {
  readonly wanted: Draft;
  readonly areas: readonly AreaId[];
  readonly speaker: Pick<Session, 'person' | 'platform'>;
  /** The sounds that every terminal has, by name. */
  readonly sounds: ReadonlyMap<string, Pick<SoundView, 'sha256' | 'role'>>;
}

/** A message as bytes to sign, read. */
export interface ToSign {
  readonly message: Message;
  readonly digest: string;
}

type Pairs = Readonly<Record<string, readonly [unknown, unknown]>>;
interface Segment {
  readonly sha256: string;
  readonly role: SoundView['role'];
}

/**
 * The fields in which a message to be signed, or what takes it back, differs from what was asked for; empty when they say
 * just that. What the draft left open (unit, window, volume, the spoken recording and how it is read) the platform may
 * choose, and the author is shown it; nothing else.
 */
export function differences(asked: Asked, { message }: Pick<ToSign, 'message'>, corrections: readonly ToSign[]): readonly string[] {
  const { wanted, areas, speaker } = asked;
  const [said] = message.texts;
  return [...differing({
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
    readings: [(wanted.speech === undefined ? wanted : message).readings.map(({ written, read }) => [written, read]), message.readings.map(({ written, read }) => [written, read])],
    segments: [soundsOf(soundingBody(asked, message)), soundsOf(filesOf(message.body))],
    live: [voiceOf(wanted.live?.source === undefined ? wanted.live : { ...wanted.live, held: 'platform' }), voiceOf('live' in message.body ? message.body.live : undefined)],
    'targets.areas': [distinct(areas), distinct(message.targets.areas)],
    'targets.terminals': [distinct(wanted.targets.terminals), distinct(message.targets.terminals)],
    notBefore: [wanted.notBefore ?? message.notBefore, message.notBefore],
    notAfter: [wanted.notAfter ?? message.notAfter, message.notAfter],
    repeats: [wanted.live === undefined ? wanted.repeats : 1, message.repeats],
    gapMs: [wanted.live === undefined ? wanted.gapMs : 0, message.gapMs],
    volume: [wanted.volume ?? message.volume, message.volume],
    whenPreempted: [wanted.whenPreempted ?? message.whenPreempted, message.whenPreempted],
    sourceUnit: [wanted.sourceUnit ?? null, message.sourceUnit],
    sourceRef: [wanted.sourceRef ?? null, message.sourceRef],
    replaces: [wanted.replaces ?? null, message.replaces],
    saysAgain: [wanted.saysAgain ?? null, message.saysAgain ?? null],
    permit: [wanted.permit ?? null, message.permit ?? null],
    corrections: [wantedCorrections(wanted).map(({ kind }) => kind), corrections.map((correction) => correction.message.corrects)],
    'corrections.digest': [message.corrections.map(({ kind, digest }) => [kind, digest]), corrections.map((correction) => [correction.message.corrects, correction.digest])],
  }), ...corrections.flatMap((correction, at) => correctionDifferences(asked, message, correction.message).map((field) => `corrections.${at}.${field}`))];
}

/** A correction says to the same people, in the same class and volume, what was asked or the standing text, and nothing else. */
function correctionDifferences(asked: Asked, message: Message, correction: Message): readonly string[] {
  const { corrects } = correction;
  if (corrects === null) return ['corrects'];
  const title = message.texts[0]?.title ?? '';
  const [said] = correction.texts;
  const texts = wantedCorrections(asked.wanted).find(({ kind }) => kind === corrects)?.texts ?? [];
  const same = ['platform', 'unit', 'author', 'class', 'severity', 'mode', 'drill', 'eventType', 'targets', 'notBefore', 'volume', 'issuedAt', 'sourceUnit', 'sourceRef'] as const;
  return differing({
    ...Object.fromEntries(same.map((field) => [field, [message[field], correction[field]] as const])),
    texts: [['zh-CN', correctionTitle(corrects, title), true], [said?.language, said?.title, correction.texts.length === 1 && texts.includes(said?.text ?? '')]],
    segments: [soundsOf(spokenBody(asked, correction)), soundsOf(filesOf(correction.body))],
    live: [false, 'live' in correction.body],
    notAfter: [correctionUntil(message), correction.notAfter],
    repeats: [CORRECTION_REPEATS, correction.repeats],
    gapMs: [CORRECTION_GAP_MS, correction.gapMs],
    whenPreempted: ['resume', correction.whenPreempted],
    replaces: [null, correction.replaces],
    corrections: [[], correction.corrections],
  });
}

/** What is to take it back, with the texts that may say it: the author's own, or one of the standing ones. */
function wantedCorrections({ class: kind, mode, title, corrections }: Draft): readonly { readonly kind: CorrectionKind; readonly texts: readonly string[] }[] {
  if (corrections !== undefined) return corrections.map((one) => ({ kind: one.kind, texts: [one.text] }));
  return needsCorrections({ class: kind, mode }) ? CORRECTION_KINDS.map((one) => ({ kind: one, texts: standingTexts(one, title, mode) })) : [];
}

function soundingBody(asked: Asked, message: Message): readonly Segment[] {
  const { live, speech, class: kind } = asked.wanted;
  if (live === undefined) return speech === undefined ? broughtBody(asked) : spokenBody(asked, message);
  return live.opening || kind === 'emergency' ? openingSounds(message).slice(0, 1).map((name) => soundOf(asked, name)) : [];
}

/** Whose key signs the voice, and how long it lasts at most; of anything else nothing. The server makes its own for a source that it holds. */
function voiceOf(live: (Pick<LiveBody, 'delayMs' | 'maxDurationMs' | 'held'> & Partial<Pick<LiveBody, 'sessionKey'>>) | undefined): readonly unknown[] {
  if (live === undefined) return [];
  const key = live.held === undefined ? [live.sessionKey?.keyId, live.sessionKey?.alg, live.sessionKey?.spki] : [live.held];
  return [...key, live.delayMs, live.maxDurationMs];
}

function broughtBody(asked: Asked): readonly Segment[] {
  return framed(asked.wanted.mode, asked.wanted.segments ?? [], (name) => soundOf(asked, name));
}

/** The opening of its class, one spoken recording, whichever it is, and around a drill the words that say so. */
function spokenBody(asked: Asked, message: Message): readonly Segment[] {
  const opening = openingSounds(message).map((name) => soundOf(asked, name));
  const stock = new Set([...asked.sounds.values()].map(({ sha256 }) => sha256));
  const spoken = filesOf(message.body).find(({ sha256, role }) => role === 'speech' && !stock.has(sha256)) ?? { sha256: 'spoken', role: 'speech' };
  return framed(message.mode, [...opening, spoken], (name) => soundOf(asked, name));
}

/** A sound that the platform does not name is none of a message's. */
function soundOf({ sounds }: Asked, name: string): Segment {
  const known = sounds.get(name);
  return { sha256: known?.sha256 ?? name, role: known?.role ?? 'chime' };
}

function soundsOf(segments: readonly Segment[]): readonly unknown[] {
  return segments.map(({ sha256, role }) => [sha256, role]);
}

function differing(pairs: Pairs): readonly string[] {
  return Object.entries(pairs).filter(([, [asked, says]]) => JSON.stringify(asked) !== JSON.stringify(says)).map(([field]) => field);
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
