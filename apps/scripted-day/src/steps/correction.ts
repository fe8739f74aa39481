import { consentOffersSchema, messageViewSchema, stopAnswerSchema } from '#libs/contracts';
import { decodePayload, signPayload, systemClock } from '../../../cli/src';
import type { Actor } from '../actor';
import { percentiles, type CardStart, type Percentiles } from '../figures';
import { spokenDraft } from '../scripts-duty';
import type { Stage } from '../stage';
import { until } from '../until';
import { allFinal, resumption } from './precedence';
import { approved, correctionsOf, deliveriesOf, isFinal, submitted, type Published } from './publish';

export interface CorrectionFigures {
  readonly correctionToAudibleMs: Percentiles;
  readonly correctionExact: boolean;
  readonly resumeErrorsMs: readonly number[];
}

/** Step 9: a warning stopped by mistake goes on once; a false alert is stopped and corrected on exactly the horns that spoke. */
export async function takeBack(stage: Stage): Promise<CorrectionFigures> {
  const resumeErrorsMs = await wrongfulStop(stage);
  return { ...await falseAlert(stage), resumeErrorsMs };
}

async function wrongfulStop(stage: Stage): Promise<readonly number[]> {
  const { checks } = stage;
  const message = await onAir(stage, '泄洪红色预警', stage.pace.texts.wrong);
  const stopper = await stage.actor(stage.cast.district, stage.cast.stopper);
  await stop(stage, stopper, message);
  await systemClock.sleep(2_000);
  const resumedAt = systemClock.now();
  await consent(stopper, message, 'resume');
  const entry = stage.messages.get(message.digest);
  if (entry !== undefined) entry.stoppedAt = null;
  await until(10_000, async () => ((await stage.cards()).some((card) => card.messageDigest === message.digest && card.startedAt > resumedAt) ? true : undefined));
  await allFinal(stage, [message], 60_000);
  const cards = await stage.cards();
  const spoke = terminalsOf(cards.filter((card) => card.startedAt < resumedAt), message.digest);
  const again = terminalsOf(cards.filter((card) => card.startedAt >= resumedAt), message.digest);
  const { errorsMs, gains } = resumption(cards, message.digest);
  checks.add('resume: what was stopped by mistake goes on where it had begun, and nowhere else', spoke.size > 0 && same(spoke, again), `${again.size} of ${spoke.size}`);
  checks.add('resume: within 0.5 s of its place, exactly as loud', errorsMs.length > 0 && percentiles(errorsMs).max <= 500 && gains, `worst ${percentiles(errorsMs).max} ms`);
  return errorsMs;
}

async function falseAlert(stage: Stage): Promise<Omit<CorrectionFigures, 'resumeErrorsMs'>> {
  const { checks, cast } = stage;
  // Some horns are away while the lie is told: they must not hear the truth about something they never heard.
  const away = await someIn(stage, cast.falseAlertAway);
  await stage.simulator.offline(away, true);
  const message = await onAir(stage, '洪水红色预警', stage.pace.texts.wrong);
  const stopper = await stage.actor(cast.district, cast.stopper);
  await stop(stage, stopper, message);
  const spoke = terminalsOf(await stage.cards(), message.digest);
  const pressedAt = systemClock.now();
  const { digest } = await consent(stopper, message, 'correction');
  await stage.simulator.offline(away, false);
  await until(20_000, async () => (terminalsOf(await stage.cards(), digest).size >= spoke.size ? true : undefined), 100);
  // Every horn has said what became of the truth there: told, or nothing to take back.
  await until(30_000, async () => {
    const rows = await correctionsOf(message);
    return rows.length >= spoke.size + away.length && rows.every(isFinal) ? true : undefined;
  }, 500);
  const cards = await stage.cards();
  await stage.heard.keep('9-correction', message, digest, cards);
  const corrected = terminalsOf(cards, digest);
  const delays = [...corrected].map((terminal) => Math.min(...cards.filter((card) => card.messageDigest === digest && card.terminal === terminal).map((card) => card.startedAt)) - pressedAt);
  const correctionExact = spoke.size > 0 && same(spoke, corrected);
  const correctionToAudibleMs = percentiles(delays);
  stage.remember({ ...message, digest, view: { ...message.view, notAfter: pressedAt + 86_400_000 } }, [...spoke]);
  checks.add('correction: heard on exactly the horns that had spoken', correctionExact, `${corrected.size} corrected, ${spoke.size} had spoken, ${away.length} came back that had not`);
  checks.add('correction: audible p99 within 10 s of the press', correctionToAudibleMs.p99 >= 0 && correctionToAudibleMs.p99 <= 10_000, `p50 ${correctionToAudibleMs.p50} ms, p99 ${correctionToAudibleMs.p99} ms`);
  return { correctionToAudibleMs, correctionExact };
}

/** A red warning that has been sounding for some seconds. */
async function onAir(stage: Stage, title: string, text: string): Promise<Published> {
  const { cast } = stage;
  const author = await stage.actor(cast.district, cast.bulletinAuthor);
  const message = await submitted(author, spokenDraft({
    class: 'emergency', severity: 'red', eventType: '10101', title, text, areas: cast.dutyAreas, repeats: stage.pace.stoppedRepeats, windowMs: 600_000,
  }));
  await systemClock.sleep(2_000);
  await approved(message, [await stage.actor(cast.district, cast.bulletinApprovers[0]), await stage.actor(cast.district, cast.bulletinApprovers[1])]);
  await until(15_000, async () => (terminalsOf(await stage.cards(), message.digest).size > 0 ? true : undefined), 100);
  await systemClock.sleep(stage.pace.soundingMs);
  stage.remember(message, (await deliveriesOf(message)).map((row) => row.terminal));
  return message;
}

async function stop(stage: Stage, stopper: Actor, message: Published): Promise<void> {
  const pressedAt = systemClock.now();
  await stopper.context.api.postStop(stopAnswerSchema, { messages: [message.digest] });
  const entry = stage.messages.get(message.digest);
  if (entry !== undefined) entry.stoppedAt = pressedAt;
  await until(5_000, async () => ((await stage.cards()).some((card) => card.messageDigest === message.digest && card.endedAt === null) ? undefined : true), 100);
}

/** Signs the offer of this kind as the stopper; gives the digest of what will sound. */
async function consent(stopper: Actor, message: Published, kind: 'correction' | 'resume'): Promise<{ readonly digest: string }> {
  const offer = await until(10_000, async () => {
    const { offers } = await stopper.context.api.get(`/api/messages/${message.id}/consents`, consentOffersSchema);
    return offers.find((candidate) => candidate.kind === kind);
  }, 100);
  if (offer === undefined) throw new Error(`no ${kind} is offered for ${message.view.title}`);
  const signed = await signPayload('consent', decodePayload(offer.payload), stopper.signer);
  await stopper.context.api.post(`/api/messages/${message.id}/${kind === 'resume' ? 'resume' : 'correct'}`, messageViewSchema, { consent: signed });
  const correction = message.view.corrections.find((listed) => listed.kind === kind);
  return { digest: correction?.digest ?? message.digest };
}

function terminalsOf(cards: readonly CardStart[], digest: string): ReadonlySet<string> {
  return new Set(cards.filter((card) => card.messageDigest === digest).map((card) => card.terminal));
}

function same(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((entry) => b.has(entry));
}

async function someIn(stage: Stage, area: string): Promise<readonly string[]> {
  return (await stage.terminalsIn(area)).filter((terminal) => terminal.online).map((terminal) => terminal.id).slice(0, 2);
}
