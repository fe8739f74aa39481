import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { classSchema, consequenceSchema, correctionKindSchema, drillKindSchema, keyReasonSchema, liveEndSchema, messageStateSchema, modeSchema, roleSchema, segmentRoleSchema, severitySchema, volumeBandSchema, whenPreemptedSchema } from '#libs/contracts';
import { en } from '../../../../../../apps/console/src/sign/i18n/en';
import { liveEn } from '../../../../../../apps/console/src/sign/i18n/live-en';
import { liveZh } from '../../../../../../apps/console/src/sign/i18n/live-zh';
import { officerEn } from '../../../../../../apps/console/src/sign/i18n/officer-en';
import { officerZh } from '../../../../../../apps/console/src/sign/i18n/officer-zh';
import { zh } from '../../../../../../apps/console/src/sign/i18n/zh';

const ROOT = path.resolve(__dirname, '../../../../../..');
const json = (file: string): Record<string, never> => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
const eventsIn = (folder: string): readonly string[] => readdirSync(path.join(ROOT, folder)).filter((name) => name.endsWith('.json')).flatMap((name) => json(`${folder}/${name}`)['eventType'] ?? []);
const stepsOf = (policy: { readonly rules: readonly { readonly steps: readonly { readonly name: string }[] }[] }): readonly string[] => policy.rules.flatMap(({ steps }) => steps.map(({ name }) => name));

/** What a message or a request can say of itself, as far as we ship it, by the prefix under which the pages have words for it. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  mode: modeSchema.options, class: classSchema.options, severity: severitySchema.options, role: roleSchema.options, volume: volumeBandSchema.options, segment: segmentRoleSchema.options,
  whenPreempted: whenPreemptedSchema.options, drillKind: drillKindSchema.options, correction: correctionKindSchema.options, state: messageStateSchema.options,
  'officer.reason': keyReasonSchema.options, 'request.reason': keyReasonSchema.options,
  end: liveEndSchema.options, meets: consequenceSchema.shape.meets.element.shape.how.options,
  event: [...eventsIn('policy/templates'), ...eventsIn('examples/compose')], step: stepsOf(json('policy/default.json') as never),
};

it.each(Object.entries(LISTS))('the signing pages have a Chinese and an English word for every %s', (prefix, words) => {
  expect(words.length).toBeGreaterThan(0);
  const lacking = [...new Set(words)].map((word) => `${prefix}.${word}`);
  const texts: readonly Readonly<Record<string, string>>[] = [{ ...zh, ...officerZh, ...liveZh }, { ...en, ...officerEn, ...liveEn }];
  expect(texts.map((text) => lacking.filter((key) => (text[key] ?? '') === ''))).toEqual([[], []]);
  expect(lacking.filter((key) => !/[\u4e00-\u9fff]/.test(texts[0]?.[key] ?? ''))).toEqual([]);
});
