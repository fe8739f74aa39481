import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { rmsDbfs, readAudioFile } from '#libs/audio';
import { hazardFileSchema } from '#libs/contracts';
import { exampleValues, fillTemplate, templatesOf } from '#libs/domain';
import { createEspeakEngine, lexiconOf, readAloud, readLexicon, speak } from '#libs/speech';
import { polyphonic } from 'pinyin-pro';
import { wordsOf } from '../../libs/speech/word-borders';
import wordsAsSaid from '../vectors/speech/template-words.json';

const ROOT = path.join(__dirname, '..', '..');
const json = (...at: string[]): unknown => JSON.parse(readFileSync(path.join(ROOT, ...at), 'utf8'));
const lexicon = lexiconOf(readLexicon(json('policy', 'lexicon.json')));
const texts = readdirSync(path.join(ROOT, 'policy', 'templates')).flatMap((name) => templatesOf(hazardFileSchema.parse(json('policy', 'templates', name)))).map((template) => {
  const answer = fillTemplate(template, exampleValues(template));
  if (!answer.ok) throw new Error(`${template.id}: ${JSON.stringify(answer.faults)}`);
  return [template.id, answer.filled] as const;
});

describe('the templates that ship, read aloud', () => {
  it.each(texts)('%s: every word is read for certain, filled with its examples', (_, { text, correction, allClear }) => {
    for (const said of [text, correction, allClear]) {
      const read = readAloud(said ?? '', { lexicon });
      expect(read.ok ? [] : read.faults).toEqual([]);
    }
  });

  it('say every word that could be said in another way as the list that was read through has it', () => {
    const said = texts.flatMap(([, { text, correction, allClear }]) => [text, correction ?? '', allClear ?? '']).flatMap(polyphonesOf);
    expect([...new Set(said)].sort()).toEqual(wordsAsSaid);
  });

  it('say times, levels below zero and speeds of water as people do', () => {
    const spoken = (id: string): string => {
      const read = readAloud(texts.find(([name]) => name === id)?.[1].text ?? '', { lexicon });
      return read.ok ? read.readings.map(({ written, read: words }) => `${written}=${words}`).join(' ') : '';
    };
    expect(spoken('flood-red')).toContain('14时02分=十四时零二分');
    expect(spoken('flood-red')).toContain('21.5米=二十一点五米');
    expect(spoken('cold-wave-red')).toContain('-3℃=零下三摄氏度');
    expect(spoken('dam-release-planned')).toContain('11月22日=十一月二十二日');
  });

  it.each(['rainstorm-red', 'cold-wave-blue', 'drill-chemical-leak'])('%s sounds when the built-in voice speaks it', async (id) => {
    const spoken = await speak(texts.find(([name]) => name === id)?.[1].text ?? '', { engine: createEspeakEngine({ timeoutMs: 20_000 }), lexicon, speed: 'normal' });
    if (!spoken.ok) throw new Error(JSON.stringify(spoken));
    const read = readAudioFile(spoken.wav);
    if (!read.ok) throw new Error(read.code);
    expect(read.pcm.samples.length / 48_000).toBeGreaterThan(8);
    expect(rmsDbfs(read.pcm.samples)).toBeGreaterThan(-40);
  }, 60_000);
});

/** `圈舍` as `圈 juan4`, `舍 she4`; `转移` as `转移 zhuan3 yi2`: the words with a character of several readings. */
function polyphonesOf(text: string): readonly string[] {
  const read = readAloud(text, { lexicon });
  return (read.ok ? read.spoken : []).flatMap((part) => {
    const syllables = part.pinyin.replace(/[,.!?]/g, '').split(/\s+/);
    return wordsOf(part.text).map((word) => word.replace(/\P{Script=Han}/gu, '')).flatMap((word) => {
      const said = syllables.splice(0, [...word].length).join(' ');
      return [...word].some((letter) => (polyphonic(letter, { type: 'array' })[0] ?? []).length > 1) ? [`${word} ${said}`] : [];
    });
  });
}
