import { draftSchema, soundViewSchema, uploadAnswerSchema, type Draft } from '#libs/contracts';
import { createEspeakEngine, lexiconOf, speak } from '#libs/speech';
import { z } from 'zod';
import { systemClock } from '../../cli/src';
import type { Actor } from './actor';
import type { Cast } from './cast';

const BULLETIN = '市气象台发布暴雨红色预警信号。预计未来三小时，蛟桥镇、乐化镇、樵舍镇降雨量将达一百毫米以上，请低洼地带群众立即转移到安全地带。';
const VILLAGE = '请各位村民注意，今天下午三点在村委会领取防汛物资。';

/** Speaks a text and uploads it as the author's recording; gives its digest. */
async function record(author: Actor, text: string): Promise<string> {
  const spoken = await speak(text, { engine: createEspeakEngine({ timeoutMs: 30_000 }), lexicon: lexiconOf() });
  if (!spoken.ok) throw new Error(`the text could not be spoken: ${JSON.stringify(spoken)}`);
  return (await author.context.api.upload('/api/media', uploadAnswerSchema, spoken.wav, 'audio/wav')).sha256;
}

async function sound(author: Actor, role: string): Promise<string> {
  const sounds = await author.context.api.get('/api/sounds', z.array(soundViewSchema));
  const found = sounds.find((row) => row.role === role);
  if (found === undefined) throw new Error(`no ${role} among the sounds`);
  return found.sha256;
}

/** The weather station's red rainstorm bulletin, with the unit and the reference that it came with. */
export async function bulletinDraft(author: Actor, cast: Cast): Promise<Draft> {
  const now = systemClock.now();
  return draftSchema.parse({
    class: 'emergency', severity: 'red', eventType: 'rainstorm', title: '暴雨红色预警', text: BULLETIN,
    segments: [{ sha256: await sound(author, 'siren'), role: 'siren' }, { sha256: await record(author, BULLETIN), role: 'recording' }],
    targets: { areas: [...cast.bulletinAreas] }, repeats: 3, notBefore: now, notAfter: now + 3_600_000,
    sourceUnit: '市气象台（演示）', sourceRef: `DEMO-RAIN-${now}`,
  });
}

/** A village speaks to its own terminals. */
export async function villageDraft(clerk: Actor, cast: Cast): Promise<Draft> {
  const now = systemClock.now();
  return draftSchema.parse({
    class: 'governance', severity: 'none', eventType: 'village-notice', title: '领取防汛物资', text: VILLAGE,
    segments: [{ sha256: await record(clerk, VILLAGE), role: 'recording' }],
    targets: { areas: [cast.village] }, repeats: 1, notBefore: now, notAfter: now + 300_000,
  });
}

/** A short notice of the district to some areas: the crash rehearsals use it. */
export async function noticeDraft(author: Actor, areas: readonly string[], repeats: number, windowMs: number): Promise<Draft> {
  const now = systemClock.now();
  return draftSchema.parse({
    class: 'notice', severity: 'none', eventType: 'notice', title: '供水通知', text: VILLAGE,
    segments: [{ sha256: await sound(author, 'chime'), role: 'chime' }, { sha256: await record(author, VILLAGE), role: 'recording' }],
    targets: { areas: [...areas] }, repeats, notBefore: now, notAfter: now + windowMs,
  });
}
