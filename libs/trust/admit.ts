import { digestSchema, envelopeSchema, LIMITS, type Digest, type Message, type RefusalCode } from '#libs/contracts';
import {
  covers, drillFault, EMPTY_SEQ_WINDOW, filesOf, hasRoomThatDay, isRestricted, judgeSeq, linkAge, mayReplace, maySound, MODES, rememberUntil, repetitionOffsetMs, silencedByIsolation, silences, soundsAloud, takesBack, withSeq, type Stoppable, type TakenBack, type Tombstone,
} from '#libs/domain';
import { fromBase64 } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import type { AdmitDecision, AdmitFacts, AdmitWrites, DispatcherFloor, Entering, JournalEntry, Refusal } from './admit-facts';
import { enteringOf, postpone } from './entering';
import { quietHoursOf } from './hours';
import { dispatcherRevoked, earlyFault, judgeContents, stoppableOf, type VerifiedOrder } from './judge-order';
import { reachFault } from './reach-fault';
import { readOrder, type ReadOrder } from './read-order';
import { refuse, type Refused } from './result';
import { heardAt } from './trust-state';
import type { TerminalAssignment } from './verify-assignment';
import { takenBackBy } from './verify-consent';
import { lackingOf } from './versions';

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

  // A terminal listens to its own platform and those above it only, and to nobody before it is assigned.
  const { assignment } = facts;
  if (assignment === null) return turnAway(facts, refuse('REJ_NOT_TARGETED', 'assignment'));
  if (!heardAt(facts.trust, assignment.platform).includes(dispatch.platform)) return turnAway(facts, refuse('REJ_LINEAGE', 'platform'));

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
  const drill = drillFault(message);
  if (drill !== undefined) return turnAway(facts, refuse(drill, 'drill'));

  // What became of this message here before: old approvals cannot be revived, and a stopped one only by a stopper.
  const remembered = facts.journal.get(order.message.digest);
  const cutBy = dispatch.resumes === null ? undefined : cutOffBy(order, remembered, facts.stops);
  const past = dispatch.resumes === null
    ? journalFault(remembered, order, facts.stops) ?? stopFault(facts, stoppableOf(order), assignment, 'REJ_STOPPED')
    : resumeFault(order, remembered, facts.stops) ?? stopFault(facts, resumedOf(order, remembered), assignment, 'REJ_RESUME');
  if (past !== undefined) return turnAway(facts, past);
  const replacing = replaceFault(order, facts.journal);
  if (replacing !== undefined) return turnAway(facts, replacing);
  const tooMany = permitFault(order, facts.journal);
  if (tooMany !== undefined) return turnAway(facts, tooMany);

  // 11 this terminal, and only where the platform may speak.
  const place = placeFault(order, assignment);
  if (place !== undefined) return turnAway(facts, place);

  // A correction is for those who heard, and only what had begun goes on.
  const heard = dispatch.targets.heard ?? (dispatch.resumes === null ? null : order.message.digest);
  if (heard !== null && facts.journal.get(heard)?.sounded !== true) return { kind: 'not-heard', order };
  const claim = { class: message.class, mode: message.mode, tier: order.message.charter.tier };
  if (facts.isolations.some((isolation) => silencedByIsolation(claim, isolation, assignment.areas, now))) {
    return { kind: 'isolated', order, ...refusalOf(facts, 'REJ_ISOLATED', 'isolations') };
  }

  // 12 the window (a new dispatch begins at its own first repetition, a resumed one where it was stopped), then quiet hours, then restrictions.
  const due = enteringOf(order, remembered, cutBy, now);
  if (due === undefined) return { kind: 'expired', order, ...refusalOf(facts, 'REJ_EXPIRED', 'notAfter') };
  const aloud = soundsAloud(message.mode, message.drill);
  const entering = aloud ? postpone(facts, order, due, quietHoursOf(facts.trust, assignment.platform), now) : due;
  if (entering === undefined) return { kind: 'quiet', order };
  const restrictable = { class: message.class, tier: order.message.charter.tier, approvals: order.approvals.length, isCorrection: order.original !== null };
  if (isRestricted(restrictable, facts.restrictions, assignment.areas, Math.max(now, entering.startAt))) {
    return { kind: 'restricted', order, ...refusalOf(facts, 'REJ_RESTRICTED', 'restrictions') };
  }

  // 13 the sound itself.
  const held = digestsOf(message).map((sha256) => ({ sha256, held: facts.mediaHeld(sha256) }));
  if (held.some((media) => media.held === 'bad')) return turnAway(facts, refuse('REJ_MEDIA_DIGEST'));
  const missing = held.filter((media) => media.held !== true).map((media) => media.sha256);
  if (missing.length > 0) return { kind: 'wait-media', order, missing };

  // 14 what must be durable first; 15 and 16, arbiter and sound, are the caller's.
  return { kind: 'play', order, ...entering, aloud, writes: writesFor(order, floor, remembered, entering) };
}

/** Step 6: no lower epoch (two servers at once), each number and each dispatch once, no fast-forward. */
function replayFault(facts: AdmitFacts, { dispatch }: ReadOrder, floor: DispatcherFloor): Refused | undefined {
  if (dispatch.epoch < floor.epoch) return refuse('REJ_EPOCH', 'epoch');
  switch (judgeSeq(floor.window, dispatch.seq)) {
    case 'old': return refuse('REJ_SEQ_OLD', 'seq');
    case 'replay': return refuse('REJ_SEQ_REPLAY', 'seq');
    case 'jump': return refuse('REJ_SEQ_JUMP', 'seq');
    // An id is its platform's own: else whoever writes it down first could keep an upper tier's order out.
    case 'accept': return [dispatch.dispatchId, `${dispatch.platform} ${dispatch.dispatchId}`].some((name) => facts.seenDispatches.has(name)) ? refuse('REJ_ID_SEEN', 'dispatchId') : undefined;
  }
}

/** A message sounds under one dispatch; interrupted with nothing left, under one more; a stopped correction, by a new word. */
function journalFault(entry: JournalEntry | undefined, order: VerifiedOrder, stops: readonly Tombstone[]): Refused | undefined {
  if (entry === undefined) return undefined;
  switch (entry.state) {
    case 'stopped': return isSaidAgain(order, stops.find(({ stopId }) => stopId === entry.stoppedBy)) ? undefined : refuse('REJ_STOPPED', 'journal');
    case 'completed':
    case 'accepted':
    case 'playing': return refuse('REJ_COMPLETED', `journal.${entry.state}`);
    case 'interrupted': return entry.dispatches < MOST_DISPATCHES ? undefined : refuse('REJ_COMPLETED', 'journal.dispatches');
  }
}

/**
 * Whether a stopper consented to this correction after the stop that cut it off here: then it begins anew (design 4
 * "Correction"). Not where that stop is not known, as when a key was revoked; whatever else silences it, `stopFault` finds.
 */
function isSaidAgain(order: VerifiedOrder, stop: Tombstone | undefined): boolean {
  return order.original !== null && stop !== undefined && stoppableOf(order).issuedAt > stop.issuedAt;
}

/** What replaces another is of its mode: a drill never ends what is meant, and what is meant needs to end no drill (it ranks above). */
function replaceFault({ message: { message } }: VerifiedOrder, journal: AdmitFacts['journal']): Refused | undefined {
  const replaced = message.replaces === null ? undefined : journal.get(message.replaces);
  return replaced === undefined || mayReplace(message.mode, replaced.mode) ? undefined : refuse('REJ_CEILING', 'replaces');
}

/**
 * So many messages of a permit begin here in a day. What quiet hours put off stays in its day, and the journal keeps each
 * until a day after its window, so that none of a day is forgotten in it.
 */
function permitFault({ permit, dispatch, message }: VerifiedOrder, journal: AdmitFacts['journal']): Refused | undefined {
  if (permit === null) return undefined;
  const begun = [...journal].filter(([digest, entry]) => entry.permit === permit.digest && digest !== message.digest).map(([, { startAt }]) => startAt);
  return hasRoomThatDay(permit.permit, begun, dispatch.startAt) ? undefined : refuse('REJ_PERMIT', 'perDay');
}

function stopFault(facts: AdmitFacts, stoppable: Stoppable, { areas }: TerminalAssignment, code: 'REJ_STOPPED' | 'REJ_RESUME'): Refused | undefined {
  return facts.stops.some((stop) => silences(stop, stoppable, areas)) ? refuse(code, 'stops') : undefined;
}

/** How stops see what goes on: neither those taken back now count nor those after which it went on here before. */
function resumedOf(order: VerifiedOrder, entry: JournalEntry | undefined): Stoppable {
  return { ...stoppableOf(order), takenBack: takenBackFor(order, entry) };
}

function takenBackFor({ consent }: VerifiedOrder, entry: JournalEntry | undefined): readonly TakenBack[] {
  return [...(entry?.takenBack ?? []), ...(consent === null ? [] : takenBackBy(consent.consent))];
}

/**
 * What goes on was stopped here by a stop that a stopper took back in time, and the one that the dispatch names is known
 * here. Every other stop that reaches it holds unless the same word names it as well (`stopFault`). One never begun here
 * is told later.
 */
function resumeFault(order: VerifiedOrder, entry: JournalEntry | undefined, stops: readonly Tombstone[]): Refused | undefined {
  const stop = stops.find(({ stopId }) => stopId === order.dispatch.resumes);
  if (stop === undefined) return refuse('REJ_RESUME', 'resumes');
  const words = stoppableOf(order).takenBack ?? [];
  if (!isTakenBack(words, stop)) return refuse('REJ_RESUME', 'consent.signedAt');
  switch (entry?.state) {
    case undefined: return undefined;
    case 'stopped': return entry?.sounded !== true || stops.some((one) => one.stopId === entry.stoppedBy && isTakenBack(words, one)) ? undefined : refuse('REJ_RESUME', 'journal.stoppedBy');
    case 'interrupted': return refuse('REJ_RESUME', 'journal.interrupted');
    case 'completed':
    case 'accepted':
    case 'playing': return refuse('REJ_COMPLETED', `journal.${entry?.state ?? ''}`);
  }
}

/** The first of the stops that are taken back now and were not before: there it goes on, alike wherever they came in another order. */
function cutOffBy(order: VerifiedOrder, entry: JournalEntry | undefined, stops: readonly Tombstone[]): Tombstone | undefined {
  const [now, before] = [stoppableOf(order).takenBack ?? [], entry?.takenBack ?? []];
  const [first] = stops.filter((stop) => isTakenBack(now, stop) && !isTakenBack(before, stop)).sort((a, b) => a.issuedAt - b.issuedAt);
  return first;
}

function isTakenBack(words: readonly TakenBack[], stop: Tombstone): boolean {
  return words.some((word) => takesBack(word, stop));
}

/** Step 11: the dispatch names this terminal, the message named it too, and it stands where the platform may speak. */
function placeFault(order: VerifiedOrder, assignment: TerminalAssignment): Refused | undefined {
  const { dispatch, message } = order;
  const { terminal, areas } = assignment;
  if (!covers(dispatch.targets, terminal, areas)) return refuse('REJ_NOT_TARGETED', 'targets');
  if (!covers(message.message.targets, terminal, areas)) return refuse('REJ_TARGETS_EXCEED', 'targets');
  return reachFault(order, assignment);
}

function digestsOf(message: Message): readonly Digest[] {
  return [...new Set(filesOf(message.body).map(({ sha256 }) => sha256))];
}

function writesFor(order: VerifiedOrder, floor: DispatcherFloor, before: JournalEntry | undefined, { resumes, postponed }: Entering): AdmitWrites {
  const { dispatch, message, permit, keyIds: [dispatcherKeyId] } = order;
  return {
    dispatcherKeyId,
    floor: { epoch: Math.max(floor.epoch, dispatch.epoch), window: withSeq(floor.window, dispatch.seq) },
    dispatchId: dispatch.dispatchId,
    messageDigest: message.digest,
    journal: {
      dispatchId: dispatch.dispatchId, mode: message.message.mode, repetition: resumes === null ? 0 : before?.repetition ?? 0, state: 'accepted', dispatches: (before?.dispatches ?? 0) + 1,
      until: rememberUntil(message.message.notAfter), sounded: before?.sounded ?? false, stoppedBy: null, permit: permit?.digest ?? null,
      takenBack: takenBackFor(order, before), startAt: resumes?.timetableStartAt ?? (postponed === null ? dispatch.startAt : postponed.startAt - repetitionOffsetMs(message.message, postponed.repetition)),
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
  // Whatever kind it says it is: what was brought in the place of a dispatch is named as well.
  const { data: envelope } = envelopeSchema.safeParse(order.dispatch);
  const payload = envelope === undefined ? undefined : fromBase64(envelope.payload);
  if (envelope === undefined || payload === undefined) return nothing;
  return { code, at: at ?? null, subject: digestSchema.parse(sha256Hex(payload)), payloadType: envelope.payloadType, keyIds: envelope.signatures.map(({ keyid }) => keyid) };
}
