import { lexiconFaults, lexiconOf, readAloud, readLexicon, type Lexicon } from '#libs/speech';
import shippedLexicon from '../../../../policy/lexicon.json';

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

describe('the words that a platform may write', () => {
  const faultsOf = (...list: readonly unknown[]): readonly string[] => lexiconFaults(readLexicon(list)).map(({ index, field }) => `${index}.${field}`);

  it('never say another word: 撤离 as liú xià, 上山 as xià shān, 东 as xī', () => {
    expect(faultsOf(
      { written: '撤离', pinyin: 'liu2 xia4', kind: 'word' }, { written: '上山', pinyin: 'xia4 shan1', kind: 'place' }, { written: '东', pinyin: 'xi1', kind: 'word' }, { written: '撤离', pinyin: 'che2 li2', kind: 'word' },
    )).toEqual(['0.pinyin', '0.pinyin', '1.pinyin', '2.pinyin', '3.pinyin']);
  });

  it('never say another number, nor other characters beside their letters', () => {
    expect(faultsOf(
      { written: '8时', read: '九时', pinyin: 'jiu3 shi2', kind: 'word' }, { written: '119', read: '幺二零', pinyin: 'yao1 er4 ling2', kind: 'word' },
      { written: 'A8栋', read: '必九栋', pinyin: 'bi4 jiu3 dong4', kind: 'word' }, { written: 'WiFi撤离', read: '歪费留下', pinyin: 'wai1 fei4 liu2 xia4', kind: 'word' },
    )).toEqual(['0.read', '1.read', '2.read', '3.read']);
  });

  it('take any reading that a character has, letters said in any way, and neutral and changed tones', () => {
    expect(faultsOf(
      { written: '石港', pinyin: 'dan4 gang3', kind: 'place' }, { written: '涡阳', pinyin: 'guo1 yang2', kind: 'place' }, { written: '大埔', pinyin: 'da4 bu4', kind: 'place' },
      { written: '清楚', pinyin: 'qing1 chu5', kind: 'word' }, { written: '一个', pinyin: 'yi2 ge5', kind: 'word' }, { written: '不要', pinyin: 'bu2 yao4', kind: 'word' },
      { written: 'T3航站楼', read: '提三航站楼', pinyin: 'ti2 san1 hang2 zhan4 lou2', kind: 'place' }, { written: '84消毒液', read: '八四消毒液', pinyin: 'ba1 si4 xiao1 du2 ye4', kind: 'word' },
    )).toEqual([]);
  });

  it('say how a rare reading comes in all the same', () => {
    expect(lexiconFaults(readLexicon([{ written: '樵舍', pinyin: 'qiao2 sa4', kind: 'place' }]))).toMatchObject([{ sentence: expect.stringContaining('CLARION_SPEECH_LEXICON') }]);
  });

  it('are as strictly held as those that ship', () => {
    // COVID-19 alone leaves its number unsaid: only the file that ships can write that.
    expect(lexiconFaults(readLexicon(shippedLexicon)).map(({ sentence }) => sentence)).toEqual([expect.stringContaining('COVID-19')]);
  });
});
