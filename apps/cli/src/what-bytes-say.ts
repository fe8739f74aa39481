import type { Body, Message, MessageDetail } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import { CliError } from './cli-error';
import { drillMark } from './drill-mark';
import { readMessageEnvelope, type ReadMessage } from './signing';

const WHEN_PREEMPTED: Readonly<Record<Message['whenPreempted'], string>> = { resume: 'goes on after an interruption', drop: 'dropped when interrupted' };

/** What a signer signs, from the bytes alone: whatever a horn will do because of them, each thing on a line. */
export function whatBytesSay({ message, digest }: ReadMessage): readonly string[] {
  return [
    `${message.class} / ${message.severity} / ${message.mode}, by ${message.author} of ${message.platform}`,
    `event ${message.eventType}, unit ${message.unit}`,
    ...(message.drill === null ? [] : [`drill of the kind ${message.drill.kind}, plan ${message.drill.plan}`]),
    ...(message.corrects === null ? [] : [`it is a ${message.corrects} of another message`]),
    ...(message.saysAgain === undefined ? [] : [`says again the message ${message.saysAgain} / 重播`]),
    ...(message.permit === undefined ? [] : [`said by its author alone, under the permit ${message.permit} / 凭喊话授权单独播出`]),
    ...(message.replaces === null ? [] : [`ends at once the message ${message.replaces}`]),
    ...message.texts.map((text) => `[${text.language}] ${drillMark(message.mode)}${text.title}: ${text.text}`),
    ...message.readings.map(({ written, read }) => `reads ${written} as ${read}`),
    ...(message.sourceUnit === null && message.sourceRef === null ? [] : [`source ${[message.sourceUnit ?? [], message.sourceRef ?? []].flat().join(' ')}`]),
    ...whatPlays(message),
    `to ${[...message.targets.areas, ...message.targets.terminals].join(' ')}`,
    `${message.repeats} times with ${message.gapMs / 1000} s between, volume ${message.volume}, ${WHEN_PREEMPTED[message.whenPreempted]}, between ${new Date(message.notBefore).toISOString()} and ${new Date(message.notAfter).toISOString()}`,
    `digest ${digest}`,
  ];
}

/** What takes it back, from its own bytes: whoever signs the message signs these as well, so none may be hidden. Refuses with PAYLOAD_DIFFERS. */
export function whatTakesItBack({ message }: ReadMessage, { correctionEnvelopes }: Pick<MessageDetail, 'correctionEnvelopes'>): readonly string[] {
  const given = correctionEnvelopes.map((envelope) => readMessageEnvelope(envelope));
  return message.corrections.flatMap(({ kind, digest }) => {
    const correction = given.find((one) => one.digest === digest)?.message;
    if (correction?.corrects !== kind) throw new CliError('PAYLOAD_DIFFERS', `The server does not show the ${kind} that this message lists; nothing was signed`);
    return [
      `taken back by ${kind}: ${drillMark(message.mode)}${correction.texts.map(({ text }) => text).join(' ')}`,
      ...[...(correction.replaces === null ? [] : [`ends at once the message ${correction.replaces}`]), ...whatPlays(correction)].map((line) => `  ${line}`),
    ];
  });
}

function whatPlays({ body }: { readonly body: Body }): readonly string[] {
  const files = filesOf(body).map(({ role, durationMs, sha256 }) => `plays ${role} ${durationMs / 1000} s ${sha256}`);
  if ('segments' in body) return files;
  const { sessionKey, delayMs, maxDurationMs, held } = body.live;
  if (held !== undefined) return [...files, `then the server itself speaks, from a source of its own under the key ${sessionKey.keyId}, at most ${maxDurationMs / 1000} s, heard ${delayMs / 1000} s after it comes: whoever breaks into the server can say what he likes here, in this slot, at this volume; nobody can hear it beforehand / 由服务器自行播出：谁侵入服务器，谁就能在此处、此时段、以此音量任意讲话；事先无法试听`];
  return [...files, `then a living voice: plays what its author speaks under the key ${sessionKey.keyId}, at most ${maxDurationMs / 1000} s, heard ${delayMs / 1000} s after it is said; nobody can hear it beforehand / 现场喊话，事先无法试听`];
}
