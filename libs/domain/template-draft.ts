import type { Draft, Template, TemplateDraft } from '#libs/contracts';
import type { FilledTemplate } from './templates';

/**
 * The draft that a filled template stands for, all but the way it sounds: what the server composes, and what the command
 * line compares the bytes with before anybody signs.
 */
export function draftOfTemplate(template: Template, { title, text, correction, allClear }: FilledTemplate, wanted: TemplateDraft): Omit<Draft, 'segments' | 'speech'> {
  const corrections = [
    ...(correction === null ? [] : [{ kind: 'correction' as const, text: correction }]),
    ...(allClear === null ? [] : [{ kind: 'all-clear' as const, text: allClear }]),
  ];
  const { unit, drill, notBefore, notAfter, sourceUnit, sourceRef, replaces } = wanted;
  return {
    class: template.class, severity: template.severity, mode: template.mode, eventType: template.eventType, title, text,
    language: 'zh-CN', readings: [], repeats: template.repeats, gapMs: 1_000, volume: template.volume,
    targets: { areas: wanted.areas ?? template.areas, terminals: wanted.terminals },
    ...(corrections.length === 0 ? {} : { corrections }),
    ...(unit === undefined ? {} : { unit }), ...(drill === undefined ? {} : { drill }),
    ...(notBefore === undefined ? {} : { notBefore }), ...(notAfter === undefined ? {} : { notAfter }),
    ...(sourceUnit === undefined ? {} : { sourceUnit }), ...(sourceRef === undefined ? {} : { sourceRef }), ...(replaces === undefined ? {} : { replaces }),
  };
}
