import { drillViewSchema, mediaViewSchema, soundViewSchema } from '#libs/contracts';
import { z } from 'zod';
import { systemClock } from '../../../cli/src';
import { codeOf } from '../attacks/api';
import { firstStarts } from '../figures';
import { spokenDraft, type Wanted } from '../scripts-duty';
import type { Stage } from '../stage';
import { allFinal } from './precedence';
import { approved, submitted } from './publish';

/** Step 10: a planned drill that says it is one, in sound and on every surface, and can never become actual. */
export async function drill(stage: Stage): Promise<{ readonly drillLabelled: boolean }> {
  const { cast, checks } = stage;
  const author = await stage.actor(cast.district, cast.bulletinAuthor);
  const now = systemClock.now();
  const plan = await author.context.api.post('/api/drills', drillViewSchema, {
    name: '防汛演练', kind: 'terminal', areas: [...cast.drillAreas], opensAt: now, closesAt: now + 900_000, notice: '今天进行防汛演练，听到广播请不要惊慌。',
  });
  const wanted: Wanted = {
    class: 'emergency', severity: 'red', mode: 'drill', drill: plan.id, eventType: '10101', title: '演练：洪水红色预警', text: stage.pace.texts.drill, areas: cast.drillAreas, repeats: 1, windowMs: 600_000,
  };
  const denied = await codeOf(() => submitted(author, spokenDraft({ ...wanted, text: '演练：这不是演练，请立即转移。以上为演练。' })));
  const outside = await codeOf(() => submitted(author, spokenDraft({ ...wanted, areas: cast.dutyAreas })));
  const unplanned = await codeOf(() => submitted(author, spokenDraft({ ...wanted, drill: undefined })));
  checks.add('drill: text that denies it, another area, and one that nobody planned are refused', [denied, outside, unplanned].every((code) => code !== 'ACCEPTED' && !code.startsWith('UNEXPECTED')), `${denied}, ${outside}, ${unplanned}`);
  const message = await submitted(author, spokenDraft(wanted));
  await approved(message, [await stage.actor(cast.district, cast.bulletinApprovers[0]), await stage.actor(cast.district, cast.bulletinApprovers[1])]);
  await allFinal(stage, [message], 90_000);
  const sounds = new Map((await author.context.api.get('/api/sounds', z.array(soundViewSchema))).map((sound) => [sound.id, sound.sha256]));
  const detail = await author.context.api.get(`/api/messages/${message.id}`, z.looseObject({ mode: z.string(), title: z.string(), envelope: z.looseObject({ payload: z.string() }) }));
  const said = bodySchema.parse(JSON.parse(Buffer.from(detail.envelope.payload, 'base64').toString('utf8')));
  const spoken = said.body.segments.map((segment) => segment.sha256);
  const opening = spoken.findIndex((digest) => digest === sounds.get('phrase-drill-opening'));
  const closing = spoken.findIndex((digest) => digest === sounds.get('phrase-drill-closing'));
  const cards = await stage.cards();
  await stage.heard.keep('10-drill', message, message.digest, cards);
  const heard = firstStarts(cards, message.digest).length;
  const labelled = opening >= 0 && closing > opening && detail.mode === 'drill' && detail.title.includes('演练');
  checks.add('drill: says that it is one, before and after, in sound and in every view', labelled && heard > 0, `${heard} horns, opening at ${opening}, closing at ${closing}, ${detail.title}`);
  return { drillLabelled: labelled && heard > 0 };
}

const bodySchema = z.looseObject({ body: z.looseObject({ segments: z.array(mediaViewSchema.pick({ sha256: true }).loose()) }) });
