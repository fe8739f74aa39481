import { LIMITS, type Digest, type Message, type Targets } from '#libs/contracts';
import { openEnvelope } from './open-envelope';
import { ok, refuse, type Refused, type Result } from './result';
import type { TrustState } from './trust-state';
import { readMessage, standingMessage, type StandingMessage } from './verify-message';

/** A correction that may be said here and now, with the message it takes back. */
export interface VerifiedCorrection {
  readonly correction: StandingMessage;
  readonly original: { readonly message: Message; readonly digest: Digest };
}

/**
 * A correction stands on the bytes of the message that lists its digest, and on nobody's key: the horn remembers those
 * bytes, because it sounded them after their author and approvers had been judged. Whoever signed a false alarm may have
 * lost the key or the office since, and exactly then the correction has to be heard. That the original sounded here only
 * the terminal's journal knows (admit); that it is to be taken back, a stopper's consent says (design 4 "Correction").
 */
export function verifyCorrection(state: TrustState, value: unknown, originalValue: unknown, now: number): Result<VerifiedCorrection> {
  if (originalValue === undefined) return refuse('REJ_CORRECTION', 'original');
  const original = openMessage(state, originalValue);
  if (!original.ok) return refuse(original.code, `original${original.at === undefined ? '' : `.${original.at}`}`);
  const correction = openMessage(state, value);
  if (!correction.ok) return correction;
  const fault = correctionFault(correction.value, original.value.message);
  if (fault !== undefined) return fault;
  const standing = standingMessage(state, correction.value.opened, correction.value.message, now);
  return standing.ok ? ok({ correction: standing.value, original: original.value }) : standing;
}

function openMessage(state: TrustState, value: unknown) {
  const opened = openEnvelope(value, 'message', state.cache);
  if (!opened.ok) return opened;
  const message = readMessage(opened.value, state.cache);
  return message.ok ? ok({ opened: opened.value, digest: opened.value.digest, message: message.value }) : message;
}

/** A correction speaks as its original did: as its platform, in its class, severity, mode and drill, to nobody else, at most a day longer. */
export function correctionFault({ digest, message }: Pick<StandingMessage, 'digest' | 'message'>, original: Message): Refused | undefined {
  if (message.corrects === null) return refuse('REJ_CORRECTION', 'corrects');
  if (message.platform !== original.platform) return refuse('REJ_CORRECTION', 'platform');
  if (!original.corrections.some((listed) => listed.digest === digest && listed.kind === message.corrects)) return refuse('REJ_CORRECTION', 'original.corrections');
  if (message.class !== original.class) return refuse('REJ_CORRECTION', 'class');
  if (message.severity !== original.severity) return refuse('REJ_CORRECTION', 'severity');
  if (message.mode !== original.mode) return refuse('REJ_CORRECTION', 'mode');
  if (message.drill?.plan !== original.drill?.plan || message.drill?.kind !== original.drill?.kind) return refuse('REJ_CORRECTION', 'drill');
  const wider = widerTargets(message.targets, original.targets);
  if (wider !== undefined) return refuse('REJ_CORRECTION', wider);
  return message.notAfter > original.notAfter + LIMITS.tombstoneMs ? refuse('REJ_CORRECTION', 'notAfter') : undefined;
}

/** Where `inner` names more than `outer`. A terminal named singly may stand in an area of `outer`; whether it does only the terminal knows. */
export function widerTargets(inner: Targets, outer: Targets): 'targets.areas' | 'targets.terminals' | undefined {
  if (inner.areas.some((area) => !outer.areas.includes(area))) return 'targets.areas';
  const foreign = inner.terminals.some((terminal) => !outer.terminals.includes(terminal));
  return foreign && outer.areas.length === 0 ? 'targets.terminals' : undefined;
}
