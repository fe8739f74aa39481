import { Inject, Injectable } from '@nestjs/common';
import { digestSchema, LIMITS, type Draft, type DraftAnswer, type DrillKind, type Message } from '#libs/contracts';
import { CLASSES } from '#libs/domain';
import { encodePayload, toBase64 } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import type { Clock } from '../../kernel/clock';
import { invalidFields, type FieldError } from '../../kernel/errors';
import { CLOCK } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { Trust } from '../authority';
import { ComposeCorrections, type SpokenCorrection } from './compose-corrections';
import { ContentLookup, type LookedUp } from './content-facts';
import { contentFaults, type Content } from './content-faults';
import { correctionOf, messageOf } from './draft-message';
import { DrillBook } from './drill-book';
import { Foresee } from './foresee';
import { PermitDesk } from './permits/permit-desk';
import { HeldSources } from './held-sources';
import { LiveFaults } from './live-faults';
import { platformDocuments, type PlatformDocuments } from './platform-documents';
import { readDraft } from './read-draft';
import { drillWordFaults, saysDrillFaults } from './says-drill';
import { SaidBefore } from './said-before';
import { SpeakBody, type BodySegment, type SpokenBody } from './speak-body';

/**
 * Turns what an author wants to say into the exact bytes to sign, with those of what takes it back, and says what they
 * would do. Nothing is kept but the recordings that were spoken. Refuses with INVALID naming every bad field at once,
 * and with SPEECH_* or SOUND_MISSING when nothing here can speak.
 */
@Injectable()
export class ComposeDraft {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly trust: Trust,
    private readonly lookup: ContentLookup,
    private readonly body: SpeakBody,
    private readonly corrections: ComposeCorrections,
    private readonly drills: DrillBook,
    private readonly foresee: Foresee,
    private readonly permits: PermitDesk,
    private readonly saidBefore: SaidBefore,
    private readonly liveFaults: LiveFaults,
    private readonly held: HeldSources,
  ) {}

  async run(principal: Principal, body: unknown): Promise<DraftAnswer> {
    const now = Math.trunc(this.clock.now());
    const { fields, faults } = readDraft(body);
    const documents = platformDocuments(this.trust.state(), principal.platform);
    const asked = contentOf(fields, documents, principal, now);
    // Everything that can be judged without a sound first: nothing is spoken for a draft that is refused anyway.
    const before = await this.look(principal, asked, documents, now, []);
    const drill = await this.drill(principal, fields, asked, before);
    const taken = await this.corrections.texts(principal, fields);
    const unread = fields.speech === undefined || fields.text === undefined ? [] : await this.body.faults(principal, fields.text, 'text');
    const [title, text] = [{ path: 'title', text: fields.title }, { path: 'text', text: fields.text }];
    const words = [...saysDrillFaults(asked, [title, text]), ...drillWordFaults(asked.mode, [title], [text])];
    const sound = fields.live === undefined ? 'segments' : 'live';
    const key = await this.liveFaults.ofDraft(fields, principal.platform);
    refuse([...faults, ...contentFaults(asked, before.facts, sound, false), ...key, ...drill.faults, ...words, ...spokenFaults(fields), ...unread, ...taken.faults]);

    const spoken = await this.speak(principal, fields);
    const corrections = await this.corrections.speak(principal, fields, taken.texts);
    const content: Content = { ...asked, segments: spoken?.segments ?? this.opening(fields) ?? this.body.framed(fields.mode ?? 'actual', asked.segments ?? []) };
    const found = await this.look(principal, content, documents, now, corrections.flatMap((one) => one.spoken.segments));
    refuse(contentFaults(content, found.facts, spoken === undefined ? sound : 'speech'));
    const heldKey = fields.live?.source === undefined ? undefined : await this.held.makeKey(fields.live.source);
    const plain = messageOf(fields, content, found, { id: this.clock.uuid(), now, principal, drillKind: drill.kind, spoken, heldKey });
    refuse([...await this.permits.faults(scopeOf(principal), plain, now), ...await this.saidBefore.faults(scopeOf(principal), plain)]);
    return this.answer(plain, corrections, found, documents, spoken);
  }

  private async answer(
    plain: Message, corrections: readonly SpokenCorrection[], found: LookedUp, documents: PlatformDocuments, spoken: SpokenBody | undefined,
  ): Promise<DraftAnswer> {
    const taken = corrections.map((one) => ({ kind: one.kind, ...toSign(correctionOf(plain, one.kind, one.text, one.spoken, found.media, this.clock.uuid())) }));
    const message: Message = { ...plain, corrections: taken.map(({ kind, messageDigest }) => ({ kind, digest: messageDigest })) };
    return {
      ...toSign(message),
      consequence: await this.foresee.consequence(message, found, documents),
      corrections: taken.map(({ kind: _kind, ...bytes }) => bytes),
      voice: spoken?.voice ?? corrections[0]?.spoken.voice ?? null,
    };
  }

  private look(principal: Principal, content: Content, { charter, roster }: PlatformDocuments, now: number, more: readonly BodySegment[]): Promise<LookedUp> {
    return this.lookup.ask(scopeOf(principal), {
      now, platform: principal.platform, author: principal.person, charter, roster,
      areas: content.targets?.areas ?? [], terminals: content.targets?.terminals ?? [],
      media: [...(content.segments ?? []), ...more].map(({ sha256 }) => sha256), replaces: content.replaces ?? null,
    });
  }

  private async drill(principal: Principal, fields: Partial<Draft>, content: Content, found: LookedUp): Promise<{ readonly kind: DrillKind | null; readonly faults: readonly FieldError[] }> {
    const { mode, drill } = fields;
    if (mode !== 'drill') return { kind: null, faults: drill === undefined || mode === undefined ? [] : [{ path: 'drill', code: 'DRILL_ONLY', sentence: 'Only a message of the mode drill names a planned drill.' }] };
    if (drill === undefined) return { kind: null, faults: [{ path: 'drill', code: 'DRILL_MISSING', sentence: 'A drill names the planned drill that it belongs to.' }] };
    const { notBefore, notAfter } = content;
    if (notBefore === undefined || notAfter === undefined) return { kind: null, faults: [] };
    return this.drills.judge(scopeOf(principal), { platform: principal.platform, plan: drill, areas: found.targets.areas, terminals: found.targets.terminals, notBefore, notAfter });
  }

  private async speak(principal: Principal, { class: kind, mode, text, speech }: Partial<Draft>): Promise<SpokenBody | undefined> {
    if (speech === undefined || kind === undefined || mode === undefined || text === undefined) return undefined;
    return this.body.make(principal, { class: kind, mode, corrects: null, text, speed: speech.speed });
  }

  /** What opens a living voice, if anything; undefined for what is none. */
  private opening({ class: kind, live }: Partial<Draft>): readonly BodySegment[] | undefined {
    if (live === undefined || kind === undefined) return undefined;
    return live.opening || kind === 'emergency' ? [this.body.opening(kind)] : [];
  }
}

function contentOf(fields: Partial<Draft>, { roster }: PlatformDocuments, principal: Principal, now: number): Content {
  const notBefore = fields.notBefore ?? now;
  const defaultWindowMs = fields.class === undefined ? undefined : Math.min(CLASSES[fields.class].defaultWindowMs, fields.live === undefined ? Infinity : LIMITS.liveWindowMs);
  return {
    class: fields.class,
    severity: fields.severity,
    mode: fields.mode,
    unit: fields.unit ?? roster.persons.find(({ id }) => id === principal.person)?.unit,
    notBefore,
    notAfter: fields.notAfter ?? (defaultWindowMs === undefined ? undefined : notBefore + defaultWindowMs),
    repeats: fields.live === undefined ? fields.repeats : 1,
    gapMs: fields.live === undefined ? fields.gapMs : 0,
    segments: fields.segments,
    live: fields.live ?? null,
    targets: fields.targets,
    replaces: fields.replaces ?? null,
    corrects: null,
  };
}

/** The voice speaks Chinese; its readings are its own. */
function spokenFaults({ speech, language, readings }: Partial<Draft>): readonly FieldError[] {
  if (speech === undefined) return [];
  const faults: FieldError[] = [];
  if (language !== undefined && !/^zh(-|$)/.test(language)) faults.push({ path: 'language', code: 'LANGUAGE_UNSPOKEN', sentence: `No voice here speaks "${language}"; bring a recording.` });
  if (readings !== undefined && readings.length > 0) faults.push({ path: 'readings', code: 'READINGS_SPOKEN', sentence: 'How a spoken text is read comes from the voice; leave it out.' });
  return faults;
}

function refuse(faults: readonly FieldError[]): void {
  if (faults.length > 0) throw invalidFields(faults);
}

function toSign(message: Message): Pick<DraftAnswer, 'message' | 'payload' | 'messageDigest'> {
  const payload = encodePayload(message);
  return { message, payload: toBase64(payload), messageDigest: digestSchema.parse(sha256Hex(payload)) };
}
