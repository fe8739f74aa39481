import path from 'node:path';
import { readAudioFile, rmsDbfs } from '#libs/audio';
import { STOCK_PHRASES, createEspeakEngine, lexiconOf, readAloud, speakStockPhrase, type SpokenPart } from '#libs/speech';
import { EspeakStandby } from '../../../../libs/speech/espeak-standby';
import { runEspeak, startEspeak } from '../../../../libs/speech/run-espeak';

const engine = createEspeakEngine({ timeoutMs: 15000 });

function pinyinOf(text: string): readonly SpokenPart[] {
  const read = readAloud(text, { lexicon: lexiconOf() });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.spoken;
}
const toPinyin = (text: string): string => pinyinOf(text).map(({ pinyin }) => pinyin).join(' ');

describe('stock phrases', () => {
  it.each(STOCK_PHRASES)('speaks $id: audible, of plausible length', async ({ id, text }) => {
    const spoken = await speakStockPhrase(engine, id);
    if (!spoken.ok) throw new Error(spoken.sentence);
    const read = readAudioFile(spoken.wav);
    if (!read.ok) throw new Error(read.sentence);
    expect(rmsDbfs(read.pcm.samples)).toBeGreaterThan(-35);
    // Mandarin is spoken at three to six syllables a second.
    const syllables = [...text].filter((letter) => /\p{Script=Han}/u.test(letter)).length;
    const seconds = read.pcm.samples.length / 48000;
    expect(syllables / seconds).toBeGreaterThan(2);
    expect(syllables / seconds).toBeLessThan(6);
  });

  it.each(STOCK_PHRASES)('speaks every syllable of $id in Mandarin, none as English letters', async ({ text }) => {
    const written = toPinyin(text);
    const answer = await runEspeak({ voice: 'cmn-latn-pinyin', wordsPerMinute: 150, text: written }, 15000);
    expect(answer).toMatchObject({ ok: true, phonemes: expect.not.stringContaining('(en)') });
  });

  it('gives the same sound every time', async () => {
    expect(await speakStockPhrase(engine, 'pass-it-on')).toEqual(await speakStockPhrase(engine, 'pass-it-on'));
  });
});

describe('the voice', () => {
  it('would be heard falling back to English: the check sees it', async () => {
    const answer = await runEspeak({ voice: 'cmn-latn-pinyin', wordsPerMinute: 150, text: 'de0' }, 15000);
    expect(answer).toMatchObject({ ok: true, phonemes: expect.stringContaining('(en)') });
  });

  it('reads neutral tones and ü in Mandarin', async () => {
    const written = toPinyin('我们的绿色女儿');
    const answer = await runEspeak({ voice: 'cmn-latn-pinyin', wordsPerMinute: 150, text: written }, 15000);
    expect(answer).toMatchObject({ ok: true, phonemes: expect.not.stringContaining('(en)') });
  });

  it('says which engine and voice it is', () => {
    expect(engine).toMatchObject({ name: 'espeak-ng', voice: 'cmn-latn-pinyin' });
  });
});

describe('createEspeakEngine refuses', () => {
  const how = { language: 'zh-CN', speed: 'normal' } as const;
  const part = { text: '请注意', pinyin: 'qing3 zhu4 yi4' };

  it('a text that is too long', async () => {
    expect(await engine.speak([{ ...part, text: '请'.repeat(2001) }], how)).toMatchObject({ code: 'SPEECH_TEXT_TOO_LONG' });
  });

  it('to wait longer than its time', async () => {
    const hurried = createEspeakEngine({ timeoutMs: 1 });
    expect(await hurried.speak([part], how)).toMatchObject({ code: 'SPEECH_TIMEOUT' });
  });

  it('what it would read as English', async () => {
    expect(await engine.speak([{ text: '的', pinyin: 'de0' }], how)).toMatchObject({ code: 'SPEECH_FAILED' });
  });

  it('with a code when the process ends without an answer', async () => {
    const request = { voice: 'cmn-latn-pinyin', wordsPerMinute: 150, text: 'qing3' };
    expect(await runEspeak(request, 15000, startEspeak(path.join(__dirname, 'not-there.js')))).toMatchObject({ code: 'SPEECH_FAILED' });
  });
});

describe('a voice that stands by', () => {
  it('speaks the same, text after text', async () => {
    const ready = createEspeakEngine({ timeoutMs: 15000, standby: true });
    const parts = pinyinOf('请注意安全。');
    const [first, second, plain] = [await ready.speak(parts, { language: 'zh-CN', speed: 'normal' }), await ready.speak(parts, { language: 'zh-CN', speed: 'normal' }), await engine.speak(parts, { language: 'zh-CN', speed: 'normal' })];
    expect(first).toEqual(plain);
    expect(second).toEqual(plain);
  });

  it('starts another child when the one that waited has ended', async () => {
    const standby = new EspeakStandby();
    standby.prepare();
    const waiting = standby.take();
    standby.prepare();
    const next = standby.take();
    expect(next).not.toBe(waiting);
    for (const child of [waiting, next]) child.kill('SIGKILL');
    standby.prepare();
    const dead = standby.waiting();
    dead?.kill('SIGKILL');
    await new Promise((ended) => dead?.once('exit', ended));
    const fresh = standby.take();
    expect(fresh).not.toBe(dead);
    fresh.kill('SIGKILL');
  });
});

describe('speed', () => {
  it('is heard: slow lasts longer than normal, normal longer than fast', async () => {
    const parts = pinyinOf('请立即转移到安全地带。');
    const [slow = 0, normal = 0, fast = 0] = await Promise.all((['slow', 'normal', 'fast'] as const).map(async (speed) => {
      const spoken = await engine.speak(parts, { language: 'zh-CN', speed });
      return spoken.ok ? spoken.wav.length : 0;
    }));
    expect(slow).toBeGreaterThan(normal * 1.1);
    expect(normal).toBeGreaterThan(fast * 1.1);
    expect(fast).toBeGreaterThan(22050);
  });
});
