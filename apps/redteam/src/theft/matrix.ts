import type { Envelope } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import { applyDocument, type TrustState } from '#libs/trust';
import { areaOf, digestOf, makeKey, NOW, PLATFORMS, type PlatformName } from '../../../../tests/support/trust-builder';
import type { Lab } from '../lab';

/** What a thief holds, and where that alone may make a terminal speak. */
export interface Theft {
  readonly stolen: string;
  readonly keys: readonly { readonly of: string; readonly signer: Signer }[];
  /** Villages whose terminals may sound, with the reason; empty: nowhere. */
  readonly within: readonly PlatformName[];
}

export interface TheftRow {
  readonly stolen: string;
  /** Where it may sound: platforms, or `nowhere`. */
  readonly within: string;
  readonly tried: number;
  /** Orders that a terminal would have played. */
  readonly sounded: number;
  /** Where they would have been played. */
  readonly soundedAt: readonly string[];
  readonly asExpected: boolean;
}

/** A terminal in a village, in another one of the same township, and in another township. */
const TERMINALS: readonly PlatformName[] = ['v1', 'v2', 'v3'];
const NO_APPROVALS: readonly Envelope[] = [];
const CLASSES = ['emergency', 'advisory', 'notice', 'governance', 'daily'] as const;
/** With more keys than this the combinations are thinned: persons matter then, not classes. */
const FEW = 4;
const SOME_CLASSES = ['emergency', 'notice'] as const;

/** What the database holds: messages that their authors signed and that wait for approval, and those that were sounded. */
interface Hoard {
  readonly pending: readonly { readonly platform: PlatformName; readonly message: Envelope }[];
  readonly sent: readonly { readonly platform: PlatformName; readonly message: Envelope; readonly approvals: readonly Envelope[] }[];
}

/** Everything that a thief with exactly these keys, the whole database and every wire can put together, at three terminals. */
export async function theftRows(lab: Lab, say: (line: string) => void): Promise<readonly TheftRow[]> {
  const hoard = await hoardOf(lab);
  const rows: TheftRow[] = [];
  for (const theft of await theftsOf(lab)) {
    const row = await tryTheft(lab, hoard, theft);
    rows.push(row);
    say(`  ${row.asExpected ? 'ok  ' : 'FAIL'} ${row.stolen}: ${row.tried} tried, sounded at ${row.soundedAt.join(' ') || 'no terminal'} (may: ${row.within})`);
  }
  return rows;
}

async function hoardOf({ world, recorded }: Lab): Promise<Hoard> {
  const pending = (await Promise.all(PLATFORMS.map(async (platform) => {
    const { segments } = world.messagePayload(platform).body;
    const notice = { class: 'notice', body: { segments: segments.map((segment, index) => (index === 0 ? { ...segment, role: 'chime' as const } : segment)) } } as const;
    return [{ platform, message: await world.message(platform) }, { platform, message: await world.message(platform, { set: notice }) }];
  }))).flat();
  return { pending, sent: recorded.map(({ platform, message, approvals }) => ({ platform, message, approvals })) };
}

async function theftsOf({ world }: Lab): Promise<readonly Theft[]> {
  const person = (platform: PlatformName, who: string) => ({ of: `${platform} ${who}`, signer: world.key(platform, who).signer });
  const dispatcher = (platform: PlatformName) => ({ of: `${platform} dispatcher`, signer: world.platform(platform).dispatcher.signer });
  const log = (platform: PlatformName) => ({ of: `${platform} log`, signer: world.platform(platform).log.signer });
  const officer = (platform: PlatformName, n: number) => ({ of: `${platform} officer ${n + 1}`, signer: at(world.officers(platform), n) });
  const root = (n: number) => ({ of: `root ${n + 1}`, signer: at(world.rootKeys, n).signer });
  const alone = [
    { of: 'a terminal', signer: world.device.signer }, { of: 'a thief', signer: (await makeKey()).signer }, root(0), root(1), root(2),
    ...(['d', 't1', 'v1'] as const).flatMap((platform) => [
      dispatcher(platform), log(platform), officer(platform, 0), officer(platform, 1),
      ...['author', 'approver-a', 'approver-b', 'approver-c', 'stopper', 'auditor'].map((who) => person(platform, who)),
    ]),
  ];
  const all = (platform: PlatformName) => [...['author', 'approver-a', 'approver-b', 'approver-c', 'stopper', 'auditor'].map((who) => person(platform, who)), dispatcher(platform), log(platform)];
  const named = (stolen: string, keys: Theft['keys'], within: Theft['within'] = []): Theft => ({ stolen, keys, within });
  return [
    ...alone.map((key) => named(key.of, [key])),
    named('d author, d dispatcher', [person('d', 'author'), dispatcher('d')]),
    named('d author, d approver-a', [person('d', 'author'), person('d', 'approver-a')]),
    named('d approver-a, d approver-b', [person('d', 'approver-a'), person('d', 'approver-b')]),
    named('d officer 1, d log', [officer('d', 0), log('d')]),
    named('t1 author, t1 dispatcher', [person('t1', 'author'), dispatcher('t1')]),
    named('v1 author, v1 dispatcher', [person('v1', 'author'), dispatcher('v1')]),
    named('v1 author, v1 approver-a', [person('v1', 'author'), person('v1', 'approver-a')]),
    named('d dispatcher, t1 dispatcher, v1 dispatcher', [dispatcher('d'), dispatcher('t1'), dispatcher('v1')]),
    named('a terminal, v1 dispatcher', [{ of: 'a terminal', signer: world.device.signer }, dispatcher('v1')]),
    named('root 1, d officer 1', [root(0), officer('d', 0)]),
    // What one approver may release alone is written into the policy: a village's own, and a notice of any tier. The author's word waits in the database.
    named('v1 approver-a, v1 dispatcher', [person('v1', 'approver-a'), dispatcher('v1')], ['v1']),
    named('all keys of v1 but its officers\'', all('v1'), ['v1']),
    named('all keys of v1 and one officer', [...all('v1'), officer('v1', 0)], ['v1']),
    // The policy of this district lets one approver release a notice, of the district too.
    named('d approver-a, d dispatcher', [person('d', 'approver-a'), dispatcher('d')], TERMINALS),
    named('t1 approver-a, t1 dispatcher', [person('t1', 'approver-a'), dispatcher('t1')], ['v1', 'v2']),
    named('d approver-a, v1 dispatcher', [person('d', 'approver-a'), dispatcher('v1')]),
    named('v1 approver-a, d dispatcher', [person('v1', 'approver-a'), dispatcher('d')]),
    named('t1 officer 1, v1 dispatcher', [officer('t1', 0), dispatcher('v1')]),
    // Two officers make a platform's roster, two root keys everything: that is their office, and why there are two.
    named('d officer 1, d officer 2', [officer('d', 0), officer('d', 1)], TERMINALS),
    named('t1 officer 1, t1 officer 2', [officer('t1', 0), officer('t1', 1)], ['v1', 'v2']),
    named('root 1, root 2', [root(0), root(1)], TERMINALS),
    named('d approver-a, d approver-b, d dispatcher', [person('d', 'approver-a'), person('d', 'approver-b'), dispatcher('d')], TERMINALS),
    named('all keys of t1 but its officers\'', all('t1'), ['v1', 'v2']),
    named('all keys of d but its officers\'', all('d'), TERMINALS),
  ];
}

async function tryTheft(lab: Lab, hoard: Hoard, theft: Theft): Promise<TheftRow> {
  const soundedAt = new Set<PlatformName>();
  let [tried, sounded] = [0, 0];
  const judge = (order: unknown, trusts?: ReadonlyMap<PlatformName, TrustState>): void => {
    for (const at of TERMINALS) {
      tried += 1;
      const trust = trusts?.get(at);
      if (lab.judge(at, order, trust === undefined ? {} : { trust }) !== 'play') continue;
      sounded += 1;
      soundedAt.add(at);
    }
  };
  for (const order of await ordersOf(lab, hoard, theft)) judge(order);
  const planted = await plantDocuments(lab, hoard, theft);
  tried += planted.tried;
  for (const order of planted.orders) judge(order, planted.trusts);
  const within = theft.within.length === 0 ? 'nowhere' : theft.within.join(' ');
  const expected = [...soundedAt].sort().join(' ') === [...theft.within].sort().join(' ');
  return { stolen: theft.stolen, within, tried, sounded, soundedAt: [...soundedAt].sort(), asExpected: expected };
}

/** Messages by the stolen keys or out of the database, approvals by all of them and by each alone, dispatches by each. */
async function ordersOf(lab: Lab, hoard: Hoard, { keys }: Theft): Promise<readonly unknown[]> {
  const { world } = lab;
  const orders: unknown[] = [];
  for (const platform of PLATFORMS.slice(0, 4)) {
    const targets = { areas: [areaOf(`${platform}-area`)], terminals: [] };
    const wide = { areas: [areaOf('d-area')], terminals: [] };
    const messages = [
      ...hoard.pending.filter((one) => one.platform === platform).map(({ message }) => ({ message, approvals: NO_APPROVALS })),
      ...hoard.sent.filter((one) => one.platform === platform).slice(0, 2),
    ];
    for (const { signer } of keys) {
      for (const kind of keys.length > FEW ? SOME_CLASSES : CLASSES) {
        const body = { segments: world.messagePayload(platform).body.segments.map((segment, index) => (index === 0 ? { ...segment, role: kind === 'emergency' ? 'siren' as const : 'chime' as const } : segment)) };
        for (const aim of platform === 'd' ? [targets] : [targets, wide]) {
          messages.push({ message: await world.message(platform, { by: [signer], set: { class: kind, body, targets: aim, author: personFor(lab, platform, signer) } }), approvals: [] });
        }
      }
    }
    for (const { message, approvals } of messages) {
      // A dispatch of something that sounded is a replay, which the journal refuses; here only who may say it is asked.
      if (approvals.length > 0 && !keys.some(({ signer }) => signer.key.keyId !== world.platform(platform).dispatcher.record.keyId)) continue;
      const own = await Promise.all(keys.map(({ signer }) => world.approval(platform, message, 'approver-a', { by: [signer], set: { person: personFor(lab, platform, signer) } })));
      const grants = [approvals.slice(0, -1), ...own.map((one) => [one]), own.slice(0, 8), own.filter((_, index) => isApprover(lab, platform, at(keys, index).signer)).slice(0, 2)];
      for (const granted of unique(grants)) for (const { signer } of keys.filter((key) => keys.length <= FEW || key.of.endsWith('dispatcher'))) orders.push({ dispatch: await world.dispatch(platform, message, granted, { by: [signer] }), message, approvals: granted });
    }
  }
  return orders;
}

/** Documents that would make the thief everything, signed with what was stolen; whatever is taken is tried with orders under it. */
async function plantDocuments(lab: Lab, hoard: Hoard, { keys }: Theft): Promise<{ readonly tried: number; readonly trusts: ReadonlyMap<PlatformName, TrustState>; readonly orders: readonly unknown[] }> {
  const { world } = lab;
  const [rootOne, rootTwo, officerOne, officerTwo, approver, dispatcher] = [await makeKey(), await makeKey(), await makeKey(), await makeKey(), await makeKey(), await makeKey()];
  const by = [...keys.map(({ signer }) => signer), ...[rootOne, rootTwo, officerOne, officerTwo].map(({ signer }) => signer)];
  const root = await world.root({ by, set: { version: 2, keys: [rootOne.record, rootTwo.record], threshold: 2, issuedAt: NOW } });
  const isRoot = applyDocument(lab.trustOf('v1'), root, NOW).ok;
  const officers = (platform: PlatformName) => [officerOne, officerTwo].map(({ record }, index) => ({ ...at(world.charterPayload(platform).officers, index), key: record }));
  const charter = (platform: PlatformName) => world.charter(platform, { by, set: { version: 2, issuedAt: NOW, officers: officers(platform) } });
  const roster = (platform: PlatformName, isOwn: boolean) => world.roster(platform, { by, set: {
    version: 2, issuedAt: NOW,
    ...(isOwn ? { dispatcher: dispatcher.record, persons: world.rosterPayload(platform).persons.map((person) => (person.id === world.personId(platform, 'approver-a') ? { ...person, keys: [approver.record] } : person)) } : {}),
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
    const orders: unknown[] = [];
    for (const { message } of hoard.pending.filter((one) => one.platform === platform)) {
      const approvals = [await world.approval(platform, message, 'approver-a', { by: [approver.signer] })];
      orders.push({ dispatch: await world.dispatch(platform, message, approvals, { by: [dispatcher.signer] }), message, approvals });
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
