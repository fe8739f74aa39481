import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { hazardFileSchema, type Template } from '#libs/contracts';
import { confusableNames, enableFaults, exampleValues, fillTemplate, templatesOf, unusedFields } from '#libs/domain';

const FOLDER = path.join(__dirname, '..', '..', '..', '..', 'policy', 'templates');
const files = readdirSync(FOLDER).map((name) => hazardFileSchema.parse(JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8'))));
const templates = files.flatMap(templatesOf);
const actual = templates.filter(({ mode }) => mode === 'actual');
const drills = templates.filter(({ mode }) => mode === 'drill');

/** The colours that each hazard is warned of in; those without a colour have levels of their own. */
const COLOURS: Readonly<Record<string, readonly Template['severity'][]>> = {
  flood: ['red', 'orange', 'yellow', 'blue'], rainstorm: ['red', 'orange', 'yellow', 'blue'], typhoon: ['red', 'orange', 'yellow', 'blue'],
  thunderstorm: ['red', 'orange', 'yellow'], gale: ['red', 'orange', 'yellow', 'blue'], fog: ['red', 'orange', 'yellow'], heat: ['red', 'orange', 'yellow'],
  'cold-wave': ['red', 'orange', 'yellow', 'blue'], 'road-icing': ['red', 'orange', 'yellow'], snowstorm: ['red', 'orange', 'yellow', 'blue'], hail: ['red', 'orange'],
  landslide: ['red', 'orange', 'yellow', 'blue'], 'forest-fire': ['red', 'orange', 'yellow', 'blue'], 'air-pollution': ['red', 'orange', 'yellow'],
  'chemical-leak': ['red', 'orange'], 'dam-release': ['red', 'none'],
};

describe('the templates that ship', () => {
  it('hold each hazard in its colours, and one drill of each', () => {
    expect(Object.fromEntries(files.map(({ hazard, levels }) => [hazard, levels.map(({ severity }) => severity)]))).toEqual(COLOURS);
    expect(drills.map(({ hazard }) => hazard).sort()).toEqual(Object.keys(COLOURS).sort());
    expect(new Set(templates.map(({ id }) => id)).size).toBe(templates.length);
  });

  it.each(templates.map((template) => [template.id, template] as const))('%s may be enabled: its words are clean, and it can be taken back', (_, template) => {
    expect(enableFaults(template)).toEqual([]);
  });

  it('use every field that their file names', () => {
    expect(files.flatMap((file) => unusedFields(file).map((name) => `${file.hazard} ${name}`))).toEqual([]);
  });

  it('say who speaks, when, and where in every warning, filled with the examples', () => {
    for (const template of actual) {
      const answer = fillTemplate(template, exampleValues(template));
      if (!answer.ok) throw new Error(template.id);
      expect(answer.filled.text).toMatch(/^\S{2,20}14时02分(发布|通告)/u);
      expect(answer.filled.text).toContain('樵舍镇和乐化镇');
      expect(`${answer.filled.title}${answer.filled.text}${answer.filled.correction ?? ''}${answer.filled.allClear ?? ''}`).not.toMatch(/[{}]/);
    }
  });

  it('have no two names in one list that a tired person takes for one another', () => {
    expect(confusableNames(actual)).toEqual([]);
    expect(confusableNames(drills)).toEqual([]);
  });

  it('never mix the two lists: a drill is called one, what is meant is not', () => {
    expect(drills.every(({ title }) => title.startsWith('演练'))).toBe(true);
    expect(actual.some(({ title, text }) => `${title}${text}`.includes('演练'))).toBe(false);
  });
});
