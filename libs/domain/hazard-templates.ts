import { templateSchema, type HazardFile, type Template, type TemplateField } from '#libs/contracts';
import { CLASSES } from './classes';
import { gapsIn, spokenTexts } from './templates';

/** The more urgent, the oftener it is said. */
const REPEATS = { red: 3, orange: 3, yellow: 2, blue: 2, none: 2 } as const;

/**
 * The templates that a hazard's file stands for: one per level, and the drill's. Each takes those fields that it speaks
 * of; `{{title}}` in a correction or an all-clear is the level's own title.
 */
export function templatesOf(file: HazardFile): readonly Template[] {
  const own = file.levels.map((level) => template(file, {
    id: level.id ?? `${file.hazard}-${level.severity}`,
    class: level.class ?? (level.severity === 'red' || level.severity === 'orange' ? 'emergency' : 'advisory'),
    severity: level.severity, mode: 'actual', title: level.title, text: level.text,
    correction: file.correction, allClear: file.allClear,
  }));
  const { severity, title, text, correction, allClear } = file.drill;
  return [...own, template(file, { id: `drill-${file.hazard}`, class: 'emergency', severity, mode: 'drill', title, text, correction, allClear })];
}

/** Fields of the file that nothing speaks of: left over, or a gap was misspelt. */
export function unusedFields(file: HazardFile): readonly string[] {
  const used = new Set(templatesOf(file).flatMap(({ fields }) => fields.map(({ name }) => name)));
  return Object.keys(file.fields).filter((name) => !used.has(name));
}

type Own = Pick<Template, 'class' | 'severity' | 'mode' | 'title' | 'text' | 'correction' | 'allClear'> & { readonly id: string };

function template(file: HazardFile, own: Own): Template {
  const titled = (text: string | null): string | null => text?.replaceAll('{{title}}', own.title) ?? null;
  const said = { ...own, correction: titled(own.correction), allClear: titled(own.allClear) };
  const used = new Set(spokenTexts(said).flatMap(({ text }) => gapsIn(text)));
  const fields: TemplateField[] = Object.entries(file.fields).filter(([name]) => used.has(name)).map(([name, field]) => ({ ...field, name }));
  const { opensWith, volume } = CLASSES[own.class];
  return templateSchema.parse({
    ...said, version: 1, hazard: file.hazard, eventType: file.eventType, fields, volume,
    sound: opensWith === 'siren' || opensWith === 'chime' ? opensWith : 'none', repeats: REPEATS[own.severity], areas: [],
  });
}
