import type { Dispatch, Message, RefusalCode } from '#libs/contracts';
import type { Tombstone } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { tombstoneOf, verifyStop, type AdmitFacts, type JournalEntry } from '#libs/trust';
import { ENTRY } from '../../../../tests/support/admit-facts';
import { areaOf, digestOf, NOW, type PlatformName } from '../../../../tests/support/trust-builder';
import type { Lab } from '../lab';
import { bodyOf } from './body';
import { BY_ONE, pairsOf, REACHES } from './may';
import type { TheftRow } from './matrix';

const HOUR = 3_600_000;
/** Whose signatures lie in the database: the first of them where one was given. The second signs with a software key. */
const SIGNED_BY = ['approver-c', 'approver-b'] as const;
/** Routine, and what a district needs two for. */
const KINDS = ['emergency', 'notice'] as const;
type Named = keyof typeof REACHES;
export const NAMED: readonly Named[] = ['d', 't1', 'v1'];

/** A message with genuine signatures that is over, and what the horns that were told of it know. */
export interface LeftOver {
  readonly platform: Named;
  readonly class: Message['class'];
  readonly what: string;
  readonly message: Envelope;
  readonly approvals: readonly Envelope[];
  readonly facts: Partial<AdmitFacts>;
  /** How a thief binds it who stays inside its window. */
  readonly bound: Partial<Dispatch>;
  /** With what a horn that it was for refuses it, bound anew by the platform's own dispatcher. */
  readonly code: RefusalCode;
}

interface Ending {
  readonly what: string;
  readonly code: RefusalCode;
  readonly by: 'all' | 'one';
  readonly entry?: Partial<JournalEntry>;
  readonly isStopped?: boolean;
  readonly set?: Partial<Message>;
  readonly bound?: Partial<Dispatch>;
}

const ENDINGS: readonly Ending[] = [
  { what: 'completed', code: 'REJ_COMPLETED', by: 'all', entry: { state: 'completed' } },
  { what: 'stopped on the air', code: 'REJ_STOPPED', by: 'all', entry: { state: 'stopped' }, isStopped: true },
  { what: 'withdrawn after every signature', code: 'REJ_STOPPED', by: 'all', isStopped: true },
  // In an important period one of two signed it: what the policy alone asks of routine is there. The platform's stop is all that stands against it.
  { what: 'withdrawn after the first signature', code: 'REJ_STOPPED', by: 'one', isStopped: true },
  { what: 'sent back after the first signature', code: 'REJ_STOPPED', by: 'one', isStopped: true },
  { what: 'expired', code: 'REJ_EXPIRED', by: 'all', set: { issuedAt: NOW - 3 * HOUR, notBefore: NOW - 3 * HOUR, notAfter: NOW - HOUR }, bound: { issuedAt: NOW - 2 * HOUR, startAt: NOW - 2 * HOUR } },
  { what: 'held or waiting before its window', code: 'REJ_NOT_YET', by: 'all', set: { notBefore: NOW + HOUR, notAfter: NOW + 3 * HOUR } },
];

/** Every way in which a signed message of each platform ends or has not begun, with the signatures that stay in the database. */
export async function leftOversOf(lab: Lab): Promise<readonly LeftOver[]> {
  return Promise.all(NAMED.flatMap((platform) => KINDS.flatMap((kind) => ENDINGS.map(async ({ what, code, by, entry, isStopped, set, bound = {} }): Promise<LeftOver> => {
    const { message, approvals } = await signedBy(lab, platform, kind, by, set);
    const stops = isStopped === true ? [await stopOf(lab, platform, message)] : [];
    const journal = new Map(entry === undefined ? [] : [[digestOf(message), { ...ENTRY, ...entry, stoppedBy: stops[0]?.stopId ?? null }]]);
    const isEnough = by === 'all' || BY_ONE[platform].includes(kind);
    return { platform, class: kind, what: `${kind} of ${platform}, ${what}`, message, approvals, facts: { stops, journal }, bound, code: isEnough ? code : 'REJ_APPROVAL_MISSING' };
  }))));
}

async function signedBy({ world }: Lab, platform: Named, kind: Message['class'], by: 'all' | 'one', set: Partial<Message> = {}): Promise<{ readonly message: Envelope; readonly approvals: readonly Envelope[] }> {
  const message = await world.message(platform, { set: { class: kind, body: bodyOf(world.messagePayload(platform), kind), ...set } });
  const count = by === 'one' || BY_ONE[platform].includes(kind) ? 1 : 2;
  return { message, approvals: await Promise.all(SIGNED_BY.slice(0, count).map((who) => world.approval(platform, message, who))) };
}

/** As the platform's dispatcher places it when something is taken back or sent back. */
async function stopOf(lab: Lab, platform: Named, message: Envelope): Promise<Tombstone> {
  const verified = verifyStop(lab.trustOf('v1'), await lab.world.stop(platform, { set: { scope: { kind: 'messages', messages: [digestOf(message)] } } }));
  if (!verified.ok) throw new Error(`a genuine stop: ${verified.code}`);
  return tombstoneOf(verified.value, NOW);
}

/** Ways to have more of a held message than its persons signed. */
const BEYOND: readonly Partial<Dispatch>[] = [
  { notAfter: NOW + 3 * HOUR }, { notBefore: NOW - HOUR }, { repeats: 3 }, { maxDurationMs: 3 * HOUR }, { startAt: NOW + 3 * HOUR },
  { targets: { areas: [areaOf('d-area'), areaOf('t2-area')], terminals: [], heard: null } },
];

/**
 * What has every signature and was not taken back: held by its author, inside its window. Persons signed it for that
 * window, and holding asks the platform alone, so its dispatcher's key begins it, once and as it was signed; nothing else
 * does, and no message that waits for a signature. What one approver's stolen key adds to another's genuine signature is a quorum.
 */
export async function heldRows(lab: Lab, terminals: readonly PlatformName[], say: (line: string) => void): Promise<readonly TheftRow[]> {
  const rows: TheftRow[] = [];
  for (const platform of NAMED) {
    const own = lab.world.platform(platform).dispatcher.signer;
    const others = [...NAMED.filter((name) => name !== platform).map((name) => lab.world.platform(name).dispatcher.signer), lab.world.platform(platform).log.signer, lab.world.device.signer, lab.world.stranger.signer,
      lab.world.key(platform, 'author').signer, lab.world.key(platform, 'approver-a').signer, lab.world.key(platform, 'stopper').signer, ...lab.world.officers(platform).slice(0, 1)];
    const held = await Promise.all(KINDS.map(async (kind) => ({ kind, ...await signedBy(lab, platform, kind, 'all') })));
    const waiting = await Promise.all(KINDS.filter((kind) => !BY_ONE[platform].includes(kind)).map(async (kind) => ({ kind, ...await signedBy(lab, platform, kind, 'one') })));
    const joined = await Promise.all(waiting.map(async (one) => ({ ...one, approvals: [...one.approvals, await lab.world.approval(platform, one.message, 'approver-a')] })));
    const everything = pairsOf(REACHES[platform], KINDS);
    const of = `of ${platform}`;
    const bound = (messages: typeof held, signers: readonly (typeof own)[], sets: readonly Partial<Dispatch>[] = [{}]) => Promise.all(messages.flatMap(({ kind, message, approvals }) => signers.flatMap((signer) => sets.map(async (set) => (
      { kind, order: { dispatch: await lab.world.dispatch(platform, message, approvals, { by: [signer], set }), message, approvals } })))));
    for (const [stolen, orders, within] of [
      [`the dispatcher ${of}, and a held message, fully approved, inside its window`, await bound(held, [own]), everything],
      [`the dispatcher ${of}, and more of a held message than was signed`, await bound(held, [own], BEYOND), []],
      [`any other one key, and a held message ${of}, fully approved`, await bound(held, others), []],
      [`the dispatcher ${of}, and what one of two has approved and waits`, await bound(waiting, [own]), []],
      [`the dispatcher and an approver ${of}, and what another approved and waits`, await bound(joined, [own]), pairsOf(REACHES[platform], waiting.map(({ kind }) => kind))],
    ] as const) {
      if (orders.length === 0) continue;
      const heard = orders.flatMap(({ kind, order }) => terminals.filter((at) => lab.judge(at, order) === 'play').map((at) => `${at} ${kind}`));
      const soundedAt = [...new Set(heard)].sort();
      const row: TheftRow = { stolen, within: within.join(', ') || 'nowhere', tried: orders.length * terminals.length, sounded: heard.length, soundedAt, asExpected: soundedAt.join() === within.join() };
      rows.push(row);
      say(`  ${row.asExpected ? 'ok  ' : 'FAIL'} ${stolen}: ${row.tried} tried, sounded at ${soundedAt.join(', ') || 'no terminal'} (may: ${row.within})`);
    }
  }
  return rows;
}
