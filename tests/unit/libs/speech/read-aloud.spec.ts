import { lexiconOf, readAloud, readLexicon, type ReadAloud } from '#libs/speech';
import baseLexicon from '../../../../policy/lexicon.json';
import faults from '../../../vectors/speech/faults.json';
import polyphones from '../../../vectors/speech/polyphones.json';
import readings from '../../../vectors/speech/readings.json';
import { runEspeak } from '../../../../libs/speech/run-espeak';

const lexicon = lexiconOf(readLexicon(baseLexicon));
const read = (text: string): ReadAloud => readAloud(text, { lexicon });

function said(text: string): { readonly text: string; readonly pinyin: string } {
  const answer = read(text);
  if (!answer.ok) throw new Error(`${text}: ${JSON.stringify(answer.faults)}`);
  return { text: answer.spoken.map((part) => part.text).join(''), pinyin: answer.spoken.map((part) => part.pinyin).join(' ') };
}

describe('the reading table', () => {
  it.each(readings.filter((row) => row.spoken !== undefined))('reads $written as $spoken', ({ written, spoken }) => {
    expect(said(written).text).toBe(spoken);
  });

  it.each(readings.filter((row) => row.pinyin !== undefined))('says $written as $pinyin', ({ written, pinyin }) => {
    expect(said(written).pinyin).toBe(pinyin);
  });

  it('is spoken in Mandarin throughout: the voice falls back to English letters nowhere', async () => {
    expect(readings.length).toBeGreaterThanOrEqual(120);
    const answer = await runEspeak({ voice: 'cmn-latn-pinyin', wordsPerMinute: 300, text: readings.map(({ written }) => `${said(written).pinyin}.`).join('\n') }, 60_000);
    expect(answer).toMatchObject({ ok: true, phonemes: expect.not.stringContaining('(en)') });
  }, 90_000);

  it('leaves no digit, letter or sign in what is said', () => {
    for (const { written } of readings) expect(said(written).text).toMatch(/^[\p{Script=Han}，、；：。！？]+$/u);
  });
});

describe('the table of characters with several readings', () => {
  it.each(polyphones)('in $written says $said', ({ written, said: expected }) => {
    const letters = [...said(written).text].filter((letter) => /\p{Script=Han}/u.test(letter));
    const syllables = said(written).pinyin.replace(/[,.!?]/g, '').split(/\s+/);
    const pairs = expected.split(' ');
    let from = 0;
    for (let at = 0; at < pairs.length; at += 2) {
      const place = letters.indexOf(pairs[at] ?? '', from);
      expect(`${pairs[at] ?? ''} ${syllables[place] ?? ''}`).toBe(`${pairs[at] ?? ''} ${pairs[at + 1] ?? ''}`);
      from = place + 1;
    }
  });
});

describe('what has no certain reading', () => {
  it.each(faults)('$written is refused as $code', ({ written, code }) => {
    const answer = read(written);
    expect(answer.ok ? answer.spoken : answer.faults.map((fault) => fault.code)).toContain(code);
  });

  it('is named with its place, all of it at once', () => {
    const text = '请看*，2月30日3-5';
    const answer = read(text);
    expect(answer.ok ? [] : answer.faults.map(({ at, written, code }) => [at, written, code])).toEqual([[2, '*', 'SYMBOL_UNCLEAR'], [4, '2月30日', 'DATE_IMPOSSIBLE'], [9, '3-5', 'DASH_UNCLEAR']]);
  });

  it('includes more readings than a message can show', () => {
    const text = Array.from({ length: 65 }, (_, index) => `${index + 3}人`).join('，');
    const answer = read(text);
    expect(answer.ok ? [] : answer.faults).toMatchObject([{ code: 'READINGS_TOO_MANY', written: '67人' }]);
    expect(readAloud(text, { lexicon, maxReadings: 65 }).ok).toBe(true);
  });
});

describe('a letter that names a place', () => {
  /** Numbers, directions and what else stands in front of 区, 栋, 组, 座 and 单元. */
  const heardAsPlaces = [...'零一二两三四五六七八九十百第地东西南北中上下左右前后内外里新老旧大小高低主副正甲乙丙丁戊己庚辛', ...'市城乡镇村山林库郊街社校厂园景片灾疫辖特牧矿湾'];
  const sound = (text: string): string => said(text).pinyin;

  it.each([...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'])('%s is refused, or sounds like no number, no direction and no word for a place', (letter) => {
    for (const place of ['区', '栋', '组', '座', '单元']) {
      const answer = read(`${letter}${place}`);
      if (answer.ok) expect(heardAsPlaces.map((word) => `${sound(word)} ${sound(place)}`)).not.toContain(said(`${letter}${place}`).pinyin);
      else expect(answer.faults.map(({ code }) => code)).toEqual(['LETTER_UNCLEAR']);
    }
  });
});

describe('the readings', () => {
  it('list each number and each word of the lexicon once, and every place', () => {
    const answer = read('苏-27，119，乐化，119。');
    expect(answer.readings).toEqual([{ written: '苏-27', read: '苏二十七' }, { written: '119', read: '幺幺九' }, { written: '乐化', read: 'lè huà' }]);
    expect(answer.places.map(({ at }) => at)).toEqual([0, 5, 9, 12]);
  });

  it('show what is said for a word that has a reading of its own, not only its syllables', () => {
    expect(read('WiFi').readings).toEqual([{ written: 'WiFi', read: '歪费 wāi fèi' }]);
  });

  it('of Chinese words cannot be other words: what is heard would not be what is written', () => {
    expect(() => readLexicon([{ written: '红色', read: '蓝色', pinyin: 'hong2 se4', kind: 'word' }])).toThrow('says itself');
  });

  it('are found in the text where they say', () => {
    for (const { written } of readings) {
      for (const place of read(written).places) expect(written.slice(place.at).trimStart().startsWith(place.written)).toBe(true);
    }
  });
});

describe('sentences', () => {
  const parts = (text: string): readonly string[] => {
    const answer = read(text);
    return answer.ok ? answer.spoken.map((part) => part.text) : [];
  };

  it('are spoken one by one, marks doubled for the eye once', () => {
    expect(parts('注意！！请转移。\n\n（完）')).toEqual(['注意！', '请转移。', '完，']);
  });

  it('that are long are cut at a comma', () => {
    expect(parts(`${'请'.repeat(90)}，${'走'.repeat(20)}。`).map((part) => part.length)).toEqual([91, 21]);
  });
});

describe('any text', () => {
  it('is read whole or refused, never shortened: every Chinese character of it is said, in order', () => {
    const random = numbers(20_261_122);
    const signs = [...'请转移人个时日年月级度米0123456789.,:-~/%℃ABkm，。 第零下约G+'];
    for (let round = 0; round < 3_000; round += 1) {
      const text = Array.from({ length: 1 + Math.floor(random() * 14) }, () => signs[Math.floor(random() * signs.length)] ?? '').join('');
      const answer = read(text);
      if (!answer.ok) {
        expect(answer.faults.every(({ at, written }) => text.slice(at, at + written.length) === written)).toBe(true);
        continue;
      }
      const spoken = answer.spoken.map((part) => part.text).join('');
      expect(spoken).toMatch(/^[\p{Script=Han}，、；：。！？]+$/u);
      for (const letter of '请转移人个') expect(count(spoken, letter)).toBe(count(text, letter));
      expect(/\d/.test(text) ? answer.readings.length : 1).toBeGreaterThan(0);
    }
  });
});

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}

/** A fixed sequence of numbers in [0, 1). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
