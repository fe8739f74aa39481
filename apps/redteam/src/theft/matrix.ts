import type { TrustState } from '#libs/trust';
import { makeKey, type PlatformName } from '../../../../tests/support/trust-builder';
import type { Lab } from '../lab';
import { mayDo, REACHES, type Held } from './may';
import { heldRows } from './left-over';
import { hoardOf, ordersOf, plantDocuments, TERMINALS, type Hoard, type Made } from './orders';

/** What a thief holds. What that may make sound is `mayDo` of the names of the keys. */
export interface Theft {
  readonly stolen: string;
  readonly keys: readonly Held[];
}

export interface TheftRow {
  readonly stolen: string;
  /** What it may make sound, `<terminal> <class>`, or `nowhere`. */
  readonly within: string;
  readonly tried: number;
  /** Orders that a terminal would have played. */
  readonly sounded: number;
  /** What would have been played where, as in `within`. */
  readonly soundedAt: readonly string[];
  /** What a horn refused with another code than it should, where that is certain. */
  readonly wrongCode?: readonly string[];
  readonly asExpected: boolean;
}

const PEOPLE = ['author', 'approver-a', 'approver-b', 'approver-c', 'stopper', 'auditor'] as const;
const NAMES = ['d', 't1', 'v1'] as const;
/** Alike to another of the same kind: they stand in the rows of single keys only. */
const TWINS = /approver-c$|officer 3$|^root 3$/;

/** Pairs of the two who must never be enough without each other, tried in every run; so are those that may make something sound. */
const ALWAYS = ['d author, d dispatcher', 'd author, d approver-a', 'd dispatcher, t1 dispatcher', 'd dispatcher, v1 approver-a', 'd approver-a, v1 dispatcher', 'd approver-a, d approver-b', 'a terminal, v1 dispatcher', 't1 officer 1, v1 dispatcher', 'root 1, d officer 1'];

/** How much of the other pairs is tried: every `every`-th of them, beginning with the `from`-th. */
export interface PairsTried {
  readonly every: number;
  readonly from: number;
}

/** Everything that a thief with exactly these keys, the whole database and every wire can put together, at three terminals. */
export async function theftRows(lab: Lab, say: (line: string) => void, pairs: PairsTried): Promise<readonly TheftRow[]> {
  const hoard = await hoardOf(lab);
  const rows: TheftRow[] = [];
  for (const theft of [...await chosenOf(lab), ...(await pairsOfKeys(lab)).filter((pair, nth) => isAlways(pair) || nth % pairs.every === pairs.from % pairs.every)]) {
    const row = await tryTheft(lab, hoard, theft);
    rows.push(row);
    const where = row.soundedAt.length === 0 ? '' : `: sounded ${row.soundedAt.join(', ')}`;
    say(`  ${row.asExpected ? 'ok  ' : 'FAIL'} ${row.stolen}: ${row.tried} tried${where}${row.asExpected ? '' : ` (may: ${row.within})${(row.wrongCode ?? []).map((one) => `; ${one}`).join('')}`}`);
  }
  return [...rows, ...await heldRows(lab, TERMINALS, say)];
}

async function singleKeys({ world }: Lab): Promise<readonly Held[]> {
  const officers = NAMES.filter((platform) => platform !== 'v1').flatMap((platform) => world.officers(platform).map((signer, nth) => ({ of: `${platform} officer ${nth + 1}`, signer })));
  return [
    { of: 'a terminal', signer: world.device.signer }, { of: 'a thief', signer: (await makeKey()).signer }, ...world.rootKeys.map(({ signer }, nth) => ({ of: `root ${nth + 1}`, signer })), ...officers,
    ...NAMES.flatMap((platform) => [
      { of: `${platform} dispatcher`, signer: world.platform(platform).dispatcher.signer }, { of: `${platform} log`, signer: world.platform(platform).log.signer },
      ...PEOPLE.map((who) => ({ of: `${platform} ${who}`, signer: world.key(platform, who).signer })),
    ]),
  ];
}

/** Each key alone, what is more than two, and everything that one place holds. */
async function chosenOf(lab: Lab): Promise<readonly Theft[]> {
  const alone = await singleKeys(lab);
  const keys = (...names: readonly string[]): readonly Held[] => names.map((name) => found(alone, name));
  const all = (platform: PlatformName): readonly Held[] => alone.filter(({ of }) => of.startsWith(`${platform} `) && !of.includes('officer'));
  const some = (...names: readonly string[]): Theft => ({ stolen: names.join(', '), keys: keys(...names) });
  return [
    ...alone.map((key): Theft => ({ stolen: key.of, keys: [key] })),
    some('d dispatcher', 't1 dispatcher', 'v1 dispatcher'), some('d author', 'd approver-a', 'd stopper'), some('d approver-a', 'd approver-b', 'd approver-c'),
    some('d approver-a', 'd approver-b', 'd dispatcher'), some('t1 approver-a', 't1 approver-b', 't1 dispatcher'), some('d author', 'd approver-a', 'd dispatcher'),
    some('d approver-a', 't1 approver-a', 'd dispatcher'), some('root 1', 'd officer 1', 't1 officer 1'),
    ...NAMES.map((platform): Theft => ({ stolen: `all keys of ${platform} but its officers'`, keys: all(platform) })),
    { stolen: 'all keys of v1 and one officer', keys: [...all('v1'), ...keys('t1 officer 1')] },
    { stolen: 'all keys of t1, its officers\' too', keys: alone.filter(({ of }) => of.startsWith('t1 ')) },
  ];
}

/** Any two keys of different owners or roles. */
async function pairsOfKeys(lab: Lab): Promise<readonly Theft[]> {
  const keys = (await singleKeys(lab)).filter(({ of }) => !TWINS.test(of));
  return keys.flatMap((one, nth) => keys.slice(nth + 1).map((other): Theft => ({ stolen: `${one.of}, ${other.of}`, keys: [one, other] })));
}

function isAlways({ keys }: Theft): boolean {
  const names = keys.map(({ of }) => of);
  return ALWAYS.some((pair) => pair.split(', ').every((name) => names.includes(name))) || mayDo(names).length > 0;
}

async function tryTheft(lab: Lab, hoard: Hoard, { stolen, keys }: Theft): Promise<TheftRow> {
  const heard = new Set<string>();
  const wrongCode: string[] = [];
  let [tried, sounded] = [0, 0];
  const judge = ({ class: kind, order, past, isGenuine }: Made, trusts?: ReadonlyMap<PlatformName, TrustState>): void => {
    for (const at of TERMINALS) {
      tried += 1;
      const trust = trusts?.get(at);
      const said = lab.judge(at, order, { ...past?.facts, ...(trust === undefined ? {} : { trust }) });
      if (past !== undefined && isGenuine === true && mayHear(past.platform, at) && said !== past.code) wrongCode.push(`${past.what} at ${at}: ${said} instead of ${past.code}`);
      if (said !== 'play') continue;
      sounded += 1;
      heard.add(`${at} ${kind}`);
    }
  };
  for (const made of await ordersOf(lab, hoard, keys)) judge(made);
  const planted = await plantDocuments(lab, hoard, keys);
  tried += planted.tried;
  for (const made of planted.orders) judge(made, planted.trusts);
  const [may, soundedAt] = [mayDo(keys.map(({ of }) => of)), [...heard].sort()];
  return { stolen, within: may.join(', ') || 'nowhere', tried, sounded, soundedAt, ...(wrongCode.length === 0 ? {} : { wrongCode }), asExpected: soundedAt.join() === may.join() && wrongCode.length === 0 };
}

function mayHear(platform: keyof typeof REACHES, at: PlatformName): boolean {
  return REACHES[platform].some((name) => name === at);
}

function found(keys: readonly Held[], name: string): Held {
  const key = keys.find(({ of }) => of === name);
  if (key === undefined) throw new RangeError(`nobody holds ${name}`);
  return key;
}
