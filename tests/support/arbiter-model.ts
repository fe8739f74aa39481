import type { DispatchId, FailureReason } from '#libs/contracts';
import type { Before, Claim, Item } from '#libs/domain';

/** One step of the model, ms. Every time of a scene is a multiple of it. */
export const STEP_MS = 100;
/** A start this little late still counts as in time (design 5 "Media"). */
const LATE_MS = 400;
/** What comes while a repetition has no words yet enters it this much later. */
const ENTER_MS = 200;

export interface Scene {
  readonly comes: readonly { readonly at: number; readonly item: Item; readonly before?: Before }[];
  readonly goes: readonly { readonly at: number; readonly dispatchId: DispatchId }[];
}

/** What a loudspeaker did: `sound[i]` is "id repetition ms" of step i, or "-"; and why and when each item was closed. */
export interface Course {
  readonly sound: readonly string[];
  readonly closed: Readonly<Record<string, string>>;
}

interface Speaker {
  readonly id: DispatchId;
  readonly item: Item;
  repetition: number;
  ms: number;
  due: number;
  begun: number;
  ended: number;
  crashed: boolean;
  /** ms of sound so far. */
  used: number;
  lastTurn: number;
  wasCut: boolean;
}

/**
 * The arbiter's rules once more, step by step of time and as plainly as they can be said: slow, and right by reading.
 * It shares nothing with `libs/domain` but the shapes.
 */
export function model(scene: Scene, until: number): Course {
  const sound: string[] = [];
  const closed: Record<string, string> = {};
  let here: Speaker[] = [];
  let running: Speaker | undefined;
  const close = (one: Speaker, at: number, reason: FailureReason | null): void => {
    closed[one.id] = `${at} ${reason ?? 'done'}`;
    here = here.filter((other) => other !== one);
    if (running === one) running = undefined;
  };
  for (let now = 0; now < until; now += STEP_MS) {
    // Who comes and who is taken away now.
    for (const { item, before } of scene.comes.filter(({ at }) => at === now)) here.push(newcomer(item, now, before));
    for (const { dispatchId } of scene.goes.filter(({ at }) => at === now)) {
      here = here.filter(({ id }) => id !== dispatchId);
      if (running?.id === dispatchId) running = undefined;
    }
    // The running repetition is through, or its item has used up all its time.
    if (running !== undefined && running.ms === running.item.bodyMs) {
      const one = running;
      running = undefined;
      one.ended = one.repetition;
      one.lastTurn = now;
      one.wasCut = false;
      if (one.repetition === one.item.repeats) close(one, now, null);
      else {
        one.repetition += 1;
        one.ms = 0;
        const own = timeOf(one.item, one.repetition);
        one.due = own < now ? now + one.item.gapMs : own;
      }
    } else if (running !== undefined && running.used === running.item.maxSoundMs) close(running, now, 'INTERRUPTED');
    const closeWhatCannot = (): void => {
      for (const one of here) {
        if (one === running) continue;
        if (one.used >= one.item.maxSoundMs) close(one, now, 'INTERRUPTED');
        else if (now >= one.item.notAfter || one.due >= one.item.notAfter) close(one, now, whyNot(one));
      }
    };
    closeWhatCannot();
    // Who may begin: due, nobody higher under way, and the one that sounds, if any, of lower rank.
    const holder = running;
    const may = here.filter((one) => one !== holder && one.due <= now
      && !here.some((other) => other.item.startAt <= now && rankOf(other.item.claim) > rankOf(one.item.claim))
      && (holder === undefined || rankOf(holder.item.claim) < rankOf(one.item.claim)));
    const chosen = may.find((one) => may.every((other) => other === one || goesBefore(one, other)));
    if (chosen !== undefined) {
      if (holder !== undefined) {
        running = undefined;
        holder.lastTurn = now;
        holder.due = now;
        holder.wasCut = true;
        if (holder.item.whenPreempted === 'drop') close(holder, now, 'PREEMPTED');
      }
      running = chosen;
      chosen.begun = Math.max(chosen.begun, chosen.repetition);
      closeWhatCannot();
    }
    // One step of sound.
    sound.push(running === undefined ? '-' : `${running.id} ${running.repetition} ${running.ms}`);
    if (running !== undefined) {
      running.ms += STEP_MS;
      running.used += STEP_MS;
    }
  }
  return { sound, closed };
}

function newcomer(item: Item, now: number, before: Before = { begun: 0, ended: 0, position: null }): Speaker {
  const { begun, ended, position } = before;
  const { from, bodyMs, repeats } = item;
  const speaker = {
    id: item.claim.dispatchId, item, begun, ended, crashed: begun > ended && position === null, lastTurn: -Infinity, wasCut: false,
    used: Math.max(0, (begun - from.repetition + 1) * bodyMs - (begun >= from.repetition ? from.fromMs : 0)),
  };
  if (position !== null) {
    const used = Math.max(0, (position.repetition - from.repetition) * bodyMs + position.fromMs - from.fromMs);
    const wasCut = position.fromMs > (position.repetition === from.repetition ? from.fromMs : 0);
    return { ...speaker, used, wasCut, repetition: position.repetition, ms: position.fromMs, due: Math.max(now, item.startAt) };
  }
  const inTime = (repetition: number): boolean => timeOf(item, repetition) >= now - LATE_MS;
  // While siren or chime run, the words are still to come: whoever is here 200 ms from now misses none.
  const wordless = (repetition: number): boolean => now + ENTER_MS < timeOf(item, repetition) + item.openingMs && !(repetition === from.repetition && from.fromMs > 0);
  const reachable = Array.from({ length: repeats }, (_, index) => index + 1)
    .find((repetition) => repetition > begun && repetition >= from.repetition && (inTime(repetition) || wordless(repetition)));
  if (reachable !== undefined && !inTime(reachable)) return { ...speaker, repetition: reachable, ms: now + ENTER_MS - timeOf(item, reachable), due: now + ENTER_MS };
  if (reachable !== undefined) return { ...speaker, repetition: reachable, ms: reachable === from.repetition ? from.fromMs : 0, due: timeOf(item, reachable) };
  return { ...speaker, repetition: repeats, ms: repeats === from.repetition ? from.fromMs : 0, due: begun < repeats && ended === 0 ? now : Infinity };
}

function timeOf({ startAt, from, bodyMs, gapMs }: Item, repetition: number): number {
  if (repetition === from.repetition) return startAt;
  const firstEnd = startAt + bodyMs - from.fromMs;
  return firstEnd + gapMs + (repetition - from.repetition - 1) * (bodyMs + gapMs);
}

function whyNot({ item, begun, ended, crashed }: Speaker): FailureReason | null {
  const inWindow = Array.from({ length: item.repeats }, (_, index) => index + 1).filter((repetition) => repetition >= item.from.repetition && timeOf(item, repetition) < item.notAfter);
  if (ended > 0 && inWindow.every((repetition) => repetition <= ended)) return null;
  return crashed ? 'INTERRUPTED' : begun === 0 ? 'EXPIRED' : 'PREEMPTED';
}

/** Higher rank; then a repetition that was cut off; then the longest without a turn; then the earlier dispatch, the lower id. */
function goesBefore(a: Speaker, b: Speaker): boolean {
  const [rankA, rankB] = [rankOf(a.item.claim), rankOf(b.item.claim)];
  if (rankA !== rankB) return rankA > rankB;
  if (a.wasCut !== b.wasCut) return a.wasCut;
  if (a.lastTurn !== b.lastTurn) return a.lastTurn < b.lastTurn;
  if (a.item.claim.issuedAt !== b.item.claim.issuedAt) return a.item.claim.issuedAt < b.item.claim.issuedAt;
  return a.id < b.id;
}

/** The rank as one number. */
export function rankOf({ mode, class: messageClass, tier, severity }: Claim): number {
  return [
    mode === 'actual' ? 1 : 0, ['daily', 'governance', 'notice', 'advisory', 'emergency'].indexOf(messageClass),
    ['village', 'township', 'district'].indexOf(tier), ['none', 'blue', 'yellow', 'orange', 'red'].indexOf(severity),
  ].reduce((sum, part) => sum * 8 + part, 0);
}
