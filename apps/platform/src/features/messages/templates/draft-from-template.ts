import { Injectable } from '@nestjs/common';
import type { DraftAnswer, TemplateDraft, TemplateView } from '#libs/contracts';
import { draftOfTemplate, exampleValues, fillTemplate } from '#libs/domain';
import { ClarionError, invalidFields, userError, type FieldError } from '../../../kernel/errors';
import { scopeOf, type Principal } from '../../access';
import { ComposeDraft } from '../compose-draft';
import { ReadTemplates } from './read-templates';

/**
 * Fills a template's gaps and composes what it says, spoken, with its own correction and all-clear. Refuses
 * TEMPLATE_DISABLED, TEMPLATE_CHANGED when another version is in force than the author saw, and INVALID with every wrong
 * field at once: those of the form and those that only composing finds.
 */
@Injectable()
export class DraftFromTemplate {
  constructor(
    private readonly templates: ReadTemplates,
    private readonly compose: ComposeDraft,
  ) {}

  async run(caller: Principal, id: string, wanted: TemplateDraft): Promise<DraftAnswer> {
    const template = await this.templates.one(scopeOf(caller), caller.platform, id);
    if (!template.enabled) throw userError('TEMPLATE_DISABLED', 'This template is not in use on your platform.', { status: 409 });
    if (wanted.version !== undefined && wanted.version !== template.version) {
      throw userError('TEMPLATE_CHANGED', `Version ${template.version} is in force now: look at it first.`, { status: 409 });
    }
    const answer = fillTemplate(template, wanted.fields);
    if (!answer.ok) throw invalidFields([...answer.faults, ...await this.otherFaults(caller, template, wanted)]);
    try {
      return await this.compose.run(caller, { ...draftOfTemplate(template, answer.filled, wanted), speech: { speed: wanted.speed } });
    } catch (cause) {
      const fields = fieldsOf(cause);
      throw fields === undefined ? cause : invalidFields(fields);
    }
  }

  /** What composing would refuse besides the form: asked with the examples and without a sound, which is refused in any case. */
  private async otherFaults(caller: Principal, template: TemplateView, wanted: TemplateDraft): Promise<readonly FieldError[]> {
    const answer = fillTemplate(template, exampleValues(template));
    if (!answer.ok) return [];
    try {
      await this.compose.run(caller, draftOfTemplate(template, answer.filled, wanted));
      return [];
    } catch (cause) {
      const fields = fieldsOf(cause);
      if (fields === undefined) throw cause;
      return fields.filter(({ code }) => code !== 'SOUND_CHOICE');
    }
  }
}

/** The faults of a draft by the names that this form has. */
function fieldsOf(cause: unknown): readonly FieldError[] | undefined {
  if (!(cause instanceof ClarionError) || cause.code !== 'INVALID') return undefined;
  return (cause.fields ?? []).map((field) => ({ ...field, path: field.path === 'targets' ? 'areas' : field.path.replace(/^targets\./, '') }));
}
