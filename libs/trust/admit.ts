import { keyIdSchema, LIMITS, type Digest, type Message, type RefusalCode } from '#libs/contracts';
import { covers, EMPTY_SEQ_WINDOW, joiningOf, judgeSeq, linkAge, maySound, mayReach, MODES, rememberUntil, silences, withSeq } from '#libs/domain';
import type { AdmitDecision, AdmitFacts, AdmitWrites, DispatcherFloor, JournalEntry, Refusal } from './admit-facts';
import { dispatcherRevoked, earlyFault, judgeContents, type VerifiedOrder } from './judge-order';
import { openEnvelope } from './open-envelope';
import { readOrder, type ReadOrder } from './read-order';
import { refuse, type Refused } from './result';
import { lineageOf } from './trust-state';
import { lackingOf } from './versions';
import type { TerminalAssignment } from './verify-assignment';

/** One new dispatch of an interrupted message is allowed (design 4 "Admit"), so two in all. */
const MOST_DISPATCHES = 2;
const NEW_FLOOR: DispatcherFloor = { epoch: 0, window: EMPTY_SEQ_WINDOW };

/**
 * Whether this loudspeaker may speak: the fixed order of facts 4b.4 with the rules of design 4. Pure; each refusal has
 * its code; in doubt it does not play. Only a `play` has anything to write, and it is written before the first sample.
 */
export function admit(facts: AdmitFacts): AdmitDecision {
  // 1 size and rate, before anything is looked at.
  if (facts.bytes > LIMITS.orderBytes) return turnAway(facts, refuse('REJ_SIZE'));
  if (facts.examinedThisSecond >= LIMITS.ordersPerSecond) return turnAway(facts, refuse('REJ_RATE'));

  // 2-5 shape, known key in its use, signature, strict parse.
  const read = readOrder(facts.trust, facts.order);
  if (!read.ok) return turnAway(facts, read);
  const { dispatch, dispatcherKeyId } = read.value;

  // A terminal listens to its own lineage only, and to nobody before it is assigned.
  const { assignment } = facts;
  if (assignment === null) return turnAway(facts, refuse('REJ_NOT_TARGETED', 'assignment'));
  if (!lineageOf(facts.trust, assignment.platform).includes(dispatch.platform)) return turnAway(facts, refuse('REJ_LINEAGE', 'platform'));

  // 6 epoch, sequence, id.
  const floor = facts.floors.get(dispatcherKeyId) ?? NEW_FLOOR;
  const replayed = replayFault(facts, read.value, floor);
  if (replayed !== undefined) return turnAway(facts, replayed);

  // 7 the versions it was made under.
  const lacking = lackingOf(facts.trust, dispatch.minVersions);
  if (lacking !== undefined) {
    return facts.heldForMs < LIMITS.holdMs ? { kind: 'hold', dispatchId: dispatch.dispatchId, lacking } : turnAway(facts, refuse('REJ_VERSIONS', 'minVersions'));
  }

  // 8 the dispatcher's key still counts.
  const revoked = dispatcherRevoked(facts.trust, read.value);
  if (revoked !== undefined) return turnAway(facts, revoked);

  // 9 time: known and not too early. Too late is told from forged only after the rest was judged.
  const { now } = facts;
  if (now === null) return turnAway(facts, refuse('REJ_TIME_UNKNOWN'));
  const early = earlyFault(dispatch, now);
  if (early !== undefined) return turnAway(facts, early);

  // 10 message and approvals; what may sound with news this old, and a test never.
  const judged = judgeContents(facts.trust, read.value, now);
  if (!judged.ok) return turnAway(facts, judged);
  const order = judged.value;
  const { message } = order.message;
  if (!maySound(linkAge(now, facts.beaconAt), message.class)) return turnAway(facts, refuse('REJ_TIME_STALE', 'beaconAt'));
  if (!MODES[message.mode].sounds) return turnAway(facts, refuse('REJ_MODE_TEST'));

  // What became of this message here before: old approvals cannot be revived.
  const remembered = facts.journal.get(order.message.digest);
  const past = journalFault(remembered) ?? stopFault(facts, order, assignment);
  if (past !== undefined) return turnAway(facts, past);

  // 11 this terminal, and only where the platform may speak.
  const place = placeFault(order, assignment);
  if (place !== undefined) return turnAway(facts, place);

  // 12 quiet hours join here when rosters carry them. Then the window: a new dispatch begins at its own first repetition.
  const joining = joiningOf(message, dispatch, now);
  if (joining.kind === 'expired') return { kind: 'expired', order, ...refusalOf(facts, 'REJ_EXPIRED', 'notAfter') };

  // 13 the sound itself.
  const held = digestsOf(message).map((sha256) => ({ sha256, held: facts.mediaHeld(sha256) }));
  if (held.some((media) => media.held === 'bad')) return turnAway(facts, refuse('REJ_MEDIA_DIGEST'));
  const missing = held.filter((media) => media.held !== true).map((media) => media.sha256);
  if (missing.length > 0) return { kind: 'wait-media', order, missing };

  // 14 what must be durable first; 15 and 16, arbiter and sound, are the caller's.
  return { kind: 'play', order, how: joining.kind, joinRepetition: joining.repetition, startAt: joining.startAt, writes: writesFor(order, floor, remembered) };
}

/** Step 6: no lower epoch (two servers at once), each number and each dispatch once, no fast-forward. */
function replayFault(facts: AdmitFacts, { dispatch }: ReadOrder, floor: DispatcherFloor): Refused | undefined {
  if (dispatch.epoch < floor.epoch) return refuse('REJ_EPOCH', 'epoch');
  switch (judgeSeq(floor.window, dispatch.seq)) {
    case 'old': return refuse('REJ_SEQ_OLD', 'seq');
    case 'replay': return refuse('REJ_SEQ_REPLAY', 'seq');
    case 'jump': return refuse('REJ_SEQ_JUMP', 'seq');
    case 'accept': return facts.seenDispatches.has(dispatch.dispatchId) ? refuse('REJ_ID_SEEN', 'dispatchId') : undefined;
  }
}

/** A message sounds under one dispatch; interrupted with nothing left, under one more. */
function journalFault(entry: JournalEntry | undefined): Refused | undefined {
  if (entry === undefined) return undefined;
  switch (entry.state) {
    case 'stopped': return refuse('REJ_STOPPED', 'journal');
    case 'completed':
    case 'accepted':
    case 'playing': return refuse('REJ_COMPLETED', `journal.${entry.state}`);
    case 'interrupted': return entry.dispatches < MOST_DISPATCHES ? undefined : refuse('REJ_COMPLETED', 'journal.dispatches');
  }
}

function stopFault(facts: AdmitFacts, { message }: VerifiedOrder, assignment: TerminalAssignment): Refused | undefined {
  const stoppable = { digest: message.digest, issuedAt: message.message.issuedAt, tier: message.charter.tier };
  return facts.stops.some((stop) => silences(stop, stoppable, assignment.areas)) ? refuse('REJ_STOPPED', 'stops') : undefined;
}

/** Step 11: the dispatch names this terminal, the message named it too, and it stands where the platform may speak. */
function placeFault({ dispatch, message }: VerifiedOrder, { terminal, areas }: TerminalAssignment): Refused | undefined {
  if (!covers(dispatch.targets, terminal, areas)) return refuse('REJ_NOT_TARGETED', 'targets');
  if (!covers(message.message.targets, terminal, areas)) return refuse('REJ_TARGETS_EXCEED', 'targets');
  const chartered = message.charter.areas.map((area) => area.id);
  return mayReach(chartered, dispatch.targets, areas) && mayReach(chartered, message.message.targets, areas) ? undefined : refuse('REJ_AREA', 'targets');
}

function digestsOf(message: Message): readonly Digest[] {
  return [...new Set(message.body.segments.map((segment) => segment.sha256))];
}

function writesFor({ dispatch, message, keyIds }: VerifiedOrder, floor: DispatcherFloor, before: JournalEntry | undefined): AdmitWrites {
  const [dispatcherKeyId] = keyIds;
  return {
    dispatcherKeyId,
    floor: { epoch: Math.max(floor.epoch, dispatch.epoch), window: withSeq(floor.window, dispatch.seq) },
    dispatchId: dispatch.dispatchId,
    messageDigest: message.digest,
    journal: {
      dispatchId: dispatch.dispatchId, repetition: 0, state: 'accepted', dispatches: (before?.dispatches ?? 0) + 1, until: rememberUntil(message.message.notAfter),
    },
  };
}

function turnAway(facts: AdmitFacts, refused: Refused): AdmitDecision {
  return { kind: 'refuse', ...refusalOf(facts, refused.code, refused.at) };
}

/** What can be said about the order without believing it. */
function refusalOf(facts: AdmitFacts, code: RefusalCode, at: string | undefined): Refusal {
  const nothing = { code, at: at ?? null, subject: null, payloadType: null, keyIds: [] };
  if (code === 'REJ_SIZE' || code === 'REJ_RATE') return nothing;
  const { order } = facts;
  if (typeof order !== 'object' || order === null || !('dispatch' in order)) return nothing;
  const opened = openEnvelope(order.dispatch, 'dispatch');
  if (!opened.ok) return nothing;
  const { payloadType, signatures } = opened.value.envelope;
  return { code, at: at ?? null, subject: opened.value.digest, payloadType, keyIds: signatures.map(({ keyid }) => keyIdSchema.parse(keyid)) };
}
