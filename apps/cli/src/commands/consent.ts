import { consentOffersSchema, consentSchema, messageViewSchema, type Consent, type ConsentOffers, type MessageDetail } from '#libs/contracts';
import { parseStrictJson } from '#libs/envelope';
import { CliError, EXIT } from '../cli-error';
import { readArgs, type Context } from '../command';
import { drillMark } from '../drill-mark';
import { decodePayload, openSigner, readMessageEnvelope, signPayload } from '../signing';
import { detailOf, messageLine } from './message';

export type OfferKind = ConsentOffers['offers'][number]['kind'];

export const CONSENT_OPTIONS = { key: { type: 'string' }, 'passphrase-file': { type: 'string' }, 'dry-run': { type: 'boolean' }, 'all-clear': { type: 'boolean' } } as const;

/**
 * Shows what a stopper would consent to, checks that the offered bytes say just that of the message's own signed bytes,
 * signs them and hands them in. Refuses with NOT_OFFERED and PAYLOAD_DIFFERS; then nothing was signed.
 */
export async function giveConsent(args: readonly string[], context: Context, kindOf: (allClear: boolean) => OfferKind, usage: string): Promise<number> {
  const { values, words } = readArgs(args, CONSENT_OPTIONS, { min: 1, max: 1, usage });
  const kind = kindOf(values['all-clear'] === true);
  const detail = await detailOf(context, words[0] ?? '');
  const path = `/api/messages/${encodeURIComponent(detail.id)}`;
  const { offers } = await context.api.get(`${path}/consents`, consentOffersSchema);
  const offer = offers.find((one) => one.kind === kind);
  if (offer === undefined) throw new CliError('NOT_OFFERED', `Message ${detail.id} is ${detail.state}; ${offers.length === 0 ? 'nothing can be consented to now' : `what can be consented to now: ${offers.map((one) => one.kind).join(', ')}`}${kind === 'resume' && (detail.silenced > 0 || (detail.state === 'stopped' && detail.dispatches.length === 0)) ? '. It had not begun where it was stopped, and stays silent there: compose it again / 停止时尚未播出，请重新制作' : ''}`);
  const payload = decodePayload(offer.payload);
  const { act } = checkConsent(context, detail, kind, payload);
  context.say(`${kind}: ${drillMark(detail.mode)}${offer.title}`);
  context.say(`  ${offer.text}`);
  context.say(`  at the terminals that heard it, ${offer.terminals} at most; possible until ${new Date(offer.until).toISOString()}`);
  if (offer.isolated > 0) context.say(`  ${offer.isolated} of them are isolated now and will not say it; it is offered again when that is over / 隔离中，解除后请再次更正`);
  if (offer.quiet > 0) context.say(`  quiet hours keep ${offer.quiet} of them silent: its window has no room after them`);
  for (const { terminals, until } of offer.postponed) context.say(`  quiet hours put it off at ${terminals} of them until ${new Date(until).toISOString()}`);
  if (offer.ends.length > 0) context.say(`  ends the ${offer.ends.join(' and the ')} that is on the air: the later word counts / 先前的更正或解除即行终止`);
  if (act.kind === 'resume' && act.also !== undefined) context.say(`  takes back ${act.also.length + 1} stops: ${[act.stop, ...act.also].join(', ')}`);
  if (values['dry-run'] === true) {
    context.give({ dryRun: true, ...offer });
    return EXIT.ok;
  }
  if (values.key === undefined) throw new CliError('USAGE', `Usage: ./clarion ${usage}`, EXIT.usage);
  const consent = await signPayload('consent', payload, await openSigner(context.config, values.key, values['passphrase-file']));
  const view = await context.api.post(`${path}/${kind === 'resume' ? 'resume' : 'correct'}`, messageViewSchema, { consent });
  context.say(messageLine(view));
  for (const given of view.correctedBy) context.say(`  ${given.kind} on the air as ${given.message}`);
  context.give(view);
  return EXIT.ok;
}

/** The server that writes the bytes is not trusted with them: they name this message, one of its own corrections, this person. */
function checkConsent(context: Context, detail: MessageDetail, kind: OfferKind, payload: Uint8Array): Consent {
  const json = parseStrictJson(payload);
  const consent = json.ok ? consentSchema.safeParse(json.value).data : undefined;
  if (consent === undefined) throw new CliError('PAYLOAD', 'The server gave a payload that is no consent');
  const read = readMessageEnvelope(detail.envelope);
  const { person, platform } = context.api.currentSession();
  const fields = [
    ...(read.digest === detail.messageDigest && read.message.id === detail.id ? [] : ['message']),
    ...(consent.person === person ? [] : ['person']),
    ...(consent.platform === platform && consent.platform === read.message.platform ? [] : ['platform']),
    ...(isAct(consent.act, kind, read.digest, read.message.corrections) ? [] : ['act']),
  ];
  if (fields.length === 0) return consent;
  throw new CliError('PAYLOAD_DIFFERS', 'The consent to sign is not for this; nothing was signed', EXIT.refused,
    fields.map((path) => ({ path, code: 'PAYLOAD_DIFFERS', message: 'is not what was asked for' })));
}

function isAct(act: Consent['act'], kind: OfferKind, digest: string, corrections: readonly { readonly kind: string; readonly digest: string }[]): boolean {
  switch (act.kind) {
    case 'resume': return kind === 'resume' && act.message === digest;
    case 'correct': return act.ofMessage === digest && corrections.some((one) => one.kind === kind && one.digest === act.correction);
  }
}
