import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { decodeOggOpus, generateChime, generateSiren, measureLoudness, pcmOf, silence, writeWav, type Pcm } from '#libs/audio';
import { personIdSchema, platformIdSchema } from '#libs/contracts';
import { lexiconOf, type SpeechEngine } from '#libs/speech';
import { preparePcm, prepareRecording, prepareSpeech } from '../../../../../../apps/platform/src/features/media/prepare-recording';
import { MediaFiles } from '../../../../../../apps/platform/src/features/media/media-files';
import { speechEngine } from '../../../../../../apps/platform/src/features/media/speech-engine';
import { InlineSpeechWorkshop } from '../../../../../../apps/platform/src/features/media/speech-workshop';
import { stockSounds } from '../../../../../../apps/platform/src/features/media/stock-sounds';
import { SynthesiseSpeech } from '../../../../../../apps/platform/src/features/media/synthesise-speech';
import { TurnQueue } from '../../../../../../apps/platform/src/features/media/turn-queue';
import { systemClock } from '../../../../../../apps/platform/src/kernel/clock';
import { operationalError } from '../../../../../../apps/platform/src/kernel/errors';
import { readConfig } from '../../../../../../apps/platform/src/kernel/config';

const caller = { account: 't1-author', platform: platformIdSchema.parse('t1'), platforms: [platformIdSchema.parse('t1')], person: personIdSchema.parse('t1-author') };
const tone = writeWav(pcmOf(Float32Array.from({ length: 48_000 }, (_, at) => Math.sin(at / 20) / 4)));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-speech-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The real verb on a real folder, with an engine that answers as told, and stores that remember. */
function maker(answers: readonly Awaited<ReturnType<SpeechEngine['speak']>>[]) {
  const kept: string[] = [];
  let asked = 0;
  const engine: SpeechEngine = { name: 'fake', voice: 'fake', speak: () => Promise.resolve(answers[Math.min(asked++, answers.length - 1)] ?? { ok: false, code: 'SPEECH_FAILED', sentence: '' }) };
  const made = new Map<string, unknown>();
  const parts = {
    transactions: { run: (work: (tx: unknown) => unknown) => Promise.resolve(work({})) },
    store: { made: (_: unknown, key: string) => Promise.resolve(made.get(key)), remember: (_: unknown, __: unknown, key: string, spoken: unknown) => Promise.resolve(void made.set(key, spoken)) },
    media: { keep: (_: unknown, __: unknown, media: { sha256: string }) => Promise.resolve(void kept.push(media.sha256)) },
    lexicons: { of: () => Promise.resolve(lexiconOf()) },
    leaves: { insert: () => Promise.resolve() },
  } as unknown as { transactions: never; store: never; media: never; lexicons: never; leaves: never };
  const speech = new SynthesiseSpeech(systemClock, parts.transactions, parts.store, parts.media, engine, new InlineSpeechWorkshop(), parts.lexicons, new MediaFiles(folder, systemClock), parts.leaves);
  return { speech, kept, asked: () => asked };
}

describe('a voice that does not speak', () => {
  it.each(['SPEECH_ENGINE_MISSING', 'SPEECH_TIMEOUT', 'SPEECH_FAILED'] as const)('with %s is an error for whoever runs the server, and nothing is stored', async (code) => {
    const { speech, kept } = maker([{ ok: false, code, sentence: 'no' }]);
    await expect(speech.make(caller, '请注意。', 'normal')).rejects.toMatchObject({ code, family: 'operational', status: 503 });
    expect([kept, readdirSync(folder)]).toEqual([[], []]);
    expect(await speech.voice()).toMatchObject({ ready: false, fault: { code } });
  });

  it('but hands out silence is found out', async () => {
    const { speech, kept } = maker([{ ok: true, wav: writeWav(silence(2_000)) }]);
    await expect(speech.make(caller, '请注意。', 'normal')).rejects.toMatchObject({ code: 'SPEECH_FAILED', status: 503 });
    expect(kept).toEqual([]);
  });

  it('is asked again: a failure is not remembered', async () => {
    const { speech, kept, asked } = maker([{ ok: false, code: 'SPEECH_TIMEOUT', sentence: 'no' }, { ok: true, wav: tone }]);
    await expect(speech.make(caller, '请注意。', 'normal')).rejects.toMatchObject({ code: 'SPEECH_TIMEOUT' });
    expect(await speech.make(caller, '请注意。', 'normal')).toMatchObject({ engine: 'fake', voice: 'fake' });
    await speech.make(caller, '请注意。', 'normal');
    expect([asked(), new Set(kept).size]).toEqual([2, 1]);
  });

  it('is not asked about a text that cannot be read', async () => {
    const { speech, asked } = maker([{ ok: true, wav: tone }]);
    await expect(speech.make(caller, '3-5', 'normal')).rejects.toMatchObject({ code: 'INVALID', status: 422, fields: [{ path: 'text.0', code: 'DASH_UNCLEAR' }] });
    expect(asked()).toBe(0);
  });
});

describe('the queue of work', () => {
  it('makes one after the other, each key once, and is bounded', async () => {
    const queue = new TurnQueue<string>(() => operationalError('SPEECH_BUSY', 'Later.'));
    const began: string[] = [];
    const gates = new Map<string, () => void>();
    const work = (key: string) => () => new Promise<string>((resolve) => {
      began.push(key);
      gates.set(key, () => resolve(key));
    });
    const first = queue.run('a', work('a'));
    const same = queue.run('a', work('never'));
    const others = Array.from({ length: 16 }, (_, at) => queue.run(`b${at}`, work(`b${at}`)));
    await expect(queue.run('too many', work('too many'))).rejects.toMatchObject({ code: 'SPEECH_BUSY', status: 503 });
    expect(began).toEqual(['a']);
    gates.get('a')?.();
    expect(await Promise.all([first, same])).toEqual(['a', 'a']);
    for (const [at, other] of others.entries()) {
      while (!gates.has(`b${at}`)) await Promise.resolve();
      gates.get(`b${at}`)?.();
      expect(await other).toBe(`b${at}`);
    }
    expect(began).toHaveLength(17);
  });

  it('goes on after a failure', async () => {
    const queue = new TurnQueue<string>(() => operationalError('SPEECH_BUSY', 'Later.'));
    await expect(queue.run('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await queue.run('a', () => Promise.resolve('again'))).toBe('again');
  });
});

describe('the settings', () => {
  it.each([
    [{}, 'espeak-ng', 'cmn-latn-pinyin'],
    [{ CLARION_SPEECH_COMMAND: '/opt/voice/speak' }, 'command', 'speak'],
    [{ CLARION_SPEECH_URL: 'http://127.0.0.1:1/speak', CLARION_SPEECH_VOICE: 'zh-female-1' }, 'http', 'zh-female-1'],
  ])('%j name the voice', (settings, name, voice) => {
    expect(speechEngine(readConfig(settings).speech, false)).toMatchObject({ name, voice });
  });
});

it('the phrases of a drill are among the sounds that every terminal gets', () => {
  const ids = stockSounds(speechEngine(readConfig({}).speech, false)).map(({ id, role, name }) => [id, role, name]);
  expect(ids).toEqual(expect.arrayContaining([['phrase-drill-opening', 'speech', '这是演练，这是演练。'], ['phrase-drill-closing', 'speech', '演练结束，以上是演练内容。']]));
});

describe('what goes to the horns', () => {
  /** Pulses with a ring: what an encoder overshoots most. */
  const pulses: Pcm = pcmOf(Float32Array.from({ length: 96_000 }, (_, at) => Math.sin(at * 0.9) * Math.exp(-(at % 400) / 30) * (at % 48_000 < 30_000 ? 0.9 : 0.2)));

  it.each([['a siren', () => generateSiren('rise-fall', 2_400)], ['a chime', () => generateChime('opening')], ['pulses', () => pulses]] as const)('keeps its true peak after decoding, also of %s', async (_, pcm) => {
    const sound = writeWav(pcm());
    for (const prepared of [preparePcm(pcm()), await prepareRecording(sound), prepareSpeech(sound)]) {
      if (!prepared.ok) throw new Error(prepared.sentence);
      const heard = measureLoudness(decodeOggOpus(prepared.bytes));
      expect(heard.truePeakDbtp).toBeLessThanOrEqual(-2);
      expect(prepared.truePeakCentiDbtp).toBe(Math.round(heard.truePeakDbtp * 100));
      expect(heard.integratedLufs).toBeLessThan(-15);
    }
  });
});
