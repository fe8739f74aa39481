import path from 'node:path';
import { readAudioFile, rmsDbfs } from '#libs/audio';
import { STOCK_PHRASES, createEspeakEngine, speakStockPhrase } from '#libs/speech';
import { runEspeak } from '../../../../libs/speech/run-espeak';
import { toPinyin } from '../../../../libs/speech/to-pinyin';

const engine = createEspeakEngine({ timeoutMs: 15000 });

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
    const written = toPinyin(text) ?? '';
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
    const written = toPinyin('我们的绿色女儿') ?? '';
    const answer = await runEspeak({ voice: 'cmn-latn-pinyin', wordsPerMinute: 150, text: written }, 15000);
    expect(answer).toMatchObject({ ok: true, phonemes: expect.not.stringContaining('(en)') });
  });

  it('says which engine and voice it is', () => {
    expect(engine).toMatchObject({ name: 'espeak-ng', voice: 'cmn-latn-pinyin' });
  });
});

describe('createEspeakEngine refuses', () => {
  it.each(['撤离到2号楼', 'evacuate', '', '。，', '请 注意', '请注意A', '-x'])('%j instead of guessing', async (text) => {
    expect(await engine.speak(text, 'zh-CN')).toMatchObject({ ok: false, code: 'SPEECH_TEXT_UNSUPPORTED' });
  });

  it('a text that is too long', async () => {
    expect(await engine.speak('请'.repeat(2001), 'zh-CN')).toMatchObject({ code: 'SPEECH_TEXT_TOO_LONG' });
  });

  it('to wait longer than its time', async () => {
    const hurried = createEspeakEngine({ timeoutMs: 1 });
    expect(await hurried.speak('请注意', 'zh-CN')).toMatchObject({ code: 'SPEECH_TIMEOUT' });
  });

  it('with a code when the process ends without an answer', async () => {
    const request = { voice: 'cmn-latn-pinyin', wordsPerMinute: 150, text: 'qing3' };
    expect(await runEspeak(request, 15000, path.join(__dirname, 'not-there.js'))).toMatchObject({ code: 'SPEECH_FAILED' });
  });
});

describe('toPinyin', () => {
  it.each([
    ['银行行长', 'yin2 hang2 hang2 zhang3'],
    ['重庆，重量。', 'chong2 qing4, zhong4 liang4.'],
    ['我们的', 'wo3 men5 de5'],
    ['绿女', 'lv4 nv3'],
  ])('writes %s as %s', (text, written) => {
    expect(toPinyin(text)).toBe(written);
  });

  it('does not guess at characters it does not know', () => {
    expect(toPinyin('𠮷请')).toBeUndefined();
  });
});
