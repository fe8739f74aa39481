import type { Template, TemplateBody } from '#libs/contracts';
import { CLASSES, SEVERITIES } from './classes';
import { needsCorrections } from './corrections';
import { drillDeniedAt, drillTextFaults, type DrillTextFault } from './drill-text';
import { confusable } from './template-names';
import { exampleValues, fillTemplate, gapsIn, spokenTexts, type TemplateFault } from './templates';

/** About half a minute of speech: nobody under a horn keeps more. */
const MOST_CHARS = 160;
const MOST_TITLE_CHARS = 24;
/** Hanzi, digits, the gaps, and the punctuation that a voice can pause at. Letters and signs are read by guesswork. */
const SPEAKABLE = /^[\p{Script=Han}\d，。、：；！？%℃./~-]*$/u;
const DRILL = '演练';
const LEVEL_WORDS = Object.values(SEVERITIES).map(({ zh }) => zh).filter((zh) => zh !== SEVERITIES.none.zh);

/**
 * Why a template may not be enabled: a warning without its correction or all-clear (TEMPLATE_NO_CORRECTION), and
 * everything `lintTemplate` finds. Empty when it may.
 */
export function enableFaults(template: TemplateBody): readonly TemplateFault[] {
  const missing = !needsCorrections(template) ? [] : (['correction', 'allClear'] as const).filter((path) => template[path] === null);
  return [...missing.map((path) => fault(path, 'TEMPLATE_NO_CORRECTION', 'A warning that cannot be taken back is not offered: write its correction and its all-clear.')), ...lintTemplate(template)];
}

/** Everything that is wrong with one template's words, at once; without its correction it may still be kept, only not enabled. */
export function lintTemplate(template: TemplateBody): readonly TemplateFault[] {
  return [...gapFaults(template), ...wordFaults(template), ...levelFaults(template), ...drillFaults(template), ...exampleFaults(template)];
}

/** The names of one list side by side: each pair that a tired person could take for one another, as `<id> <other id>`. */
export function confusableNames(templates: readonly Pick<Template, 'id' | 'title'>[]): readonly string[] {
  return templates.flatMap((one, at) => templates.slice(at + 1)
    .filter((other) => confusable(one.title, other.title))
    .map((other) => `${one.id} ${other.id}`));
}

function gapFaults(template: TemplateBody): readonly TemplateFault[] {
  const names = template.fields.map(({ name }) => name);
  const spoken = spokenTexts(template);
  const twice = names.filter((name, at) => names.indexOf(name) !== at).map((name) => fault('fields', 'FIELD_TWICE', `Two fields are called "${name}".`));
  const unknown = spoken.flatMap(({ path, text }) => gapsIn(text).filter((name) => !names.includes(name)).map((name) => fault(path, 'GAP_UNKNOWN', `No field is called "${name}".`)));
  const broken = spoken.filter(({ text }) => /[{}]/.test(text.replace(/\{\{[^{}]*\}\}/g, ''))).map(({ path }) => fault(path, 'GAP_BROKEN', 'A gap is written {{name}}.'));
  const used = new Set(spoken.flatMap(({ text }) => gapsIn(text)));
  const idle = template.fields.flatMap(({ name }, at) => (used.has(name) ? [] : [fault(`fields.${at}`, 'FIELD_UNUSED', `Nothing is said of "${name}".`)]));
  return [...twice, ...unknown, ...broken, ...idle];
}

function wordFaults(template: TemplateBody): readonly TemplateFault[] {
  return spokenTexts(template).flatMap(({ path, text }) => {
    const bare = text.replace(/\{\{[^{}]*\}\}/g, '');
    const most = path === 'title' ? MOST_TITLE_CHARS : MOST_CHARS;
    return [
      ...([...bare].length > most ? [fault(path, 'TEXT_TOO_LONG', `${most} characters at most, the gaps apart.`)] : []),
      ...(SPEAKABLE.test(bare.replace(/[{}]/g, '')) ? [] : [fault(path, 'TEXT_CHARACTERS', `Write words and Chinese punctuation only, not "${[...bare].find((letter) => !SPEAKABLE.test(letter)) ?? ''}".`)]),
      ...(path === 'title' || /[。！]$/u.test(text) ? [] : [fault(path, 'TEXT_OPEN_END', 'It ends in the middle of a sentence.')]),
    ];
  });
}

/** The level's word in the name is the level that is sent, the sound is the class's own. */
function levelFaults(template: TemplateBody): readonly TemplateFault[] {
  const opens = CLASSES[template.class].opensWith;
  const said = LEVEL_WORDS.filter((word) => template.title.includes(word) || template.text.includes(word));
  const own = SEVERITIES[template.severity].zh;
  return [
    ...(said.some((word) => word !== own) ? [fault('title', 'LEVEL_DIFFERS', `It says ${said.join(', ')} and is sent as ${own}.`)] : []),
    ...(template.severity === 'none' && template.class === 'emergency' ? [fault('severity', 'LEVEL_MISSING', 'An emergency has a level.')] : []),
    ...(opens !== null && template.sound !== opens ? [fault('sound', 'SOUND_DIFFERS', `The class ${template.class} opens with a ${opens}.`)] : []),
    ...(opens === null && template.sound === 'siren' ? [fault('sound', 'SOUND_DIFFERS', 'A siren belongs to an emergency.')] : []),
  ];
}

function drillFaults(template: TemplateBody): readonly TemplateFault[] {
  const spoken = spokenTexts(template);
  if (template.mode === 'actual') {
    return spoken.filter(({ text }) => text.includes(DRILL)).map(({ path }) => fault(path, 'ACTUAL_SAYS_DRILL', 'What is meant does not speak of a drill.'));
  }
  return [
    ...(template.title.startsWith(DRILL) ? [] : [fault('title', 'DRILL_TITLE', `A drill's name begins with ${DRILL}.`)]),
    ...spoken.filter(({ path }) => path !== 'title').flatMap(({ path, text }) => drillFaultsOf(path, text)),
  ];
}

/** What a person is told of each. */
export const DRILL_SENTENCES: Readonly<Record<DrillTextFault, string>> = {
  DRILL_NOT_SAID_FIRST: 'A drill begins by saying that it is one (这是演练).',
  DRILL_NOT_SAID_LAST: 'A drill ends by saying that it was one (以上是演练内容).',
  DRILL_DENIED: 'A drill never says that it is none, and between its first and last sentence it speaks neither of 演练 (but 组织…演练, 参加演练的) nor of what is real, false, cancelled or to be ignored.',
};

/** The faults of a drill's text at its place, and in which sentence it denies that it is one. */
export function drillFaultsOf(path: string, text: string): readonly TemplateFault[] {
  return drillTextFaults(text).map((code) => fault(path, code, code === 'DRILL_DENIED' ? `${DRILL_SENTENCES[code]} Look at sentence ${drillDeniedAt(text) ?? 1}.` : DRILL_SENTENCES[code]));
}

function exampleFaults(template: TemplateBody): readonly TemplateFault[] {
  const answer = fillTemplate(template, exampleValues(template));
  return answer.ok ? [] : answer.faults.map(({ path, sentence }) => fault(path, 'EXAMPLE_WRONG', sentence));
}

function fault(path: string, code: string, sentence: string): TemplateFault {
  return { path, code, sentence };
}
