import { pathOf, PROFILE_NAMES, type ProfileName } from '../support/network/profiles';
import { seededRandom } from '../support/seeded-random';
import { Helper } from './live/child';
import { medianRow, pause } from './live/figures';
import type { AgentsSetting, CardVoiceLog } from './sync/agents';
import { BenchDistrict, claimCodeOf } from './sync/district';
import { pairwise, type Sounded, type SyncFigures } from './sync/pairwise';
import { openPaths, type Paths } from './sync/paths';
import type { CounterLog, SnapclientsSetting } from './sync/snapclients';
import { hasSnapcast, Snapserver } from './sync/snapserver';

const RUNS = 3;
const UNITS = 12;
/** Before the measuring, for both: filters warm up. */
const WHOLE = { runs: RUNS, settleMs: 25_000, measureMs: 20_000 };
const SHORT = { runs: 1, settleMs: 3_000, measureMs: 5_000 };
/** Crystals of the agents, ppm; the peer's clients all have the machine's. */
const PPM = 30;
const MOST_MS = { 'half-congested': 10, random: 12 } as const;

type Row = Readonly<Record<ProfileName, SyncFigures>>;

/** Neighbouring horns: how far apart two units sound the same moment of one voice, over emulated paths; `peers` over the same. */
export async function run({ short = false }: { readonly short?: boolean } = {}) {
  const times = short ? SHORT : WHOLE;
  const hasPeer = hasSnapcast();
  const [own, theirs]: [Row[], Row[]] = [[], []];
  for (let turn = 1; turn <= times.runs; turn += 1) {
    own.push(await clarion(turn, times));
    if (hasPeer) theirs.push(await snapcast(turn, times));
  }
  const [measured, peer] = [medians(own), hasPeer ? medians(theirs) : null];
  const within = Object.entries(MOST_MS).every(([profile, most]) => {
    const ours = measured[profile as ProfileName].p99Ms;
    return ours <= most && (peer === null || ours <= peer[profile as ProfileName].p99Ms);
  });
  return {
    target: `neighbours apart, p99: <= ${MOST_MS['half-congested']} ms half congested, <= ${MOST_MS.random} ms random, no more than Snapcast there`,
    measured: { ...measured, unseeable: medianRow(unseeable(times.runs)), units: UNITS, ppm: PPM, runs: own },
    peers: peer === null ? { snapcast: 'not there: apt-get install snapserver snapclient' } : { snapcast: { ...peer, runs: theirs } },
    runs: times.runs, held: within && hasPeer,
  };
}

/** What no exchange of times can see on the drawn ways of `random`: half of how much longer the empty way up is than the way down. */
function unseeable(runs: number): readonly SyncFigures[] {
  return Array.from({ length: runs }, (_, turn) => {
    const random = seededRandom(seedOf(turn + 1, 'random'));
    return pairwise(Array.from({ length: UNITS }, (_unused, unit) => {
      const { up, down } = pathOf('random', unit, random);
      return new Map([[0, (up.baseMs - down.baseMs) / 2]]);
    }));
  });
}

function medians(rows: readonly Row[]): Row {
  return Object.fromEntries(PROFILE_NAMES.map((profile) => [profile, medianRow(rows.map((row) => row[profile]))])) as unknown as Row;
}

/** Twelve units on each profile at the same time, one voice for all. */
async function clarion(seed: number, { settleMs, measureMs }: typeof WHOLE): Promise<Row> {
  const names = PROFILE_NAMES.flatMap((profile) => Array.from({ length: UNITS }, (_, index) => `${profile}-${index + 1}`));
  const district = await BenchDistrict.open(names);
  const ways = await allPaths(district.port, seed);
  const agents = Helper.start('../sync/agents.js', {
    ca: district.ca, root: district.world.expected.rootEnvelope, shiftMs: district.shiftMs,
    units: ways.flatMap(({ ports }, profile) => ports.map((port, index) => ({
      claimCode: claimCodeOf(names[profile * UNITS + index] ?? ''), gatewayUrl: `wss://127.0.0.1:${port}`, ppm: PPM * ((2 * index) / (UNITS - 1) - 1),
    }))),
  } satisfies AgentsSetting);
  try {
    await agents.ask('boot');
    while (await agents.ask<number>('ready') < names.length) await pause(200);
    await pause(settleMs);
    await district.speak(measureMs);
    const logs = await agents.ask<readonly CardVoiceLog[]>('logs');
    return rowOf(logs.map(({ packets }) => new Map(packets)));
  } finally {
    await agents.stop();
    await Promise.all(ways.map((way) => way.close()));
    await district.close();
  }
}

async function snapcast(seed: number, { settleMs, measureMs }: typeof WHOLE): Promise<Row> {
  const server = await Snapserver.start();
  const ways = await allPaths(server.port, seed);
  const clients = Helper.start('../sync/snapclients.js', { ports: ways.flatMap(({ ports }) => ports) } satisfies SnapclientsSetting);
  try {
    await pause(settleMs);
    await clients.ask('forget');
    await pause(measureMs);
    return rowOf((await clients.ask<readonly CounterLog[]>('logs')).map((log) => new Map(log)));
  } finally {
    await clients.ask('stop');
    await clients.stop();
    await Promise.all(ways.map((way) => way.close()));
    await server.stop();
  }
}

function allPaths(port: number, seed: number): Promise<readonly Paths[]> {
  return PROFILE_NAMES.reduce<Promise<readonly Paths[]>>(async (before, profile) => [...await before, await openPaths(profile, UNITS, port, seedOf(seed, profile))], Promise.resolve([]));
}

function seedOf(turn: number, profile: ProfileName): number {
  return turn * 10 + PROFILE_NAMES.indexOf(profile);
}

function rowOf(units: readonly Sounded[]): Row {
  return Object.fromEntries(PROFILE_NAMES.map((profile, index) => [profile, pairwise(units.slice(index * UNITS, (index + 1) * UNITS))])) as unknown as Row;
}
