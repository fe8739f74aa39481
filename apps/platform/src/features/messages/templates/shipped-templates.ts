import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { hazardFileSchema, type Template } from '#libs/contracts';
import { templatesOf } from '#libs/domain';
import { operationalError } from '../../../kernel/errors';

/** Version 1 of what every platform has at first. */
export const SHIPPED_TEMPLATES = Symbol('SHIPPED_TEMPLATES');

/** Reads policy/templates, beside the sources or the compiled files. Throws TEMPLATES_UNREADABLE naming the file. */
export function shippedTemplates(folder = folderAbove(__dirname)): ReadonlyMap<string, Template> {
  const templates = readdirSync(folder).filter((name) => name.endsWith('.json')).sort().flatMap((name) => {
    try {
      return templatesOf(hazardFileSchema.parse(JSON.parse(readFileSync(path.join(folder, name), 'utf8'))));
    } catch (cause) {
      throw operationalError('TEMPLATES_UNREADABLE', `policy/templates/${name} is not a file of templates.`, { cause });
    }
  });
  return new Map(templates.map((template) => [template.id, template]));
}

function folderAbove(from: string): string {
  const here = path.join(from, 'policy', 'templates');
  if (existsSync(here)) return here;
  const above = path.dirname(from);
  if (above === from) throw operationalError('TEMPLATES_UNREADABLE', 'The folder policy/templates is missing.');
  return folderAbove(above);
}
