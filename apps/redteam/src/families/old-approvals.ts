import type { Dispatch } from '#libs/contracts';
import { tombstoneOf, verifyStop, type JournalEntry } from '#libs/trust';
import type { Tombstone } from '#libs/domain';
import { ENTRY } from '../../../../tests/support/admit-facts';
import { NOW, terminalOf } from '../../../../tests/support/trust-builder';
import type { Family, Scene } from '../attack';
import type { Genuine } from '../lab';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What a terminal may have to do with a message already, and the code that is right for whoever binds it anew. */
interface Past {
  readonly name: string;
  readonly code: 'REJ_COMPLETED' | 'REJ_STOPPED';
  readonly entry: Partial<JournalEntry> | null;
  readonly isStopped: boolean;
}

const PASTS: readonly Past[] = [
  { name: 'sounded to its end', code: 'REJ_COMPLETED', entry: { state: 'completed' }, isStopped: false },
  { name: 'sounds now', code: 'REJ_COMPLETED', entry: { state: 'playing' }, isStopped: false },
  { name: 'waits for its start', code: 'REJ_COMPLETED', entry: { state: 'accepted', sounded: false, repetition: 0 }, isStopped: false },
  { name: 'was cut off twice', code: 'REJ_COMPLETED', entry: { state: 'interrupted', dispatches: 2 }, isStopped: false },
  { name: 'was stopped while it sounded', code: 'REJ_STOPPED', entry: { state: 'stopped' }, isStopped: true },
  { name: 'was stopped or withdrawn before it came here', code: 'REJ_STOPPED', entry: null, isStopped: true },
];

/** Every way to bind it that stays inside what its persons signed: nothing but the terminal's memory stands in the way. */
const BINDINGS: readonly (readonly [string, (said: Genuine) => Partial<Dispatch>])[] = [
  ['as it was', () => ({})], ['under a higher epoch', () => ({ epoch: 9 })], ['with a number far up', () => ({ seq: 900_000 })], ['to begin later', () => ({ startAt: NOW + 20 * MINUTE })],
  ['in a shorter window', ({ said }) => ({ notBefore: NOW - SECOND, notAfter: said.notAfter - MINUTE })], ['once', () => ({ repeats: 1 })],
  ['for this terminal alone', ({ said, at }) => ({ targets: { areas: said.targets.areas, terminals: [terminalOf(`${at}-term-1`)], heard: null } })],
];

/** The dispatcher's key and a database full of genuine approvals: what a terminal has dealt with is not revived (design 4 "Old approvals cannot be revived"). */
export const OLD_APPROVALS: Family = {
  family: 'genuine approvals bound anew by a stolen dispatcher', threat: 'T26 T28', where: 'admit',
  run: async (scene) => {
    const { lab, tally, thin } = scene;
    for (const genuine of lab.recorded.slice(0, thin > 1 ? 6 : lab.recorded.length)) {
      await revived(scene, genuine);
      await crossed(scene, genuine);
      // What the thief can do: what its persons signed, inside their window, at a horn that has not dealt with it, once.
      const fresh = await rebound(scene, genuine, {});
      tally.admitted('what persons signed sounds once, inside its window, where it has not been dealt with', lab.judge(genuine.at, fresh) === 'play');
      tally.admitted('what was cut off sounds once more', judgeAfter(scene, genuine, fresh, { state: 'interrupted' }) === 'play');
    }
  },
};

async function revived(scene: Scene, genuine: Genuine): Promise<void> {
  const stops = await stopsOf(scene, genuine);
  for (const [how, set] of BINDINGS) {
    const order = await rebound(scene, genuine, set(genuine));
    for (const { name, code, entry, isStopped } of PASTS) {
      for (const [kind, stop] of isStopped ? stops : [['', undefined] as const]) {
        const stopped = stop === undefined || entry === null ? entry : { ...entry, stoppedBy: stop.stopId };
        scene.tally.judged(`${genuine.said.class} of ${genuine.platform} that ${name}${kind}, bound ${how}`, judgeAfter(scene, genuine, order, stopped, stop), [code]);
      }
    }
  }
}

/** A stop of everything and one of this message, both by its own platform. */
async function stopsOf({ lab: { world }, lab }: Scene, { platform, at, bound }: Genuine): Promise<readonly (readonly [string, Tombstone])[]> {
  const scopes = [[', with everything', { kind: 'all' }], [', by its name', { kind: 'messages', messages: [bound.messageDigest] }]] as const;
  return Promise.all(scopes.map(async ([name, scope]) => {
    const verified = verifyStop(lab.trustOf(at), await world.stop(platform, { set: { scope: scope.kind === 'all' ? scope : { ...scope, messages: [...scope.messages] } } }));
    if (!verified.ok) throw new Error(`a genuine stop: ${verified.code}`);
    return [name, tombstoneOf(verified.value, NOW)] as const;
  }));
}

function judgeAfter({ lab }: Scene, { at, bound }: Genuine, order: unknown, entry: Partial<JournalEntry> | null, stop?: Tombstone): string {
  const journal = new Map(entry === null ? [] : [[bound.messageDigest, { ...ENTRY, dispatchId: bound.dispatchId, ...entry }]]);
  return lab.judge(at, order, { journal, stops: stop === undefined ? [] : [stop], seenDispatches: new Set(entry === null ? [] : [bound.dispatchId]) });
}

async function rebound({ lab: { world } }: Scene, { platform, message, approvals, order }: Genuine, set: Partial<Dispatch>): Promise<unknown> {
  return { ...order, dispatch: await world.dispatch(platform, message, approvals, { set }) };
}

/** With every other recorded message: parts exchanged on the wire, and parts bound together by the stolen key (T28). */
async function crossed({ lab: { world, recorded }, lab, tally }: Scene, genuine: Genuine): Promise<void> {
  for (const other of recorded) {
    if (other === genuine) continue;
    const [isOwn, name] = [other.platform === genuine.platform, `${genuine.said.class} of ${genuine.platform} and ${other.said.class} of ${other.platform}`];
    const judge = (how: string, order: unknown, code: string): void => { tally.judged(`${name}: ${how}`, lab.judge(genuine.at, order), [code]); };
    const foreign = isOwn ? 'REJ_APPROVAL_DIGEST' : 'REJ_LINEAGE';
    judge('the other message under its dispatch', { ...other.order, dispatch: genuine.dispatch }, 'REJ_MESSAGE_DIGEST');
    judge('the other approvals under its dispatch', { ...genuine.order, approvals: other.order.approvals }, foreign);
    judge('the other approvals, bound', { ...genuine.order, approvals: other.approvals, dispatch: await world.dispatch(genuine.platform, genuine.message, other.approvals) }, foreign);
    const mixed = [...genuine.approvals.slice(1), ...other.approvals.slice(0, 1)];
    judge('one of each, bound', { ...genuine.order, approvals: mixed, dispatch: await world.dispatch(genuine.platform, genuine.message, mixed) }, foreign);
    if (!isOwn) judge('the other message, bound as its own', { ...other.order, dispatch: await world.dispatch(genuine.platform, other.message, other.approvals) }, 'REJ_LINEAGE');
  }
}
