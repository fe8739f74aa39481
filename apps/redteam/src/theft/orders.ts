import type { Message } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import { applyDocument, type TrustState } from '#libs/trust';
import { areaOf, digestOf, makeKey, NOW, PLATFORMS, type PlatformName } from '../../../../tests/support/trust-builder';
import type { Lab } from '../lab';
import { bodyOf } from './body';
import { leftOversOf, type LeftOver } from './left-over';
import { CLASSES, ORIGINATES, type Held } from './may';

/** A terminal in a village, in another one of the same township, and in another township. */
export const TERMINALS: readonly PlatformName[] = ['v1', 'v2', 'v3'];
const NO_APPROVALS: readonly Envelope[] = [];
/** With more keys than this only dispatchers bind. What somebody writes himself is tried in every class for a single key, else in two. */
const FEW = 4;
const SOME_CLASSES = ['emergency', 'notice'] as const;

type Class = Message['class'];

/** An order that a thief put together, and what it would be heard as. */
export interface Made {
  readonly class: Class;
  readonly order: unknown;
  /** Of what is over: what the horns know of it. */
  readonly past?: LeftOver;
  /** By its own dispatcher alone, with all its genuine signatures and no other: then the code is certain. */
  readonly isGenuine?: boolean;
}

/** What the database holds: messages of every class that their authors signed and that wait for approval, those that were sounded, and those that ended or have not begun, with every signature given. */
export interface Hoard {
  readonly pending: readonly { readonly platform: PlatformName; readonly class: Class; readonly message: Envelope }[];
  readonly sent: readonly { readonly platform: PlatformName; readonly class: Class; readonly message: Envelope; readonly approvals: readonly Envelope[] }[];
  readonly leftOver: readonly LeftOver[];
}

export async function hoardOf(lab: Lab): Promise<Hoard> {
  const { world, recorded } = lab;
  const pending = await Promise.all(PLATFORMS.flatMap((platform) => ORIGINATES[platform].map(async (kind) => {
    return { platform, class: kind, message: await world.message(platform, { set: { class: kind, body: bodyOf(world.messagePayload(platform), kind) } }) };
  })));
  return { pending, sent: recorded.map(({ platform, said, message, approvals }) => ({ platform, class: said.class, message, approvals })), leftOver: await leftOversOf(lab) };
}

/** Messages by the stolen keys or out of the database, approvals by all of them and by each alone, dispatches by each. */
export async function ordersOf(lab: Lab, hoard: Hoard, keys: readonly Held[]): Promise<readonly Made[]> {
  const { world } = lab;
  const orders: Made[] = [];
  for (const platform of PLATFORMS.slice(0, 4)) {
    const targets = { areas: [areaOf(`${platform}-area`)], terminals: [] };
    const wide = { areas: [areaOf('d-area')], terminals: [] };
    const messages = [
      ...hoard.pending.filter((one) => one.platform === platform).map((one) => ({ ...one, approvals: NO_APPROVALS })),
      ...hoard.sent.filter((one) => one.platform === platform).slice(0, 2),
    ];
    for (const { signer } of keys) {
      for (const kind of keys.length === 1 ? CLASSES : SOME_CLASSES) {
        const body = bodyOf(world.messagePayload(platform), kind);
        for (const aim of platform === 'd' ? [targets] : [targets, wide]) {
          messages.push({ platform, class: kind, message: await world.message(platform, { by: [signer], set: { class: kind, body, targets: aim, author: personFor(lab, platform, signer) } }), approvals: [] });
        }
      }
    }
    for (const { class: kind, message, approvals } of messages) {
      // Here only who may say it is asked; all its signatures under a stolen dispatcher's are tried with what the horns know of it (`revivals`).
      if (approvals.length > 0 && !keys.some(({ signer }) => signer.key.keyId !== world.platform(platform).dispatcher.record.keyId)) continue;
      const own = await Promise.all(keys.map(({ signer }) => world.approval(platform, message, 'approver-a', { by: [signer], set: { person: personFor(lab, platform, signer) } })));
      const grants = [approvals.slice(0, -1), ...own.map((one) => [one]), own.slice(0, 8), own.filter((_, index) => isApprover(lab, platform, at(keys, index).signer)).slice(0, 2)];
      for (const granted of unique(grants)) for (const { signer } of keys.filter((key) => keys.length <= FEW || key.of.endsWith('dispatcher'))) orders.push({ class: kind, order: { dispatch: await world.dispatch(platform, message, granted, { by: [signer] }), message, approvals: granted } });
    }
  }
  return [...orders, ...await revivals(lab, hoard, keys)];
}

/** What is over, bound anew by its own dispatcher's key: with all its signatures, one fewer, and those of stolen approvers beside them. */
async function revivals(lab: Lab, { leftOver }: Hoard, keys: readonly Held[]): Promise<readonly Made[]> {
  const { world } = lab;
  const orders: Made[] = [];
  for (const past of leftOver) {
    const { platform, message, approvals, bound } = past;
    const dispatcher = keys.find(({ signer }) => signer.key.keyId === world.platform(platform).dispatcher.record.keyId)?.signer;
    if (dispatcher === undefined) continue;
    const own = await Promise.all(keys.filter(({ signer }) => isApprover(lab, platform, signer)).slice(0, 2).map(({ signer }) => world.approval(platform, message, 'approver-a', { by: [signer], set: { person: personFor(lab, platform, signer) } })));
    for (const granted of unique([approvals, approvals.slice(0, -1), [...approvals, ...own], [...approvals.slice(0, -1), ...own], own])) {
      orders.push({ class: past.class, past, isGenuine: granted.length === approvals.length && granted.every((one) => approvals.includes(one)), order: { dispatch: await world.dispatch(platform, message, granted, { by: [dispatcher], set: bound }), message, approvals: granted } });
    }
  }
  return orders;
}

/** Documents that would make the thief everything, two approvers among it, signed with what was stolen; whatever is taken is tried with orders under it. */
export async function plantDocuments(lab: Lab, hoard: Hoard, keys: readonly Held[]): Promise<{ readonly tried: number; readonly trusts: ReadonlyMap<PlatformName, TrustState>; readonly orders: readonly Made[] }> {
  const { world } = lab;
  const [rootOne, rootTwo, officerOne, officerTwo, dispatcher] = [await makeKey(), await makeKey(), await makeKey(), await makeKey(), await makeKey()];
  const approvers = new Map([['approver-a', await makeKey()], ['approver-b', await makeKey()]]);
  const by = [...keys.map(({ signer }) => signer), ...[rootOne, rootTwo, officerOne, officerTwo].map(({ signer }) => signer)];
  const root = await world.root({ by, set: { version: 2, keys: [rootOne.record, rootTwo.record], threshold: 2, issuedAt: NOW } });
  const isRoot = applyDocument(lab.trustOf('v1'), root, NOW).ok;
  const officers = (platform: PlatformName) => [officerOne, officerTwo].map(({ record }, index) => ({ ...at(world.charterPayload(platform).officers, index), key: record }));
  const charter = (platform: PlatformName) => world.charter(platform, { by, set: { version: 2, issuedAt: NOW, officers: officers(platform) } });
  const roster = (platform: PlatformName, isOwn: boolean) => world.roster(platform, { by, set: {
    version: 2, issuedAt: NOW,
    ...(isOwn ? { dispatcher: dispatcher.record, persons: world.rosterPayload(platform).persons.map((person) => {
      const own = [...approvers].find(([who]) => person.id === world.personId(platform, who));
      return own === undefined ? person : { ...person, keys: [own[1].record] };
    }) } : {}),
  } });
  let tried = 0;
  for (const platform of ['d', 't1', 'v1'] as const) {
    // Whoever takes the root signs the whole district anew; whoever takes less, one platform.
    const documents = [root, await charter(platform), await roster(platform, true)];
    if (isRoot) for (const below of PLATFORMS.slice(1)) documents.push(await charter(below), await roster(below, false));
    tried += documents.length * TERMINALS.length;
    const trusts = new Map(TERMINALS.map((terminal) => [terminal, documents.reduce((trust, document) => {
      const next = applyDocument(trust, document, NOW);
      return next.ok ? next.value : trust;
    }, lab.trustOf(terminal))]));
    if (!TERMINALS.some((terminal) => trusts.get(terminal) !== lab.trustOf(terminal))) continue;
    const orders: Made[] = [];
    for (const { class: kind, message } of hoard.pending.filter((one) => one.platform === platform)) {
      const approvals = await Promise.all([...approvers].map(([who, { signer }]) => world.approval(platform, message, who, { by: [signer] })));
      orders.push({ class: kind, order: { dispatch: await world.dispatch(platform, message, approvals, { by: [dispatcher.signer] }), message, approvals } });
    }
    return { tried, trusts, orders };
  }
  return { tried, trusts: new Map(), orders: [] };
}

/** In whose name a key signs: its own person's where it has one here, else an author's. */
function personFor({ world }: Lab, platform: PlatformName, signer: Signer) {
  const own = [...world.platform(platform).people].find(([, key]) => key.record.keyId === signer.key.keyId);
  return world.personId(platform, own?.[0] ?? 'approver-a');
}

function isApprover(lab: Lab, platform: PlatformName, signer: Signer): boolean {
  return [...lab.world.platform(platform).people].some(([who, key]) => who.startsWith('approver') && key.record.keyId === signer.key.keyId);
}

function unique(grants: readonly (readonly Envelope[])[]): readonly (readonly Envelope[])[] {
  return [...new Map(grants.map((grant) => [grant.map(digestOf).sort().join(' '), grant])).values()];
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`there is no ${index + 1}th`);
  return found;
}
