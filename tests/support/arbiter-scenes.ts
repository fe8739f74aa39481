import { isDeepStrictEqual } from 'node:util';
import { dispatchIdSchema } from '#libs/contracts';
import { add, advance, emptyArbiter, remove, type Before, type Change, type Item } from '#libs/domain';
import { model, rankOf, STEP_MS, type Course, type Scene } from './arbiter-model';
import { seededRandom, type SeededRandom } from './seeded-random';

/** By then every item of a scene is closed, ms. */
export const SCENE_MS = 14_000;
const IDS = Array.from({ length: 6 }, (_, nr) => dispatchIdSchema.parse(`01890000-0000-7000-8000-00000000000${nr}`));

/** Items of few ranks that meet often: late ones, restarted ones, resumptions, short windows and maxima, stops. */
export function sceneOf(seed: number): Scene {
  const random = seededRandom(seed);
  const steps = (from: number, below: number): number => (from + random.int(below - from)) * STEP_MS;
  const storm = random.int(3) === 0;
  const comes = IDS.slice(0, 1 + random.int(IDS.length)).map((dispatchId) => {
    const repeats = 1 + random.int(4);
    const bodyMs = steps(1, 13);
    const startAt = steps(0, 40);
    const item: Item = {
      claim: {
        mode: random.int(6) === 0 ? 'drill' : 'actual', class: storm ? 'emergency' : random.pick(['daily', 'notice', 'emergency']),
        tier: storm ? 'township' : random.pick(['village', 'district']), severity: random.int(4) === 0 ? 'red' : 'none', issuedAt: random.int(3), dispatchId,
      },
      startAt, notAfter: startAt + steps(random.int(4) === 0 ? 0 : 30, 80), repeats, bodyMs, gapMs: random.pick([0, STEP_MS, 3 * STEP_MS, 9 * STEP_MS]), openingMs: random.int(2) * random.int(bodyMs / STEP_MS) * STEP_MS,
      maxSoundMs: random.int(6) === 0 ? steps(1, 20) : 60_000, whenPreempted: random.pick(['resume', 'resume', 'drop']),
      from: random.int(5) === 0 ? { repetition: 1 + random.int(repeats), fromMs: random.int(bodyMs / STEP_MS) * STEP_MS } : { repetition: 1, fromMs: 0 },
    };
    const at = random.int(3) === 0 ? steps(0, 60) : Math.max(0, startAt - steps(0, 10));
    return random.int(6) === 0 ? { at, item, before: beforeOf(random, item) } : { at, item };
  });
  const goes = comes.filter(() => random.int(6) === 0).map(({ at, item }) => ({ at: at + steps(0, 40), dispatchId: item.claim.dispatchId }));
  return { comes, goes };
}

/** What may have become of it before a restart. */
function beforeOf(random: SeededRandom, { repeats, bodyMs, from }: Item): Before {
  const begun = Math.min(repeats, from.repetition + random.int(repeats));
  if (random.int(2) === 0) return { begun, ended: Math.max(0, begun - random.int(2)), position: null };
  const leastMs = begun === from.repetition ? from.fromMs : 0;
  return { begun, ended: begun - 1, position: { repetition: begun, fromMs: leastMs + random.int((bodyMs - leastMs) / STEP_MS) * STEP_MS } };
}

/** The arbiter's course; `order` decides in which order simultaneous events come, and how time is cut into pieces. */
export function courseOf(scene: Scene, order: SeededRandom): { readonly course: Course; readonly changes: readonly Change[] } {
  let arbiter = emptyArbiter(0);
  const changes: Change[] = [];
  const goTo = (at: number): void => {
    const advanced = advance(arbiter, at);
    arbiter = advanced.arbiter;
    changes.push(...advanced.changes);
  };
  const events = [
    ...scene.comes.map(({ at, item, before }) => ({ at, act: () => { arbiter = add(arbiter, item, before); } })),
    ...scene.goes.map(({ at, dispatchId }) => ({ at, act: () => { arbiter = remove(arbiter, dispatchId); } })),
  ];
  // A stop takes away what came before it, never what comes later under the same id.
  const shuffled = events.map((event, nr) => ({ ...event, nr: nr < scene.comes.length ? order.int(1_000) : 1_000 + order.int(1_000) })).sort((a, b) => a.at - b.at || a.nr - b.nr);
  for (const { at, act } of shuffled) {
    if (order.int(2) === 0) goTo(Math.max(arbiter.at, at - order.int(10) * STEP_MS));
    goTo(at);
    act();
  }
  goTo(SCENE_MS);
  return { course: stepsOf(scene, changes), changes };
}

/** The changes written out step by step, as the model writes. */
function stepsOf(scene: Scene, changes: readonly Change[]): Course {
  const sound = Array.from({ length: SCENE_MS / STEP_MS }, () => '-');
  const closed: Record<string, string> = {};
  for (const change of changes) {
    if (change.kind === 'closed') closed[change.dispatchId] = `${change.at} ${change.reason ?? 'done'}`;
    if (change.kind !== 'begins') continue;
    const { piece } = change;
    const cutAt = changes.find((other) => other.kind === 'ends' && other.piece.dispatchId === piece.dispatchId && other.piece.at === piece.at)?.at ?? piece.endsAt;
    const goneAt = Math.min(...scene.goes.filter((gone) => gone.dispatchId === piece.dispatchId && gone.at >= piece.at).map(({ at }) => at));
    for (let at = piece.at; at < Math.min(cutAt, goneAt); at += STEP_MS) {
      if (sound[at / STEP_MS] !== '-') throw new Error(`two at once at ${at}`);
      sound[at / STEP_MS] = `${piece.dispatchId} ${piece.repetition} ${piece.fromMs + at - piece.at}`;
    }
  }
  return { sound, closed };
}

/** What is wrong with the arbiter in the scene of this seed; undefined when nothing is. */
export function faultOf(seed: number): string | undefined {
  const scene = sceneOf(seed);
  const { course, changes } = courseOf(scene, seededRandom(seed));
  if (!isDeepStrictEqual(course, model(scene, SCENE_MS))) return 'differs from the model';
  if (!isDeepStrictEqual(course, courseOf(scene, seededRandom(seed + 1)).course)) return 'depends on the order of simultaneous events';
  return brokenRule(scene, changes);
}

/** Rules that hold whatever the model says. */
function brokenRule(scene: Scene, changes: readonly Change[]): string | undefined {
  const itemOf = (id: string): Item | undefined => scene.comes.find(({ item }) => item.claim.dispatchId === id)?.item;
  const rank = (id: string): number => { const item = itemOf(id); return item === undefined ? -1 : rankOf(item.claim); };
  const gone = new Set<string>(scene.goes.map(({ dispatchId }) => dispatchId));
  const begun = changes.flatMap((change) => (change.kind === 'begins' ? [change.piece] : []));
  for (const change of changes) {
    if (change.kind !== 'ends' || change.how !== 'cut') continue;
    const by = begun.find((piece) => piece.at === change.at && piece.dispatchId !== change.piece.dispatchId);
    const item = itemOf(change.piece.dispatchId);
    const wornOut = changes.some((other) => other.kind === 'closed' && other.dispatchId === change.piece.dispatchId && other.reason === 'INTERRUPTED' && other.at === change.at);
    if (!wornOut && (by === undefined || rank(by.dispatchId) <= rank(change.piece.dispatchId))) return 'cut off by one that is not higher';
    const goesOn = begun.find((piece) => piece.dispatchId === change.piece.dispatchId && piece.at > change.piece.at);
    if (goesOn !== undefined && (goesOn.repetition !== change.next.repetition || goesOn.fromMs !== change.next.fromMs)) return 'goes on elsewhere than where it was cut off';
    if (goesOn !== undefined && item?.whenPreempted === 'drop') return 'goes on although it must not';
  }
  for (const { item } of scene.comes) {
    const id = item.claim.dispatchId;
    const closings = changes.filter((change) => change.kind === 'closed' && change.dispatchId === id);
    if (closings.length > 1 || (closings.length === 0 && !gone.has(id))) return 'not closed once';
    const pieces = begun.filter((piece) => piece.dispatchId === id);
    if (pieces.some((piece) => piece.at >= item.notAfter)) return 'begins after its window';
    const endAt = closings[0]?.at ?? Infinity;
    const first = pieces[0]?.at;
    const goneAt = Math.min(endAt, ...scene.goes.filter(({ dispatchId }) => dispatchId === id).map(({ at }) => at));
    const lower = first === undefined ? undefined : begun.find((piece) => piece.at >= first && piece.at < goneAt && rank(piece.dispatchId) < rank(id));
    if (lower !== undefined) return 'a lower one speaks before it is through';
  }
  return undefined;
}
