import { templateBodySchema, type TemplateBody } from '#libs/contracts';
import { confusable, editDistance, enableFaults, exampleValues, fillTemplate, lintTemplate } from '#libs/domain';

const place = { name: 'place', label: '范围', type: 'place', maxChars: 20, example: '乐化镇' } as const;
const body = (changes: object = {}): TemplateBody => templateBodySchema.parse({
  hazard: 'rainstorm', eventType: '10203', class: 'advisory', severity: 'yellow', mode: 'actual', title: '暴雨黄色预警', text: '{{place}}将有暴雨，请关好门窗。',
  fields: [place], sound: 'chime', repeats: 2, volume: 'high', areas: [], correction: '刚才播出的预警是误发。', allClear: '预警解除。', ...changes,
});
const codes = (template: TemplateBody): readonly string[] => lintTemplate(template).map(({ path, code }) => `${path} ${code}`);
const filled = (field: object, value: string): string => {
  const answer = fillTemplate(body({ fields: [{ name: 'x', label: '值', example: '1', ...field }], text: '到{{x}}。' }), { x: value });
  return answer.ok ? answer.filled.text : answer.faults.map(({ code }) => code).join(' ');
};

describe('filling a template', () => {
  it('says each kind of field as it is spoken', () => {
    expect(filled({ type: 'time' }, '7:05')).toBe('到7时05分。');
    expect(filled({ type: 'time' }, '16:00')).toBe('到16时。');
    expect(filled({ type: 'date' }, '2026-02-03')).toBe('到2月3日。');
    expect(filled({ type: 'number', unit: '毫米', min: 0, max: 100, decimals: 1 }, '50.5')).toBe('到50.5。');
    expect(filled({ type: 'choice', options: ['北风', '南风'] }, '南风')).toBe('到南风。');
    expect(filled({ type: 'text', maxChars: 6 }, ' 防汛办 ')).toBe('到防汛办。');
  });

  it.each([
    [{ type: 'time' }, '24:00', 'FIELD_NOT_A_TIME'], [{ type: 'time' }, '7.30', 'FIELD_NOT_A_TIME'], [{ type: 'time' }, '07:60', 'FIELD_NOT_A_TIME'],
    [{ type: 'date' }, '2026-02-30', 'FIELD_NOT_A_DATE'], [{ type: 'date' }, '2026/02/03', 'FIELD_NOT_A_DATE'],
    [{ type: 'number', unit: '米', min: 0, max: 9, decimals: 1 }, '10', 'FIELD_OUT_OF_RANGE'], [{ type: 'number', unit: '米', min: 0, max: 9, decimals: 1 }, '1.25', 'FIELD_NOT_A_NUMBER'],
    [{ type: 'number', unit: '米', min: 0, max: 9, decimals: 0 }, '1e1', 'FIELD_NOT_A_NUMBER'], [{ type: 'number', unit: '米', min: 0, max: 9, decimals: 0 }, '０', 'FIELD_NOT_A_NUMBER'],
    [{ type: 'choice', options: ['北风', '南风'] }, '东风', 'FIELD_NOT_A_CHOICE'],
    [{ type: 'place', maxChars: 4 }, '乐化镇和樵舍镇', 'FIELD_TOO_LONG'], [{ type: 'place', maxChars: 20 }, '乐化镇。这不是真的', 'FIELD_CHARACTERS'],
    [{ type: 'text', maxChars: 20 }, '{{place}}', 'FIELD_CHARACTERS'], [{ type: 'text', maxChars: 20 }, '', 'FIELD_MISSING'],
  ])('%j refuses "%s"', (field, value, code) => {
    expect(filled(field, value)).toBe(code);
  });

  it('names every wrong field at once, and fields that are none', () => {
    const answer = fillTemplate(body({ fields: [place, { name: 'time', label: '时间', type: 'time', example: '14:02' }], text: '{{time}}{{place}}。' }), { time: 'soon', constructor: 'x' });
    expect(answer.ok ? [] : answer.faults.map(({ path, code }) => `${path} ${code}`)).toEqual(['fields.place FIELD_MISSING', 'fields.time FIELD_NOT_A_TIME', 'fields.constructor FIELD_UNKNOWN']);
  });

  it('fills title, correction and all-clear as well, from the same values', () => {
    const template = body({ title: '{{place}}暴雨', correction: '{{place}}的预警是误发。', allClear: '{{place}}的预警解除。' });
    expect(fillTemplate(template, exampleValues(template))).toEqual({ ok: true, filled: { title: '乐化镇暴雨', text: '乐化镇将有暴雨，请关好门窗。', correction: '乐化镇的预警是误发。', allClear: '乐化镇的预警解除。' } });
  });
});

describe('the lint of a template', () => {
  it('finds nothing in a good one', () => expect(enableFaults(body())).toEqual([]));

  it.each([
    [{ text: '将有暴雨。', correction: '误发。', allClear: '解除。' }, 'fields.0 FIELD_UNUSED'],
    [{ text: '{{place}}和{{road}}将有暴雨。' }, 'text GAP_UNKNOWN'],
    [{ text: '{{place}将有暴雨{{place}}。' }, 'text GAP_BROKEN'],
    [{ fields: [place, place] }, 'fields FIELD_TWICE'],
    [{ text: `{{place}}${'雨'.repeat(170)}。` }, 'text TEXT_TOO_LONG'],
    [{ text: '{{place}}将有暴雨 HELP。' }, 'text TEXT_CHARACTERS'],
    [{ text: '{{place}}将有暴雨' }, 'text TEXT_OPEN_END'],
    [{ title: '暴雨红色预警' }, 'title LEVEL_DIFFERS'],
    [{ sound: 'siren' }, 'sound SOUND_DIFFERS'],
    [{ class: 'emergency', sound: 'siren', severity: 'none', title: '暴雨预警' }, 'severity LEVEL_MISSING'],
    [{ text: '{{place}}现在演练。' }, 'text ACTUAL_SAYS_DRILL'],
    [{ fields: [{ ...place, example: '乐化。' }] }, 'fields.place EXAMPLE_WRONG'],
    [{ mode: 'drill', title: '演练：暴雨', text: '{{place}}注意，这不是演练。以上是演练。', correction: null, allClear: null }, 'text DRILL_DENIED'],
    [{ mode: 'drill', title: '暴雨', text: '这是演练。{{place}}注意。以上是演练。', correction: null, allClear: null }, 'title DRILL_TITLE'],
    [{ mode: 'drill', title: '演练：暴雨', text: '{{place}}注意。以上是演练。', correction: null, allClear: null }, 'text DRILL_NOT_SAID_FIRST'],
  ])('%j is told of', (changes, wanted) => {
    expect(codes(body(changes))).toContain(wanted);
  });

  it('keeps a warning without its correction or all-clear from being enabled; a notice needs none', () => {
    expect(enableFaults(body({ correction: null, allClear: null })).map(({ path, code }) => `${path} ${code}`)).toEqual(['correction TEMPLATE_NO_CORRECTION', 'allClear TEMPLATE_NO_CORRECTION']);
    expect(enableFaults(body({ class: 'notice', severity: 'none', title: '停水通知', correction: null, allClear: null }))).toEqual([]);
  });
});

describe('names of one list', () => {
  it.each([
    ['暴雨红色预警', '暴雨红色警报'], ['山洪橙色预警', '山洪橙色'], ['防汛演练', '演练：防汛'], ['水库紧急泄洪', '水库紧急排洪'],
  ])('%s and %s are confusable', (one, other) => expect(confusable(one, other)).toBe(true));
  it.each([['暴雨红色预警', '暴雨橙色预警'], ['大风黄色预警', '大雾黄色预警'], ['水库紧急泄洪', '水库计划泄洪通告']])('%s and %s are not', (one, other) => expect(confusable(one, other)).toBe(false));
  it('counts edits', () => expect([editDistance('', '雨'), editDistance('暴雨', '暴雪'), editDistance('kitten', 'sitting')]).toEqual([1, 1, 3]));
});
