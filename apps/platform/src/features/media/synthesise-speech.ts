import { Inject, Injectable } from '@nestjs/common';
import type { MediaView, SpeechAnswer, SpeechReadAnswer, SpeechSpeed, SpeechVoice } from '#libs/contracts';
import { readAloud, secondsOf, type ReadAloud, type SpeechEngine, type SpokenPart } from '#libs/speech';
import { encodePayload } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { invalidFields, operationalError } from '../../kernel/errors';
import { Leaves } from '../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../kernel/tokens';
import { scopeOf } from '../access';
import { MediaFiles } from './media-files';
import { MEDIA_STORE, type MediaStore } from './media.store';
import { SpeechMaker, type SpokenFor } from './speech';
import { SPEECH_ENGINE } from './speech-engine';
import { SpeechLexicons } from './speech-lexicons';
import { SPEECH_STORE, type SpeechStore, type SpokenMedia } from './speech.store';
import { SPEECH_WORKSHOP, type SpeechWorkshop } from './speech-workshop';
import { TurnQueue } from './turn-queue';

const SPEEDS: readonly SpeechSpeed[] = ['slow', 'normal', 'fast'];
/** What a voice is asked to say to see whether it speaks. */
const TRIAL: readonly SpokenPart[] = [{ text: '好。', pinyin: 'hao3.' }];
const NAME_CHARACTERS = 40;

/**
 * Makes recordings of texts: reads them with the platform's lexicon, lets the engine speak, levels and encodes the sound
 * like any recording, and keeps it under its digest. What was made once for a text, voice and speed is not made again.
 */
@Injectable()
export class SynthesiseSpeech extends SpeechMaker {
  private readonly queue = new TurnQueue<SpokenMedia>(() => operationalError('SPEECH_BUSY', 'Too many texts wait to be spoken. Try again in a moment.'));
  private spoke = false;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(SPEECH_STORE) private readonly store: SpeechStore,
    @Inject(MEDIA_STORE) private readonly media: MediaStore,
    @Inject(SPEECH_ENGINE) private readonly engine: SpeechEngine,
    @Inject(SPEECH_WORKSHOP) private readonly workshop: SpeechWorkshop,
    private readonly lexicons: SpeechLexicons,
    private readonly files: MediaFiles,
    private readonly leaves: Leaves,
  ) {
    super();
  }

  override async read(caller: SpokenFor, text: string): Promise<SpeechReadAnswer> {
    const read = await this.readWith(caller, text);
    return {
      readings: [...read.readings], places: [...read.places],
      faults: read.ok ? [] : [...read.faults], seconds: read.ok ? secondsOf(read.spoken) : 0,
    };
  }

  override async make(caller: SpokenFor, text: string, speed: SpeechSpeed): Promise<SpeechAnswer> {
    const read = await this.readWith(caller, text);
    if (!read.ok) throw invalidFields(read.faults.map(({ at, code, written, sentence }) => ({ path: `text.${at}`, code, sentence: `${written}: ${sentence}` })));
    const { name: engine, voice } = this.engine;
    const key = sha256Hex(encodePayload({ parts: read.spoken, engine, voice, speed }));
    const spoken = await this.kept(caller, key) ?? await this.queue.run(key, () => this.synthesise(caller, key, read.spoken, speed));
    const media = await this.hold(caller, spoken, text);
    return { media, readings: [...read.readings], engine: spoken.engine, voice: spoken.voice };
  }

  override async voice(): Promise<SpeechVoice> {
    const { name: engine, voice } = this.engine;
    const answer = { engine, voice, speeds: [...SPEEDS] };
    if (this.spoke) return { ...answer, ready: true, fault: null };
    const trial = await this.engine.speak(TRIAL, { language: 'zh-CN', speed: 'normal' });
    this.spoke = trial.ok;
    return { ...answer, ready: trial.ok, fault: trial.ok ? null : { code: trial.code, sentence: trial.sentence } };
  }

  private async readWith(caller: SpokenFor, text: string): Promise<ReadAloud> {
    return readAloud(text, { lexicon: await this.lexicons.of(caller) });
  }

  private async kept(caller: SpokenFor, key: string): Promise<SpokenMedia | undefined> {
    const made = await this.store.made(scopeOf(caller), key);
    return made !== undefined && (await this.files.sizeOf(made.media.sha256)) === made.media.bytes ? made : undefined;
  }

  private async synthesise(caller: SpokenFor, key: string, parts: readonly SpokenPart[], speed: SpeechSpeed): Promise<SpokenMedia> {
    const spoken = await this.engine.speak(parts, { language: 'zh-CN', speed });
    this.spoke = spoken.ok;
    if (!spoken.ok) throw operationalError(spoken.code, spoken.sentence);
    const prepared = await this.workshop.prepare(spoken.wav);
    if (!prepared.ok) throw operationalError('SPEECH_FAILED', `What the voice made is no sound for a horn: ${prepared.sentence}`);
    await this.files.put(prepared.bytes);
    const { sha256, durationMs, integratedCentiLufs, truePeakCentiDbtp } = prepared;
    const made = { media: { sha256, bytes: prepared.bytes.length, durationMs, integratedCentiLufs, truePeakCentiDbtp, originalSha256: null, originalBytes: 0 }, engine: this.engine.name, voice: this.engine.voice };
    const at = Math.trunc(this.clock.now());
    await this.transactions.run(async (tx) => {
      await this.media.keep(scopeOf(caller), tx, made.media, holderOf(caller, '', at));
      await this.store.remember(scopeOf(caller), tx, key, made, at);
      await this.leaves.insert(tx, { platform: caller.platform, kind: 'speech.made', subject: sha256, facts: { person: caller.person, engine: made.engine, voice: made.voice, speed, durationMs } });
    });
    return made;
  }

  /** The platform that asked may use the recording, whoever had it made. */
  private hold(caller: SpokenFor, { media }: SpokenMedia, text: string): Promise<MediaView> {
    return this.transactions.run((tx) => this.media.keep(scopeOf(caller), tx, media, holderOf(caller, text, Math.trunc(this.clock.now()))));
  }
}

function holderOf(caller: SpokenFor, text: string, at: number): Parameters<MediaStore['keep']>[3] {
  const name = [...text.replace(/\s+/g, ' ').trim()].slice(0, NAME_CHARACTERS).join('');
  return { platform: caller.platform, person: caller.person, role: 'speech', name: name === '' ? '语音' : name, at };
}
