import { lexiconOf, readAloud, readLexicon, type Lexicon } from '#libs/speech';

const words = (...list: readonly string[]): ReturnType<typeof readLexicon> => readLexicon(list.map((line) => {
  const [written, ...pinyin] = line.split(' ');
  return { written, pinyin: pinyin.join(' '), kind: 'polyphone' };
}));
const found = (lexicon: Lexicon, text: string): readonly string[] =>
  [...text].flatMap((_, at) => lexicon.at(text, at)?.written ?? []);

describe('a word that ships', () => {
  const shipped = words('六安 lu4 an1', '没收 mo4 shou1');

  it.each(['周六安排值班', '没收到通知'])('is not found across the words of %s', (text) => {
    expect(found(lexiconOf(shipped), text)).toEqual([]);
  });

  it('is found where it is a word', () => {
    expect(found(lexiconOf(shipped), '在六安市没收')).toEqual(['六安', '没收']);
  });

  it('gives way to a word of the platform that reaches past its end', () => {
    expect(found(lexiconOf(shipped, words('安市坊 an1 shi4 fang1')), '在六安市坊')).toEqual(['安市坊']);
  });
});

describe('a word of a platform', () => {
  it('is found wherever it is written', () => {
    expect(found(lexiconOf([], words('六安 liu4 an1')), '周六安排')).toEqual(['六安']);
  });

  it('is not found where a longer one of its own begins inside it', () => {
    expect(found(lexiconOf([], words('上塘 shang4 tang2', '塘家坊 tang2 jia1 fang1')), '上塘家坊')).toEqual(['塘家坊']);
  });

  it('overrules the same word of what ships', () => {
    expect(lexiconOf(words('黄陂 huang2 pi2'), words('黄陂 huang2 bei1')).at('黄陂', 0)?.pinyin).toBe('huang2 bei1');
  });
});

describe('the readings of polyphones in no lexicon', () => {
  const shown = (text: string): readonly string[] => readAloud(text, { lexicon: lexiconOf() }).readings.map(({ written, read }) => `${written} ${read}`);

  it('are shown where the words of the text and its sound disagree', () => {
    expect(shown('没收到通知')).toEqual(['没 méi']);
  });

  it('are shown where the character stands alone and both readings are usual', () => {
    expect(shown('请用力盛。')).toEqual(['盛 shèng']);
  });

  it('are not shown for words that have one reading, nor for the smallest words', () => {
    expect(shown('请大家不要着急，一定要安全地转移了再说，银行的重要资料不用管。')).toEqual([]);
  });

  it('never make a text too long to be shown', () => {
    const text = `${Array.from({ length: 64 }, (_, index) => `${index + 3}人`).join('，')}，请用力盛。`;
    const answer = readAloud(text, { lexicon: lexiconOf() });
    expect([answer.ok, answer.readings.length]).toEqual([true, 64]);
  });
});
