import { LIMITS, messageSchema, type AreaId, type Charter, type Digest, type KeyId, type KeyRecord, type Message, type Person, type Roster } from '#libs/contracts';
import { areasWithin, CLASSES, heldFault, isHeld, liveFault, openingFault, partsOf, sirenFault } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { attestOne, holderAt } from './attest';
import { judgeExpiry } from './expiry';
import { openEnvelope, payloadReader, type OpenedEnvelope } from './open-envelope';
import { ok, refuse, type Refused, type Result } from './result';
import { declaredAreas, type TrustState } from './trust-state';

export { policyFactsOf } from '#libs/domain';

/** What an author's envelope says; whether its signature holds is not its question. */
export const readMessage = payloadReader(messageSchema);

/** A message that its platform may have said here and now, whoever wrote it. */
export interface StandingMessage {
  readonly message: Message;
  /** SHA-256 of the payload bytes. */
  readonly digest: Digest;
  readonly envelope: Envelope;
  readonly charter: Charter;
  readonly roster: Roster;
  /** Charter or roster has expired and only the signed grace carries this emergency: to be shown. */
  readonly inGrace: boolean;
  /** Target areas that no charter held here declares. A platform refuses them; a terminal does not stand in them. */
  readonly unknownAreas: readonly AreaId[];
}

/** A message that its author was entitled to write, here and now. It says nothing yet about approvals or the dispatch. */
export interface VerifiedMessage extends StandingMessage {
  readonly author: { readonly person: Person; readonly keyId: KeyId; readonly alg: KeyRecord['alg'] };
}

/** Facts 4b.4 step 10, first half: author, unit, class, ceilings, window, opening sound and areas of one message. */
export function verifyMessage(state: TrustState, value: unknown, now: number): Result<VerifiedMessage> {
  const opened = openEnvelope(value, 'message', state.cache);
  if (!opened.ok) return opened;
  const signers = attestOne(state, opened.value, 'person');
  if (!signers.ok) return signers;
  const parsed = readMessage(opened.value, state.cache);
  if (!parsed.ok) return parsed;
  const message = parsed.value;
  const signer = holderAt(state, signers.value, message.platform);
  if (!signer.ok) return signer;
  const { person, key } = signer.value;
  const standing = standingMessage(state, opened.value, message, now, (roster) => authorFault(message, person) ?? unitFault(message, person, roster));
  return standing.ok ? ok({ ...standing.value, author: { person, keyId: key.keyId, alg: key.alg } }) : standing;
}

/** Facts 4b.4 step 10 but for the author's key: papers that hold, ceilings, window, opening sound and areas. */
export function standingMessage(
  state: TrustState, { digest, envelope }: OpenedEnvelope, message: Message, now: number, writerFault: (roster: Roster) => Refused | undefined = () => undefined,
): Result<StandingMessage> {
  const charter = state.charters.get(message.platform)?.value;
  const roster = state.rosters.get(message.platform)?.value;
  if (charter === undefined || roster === undefined) return refuse('REJ_LINEAGE', 'platform');
  const expiry = judgeExpiry(state.root.value, charter, roster, message.class, now);
  if (!expiry.ok) return expiry;
  const fault = writerFault(roster) ?? ceilingFault(message, charter) ?? windowFault(message, now) ?? areasFault(state, message, charter);
  if (fault !== undefined) return fault;
  const declared = new Set(declaredAreas(state, state.charters.keys()).map((area) => area.id));
  return ok({
    message, digest, envelope, charter, roster, inGrace: expiry.value.inGrace,
    unknownAreas: message.targets.areas.filter((area) => !declared.has(area)),
  });
}

function authorFault(message: Message, person: Person): Refused | undefined {
  return person.id === message.author && person.roles.includes('author') ? undefined : refuse('REJ_AUTHOR');
}

/** The person's own unit speaks, and only in the classes it may (design 2 "unit"; none listed means all). */
function unitFault(message: Message, person: Person, roster: Roster): Refused | undefined {
  const unit = roster.units.find((candidate) => candidate.id === message.unit);
  if (unit === undefined || person.unit !== unit.id) return refuse('REJ_UNIT', 'unit');
  return unit.classes.length === 0 || unit.classes.includes(message.class) ? undefined : refuse('REJ_UNIT', 'class');
}

function ceilingFault(message: Message, charter: Charter): Refused | undefined {
  if (!CLASSES[message.class].originTiers.includes(charter.tier)) return refuse('REJ_CEILING', 'class');
  if (!charter.ceilings.classes.includes(message.class)) return refuse('REJ_CEILING', 'class');
  if (!charter.ceilings.severities.includes(message.severity)) return refuse('REJ_CEILING', 'severity');
  if (!charter.ceilings.modes.includes(message.mode)) return refuse('REJ_CEILING', 'mode');
  const held = isHeld(message.body) ? heldFault(message) : undefined;
  if (held !== undefined) return refuse('REJ_CEILING', held);
  // What is said under a permit has no siren by the permit's own rule.
  const siren = message.permit === undefined ? sirenFault(message, partsOf(message.body)) : undefined;
  if (siren !== undefined) return refuse('REJ_CEILING', 'live' in message.body ? 'body.live.chime.role' : `body.segments.${siren}.role`);
  const opening = openingFault(message, partsOf(message.body));
  return opening === undefined ? undefined : refuse('REJ_CEILING', 'live' in message.body ? 'body.live.chime.role' : `body.segments.${opening.at}.role`);
}

function windowFault(message: Message, now: number): Refused | undefined {
  if (message.notBefore >= message.notAfter) return refuse('REJ_WINDOW', 'notAfter');
  if (message.notAfter - message.notBefore > CLASSES[message.class].maxWindowMs) return refuse('REJ_WINDOW', 'notAfter');
  const live = liveFault(message);
  if (live !== undefined) return refuse(live === 'notAfter' ? 'REJ_WINDOW' : 'REJ_REPEATS', live);
  // What may sound later than stops are remembered could come back after one.
  if (message.notAfter > message.issuedAt + LIMITS.stopKeepMs - LIMITS.tombstoneMs) return refuse('REJ_WINDOW', 'notAfter');
  // A message dated ahead would outlive a stop of everything issued before it.
  return message.issuedAt > now + LIMITS.earlyMs ? refuse('REJ_NOT_YET', 'issuedAt') : undefined;
}

/** Targets are not empty, and each area known here lies in one that the charter grants. */
function areasFault(state: TrustState, message: Message, charter: Charter): Refused | undefined {
  if (message.targets.areas.length + message.targets.terminals.length === 0) return refuse('REJ_SCHEMA', 'targets');
  const known = declaredAreas(state, state.charters.keys());
  const declared = new Set(known.map((area) => area.id));
  const granted = areasWithin(known, charter.areas.map((area) => area.id));
  const outside = message.targets.areas.findIndex((area) => declared.has(area) && !granted.has(area));
  return outside >= 0 ? refuse('REJ_AREA', `targets.areas.${outside}`) : undefined;
}
