import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { LIMITS } from '#libs/contracts';
import { readLiveBlocks } from '#libs/envelope';
import { detailOf } from '../../apps/cli/src';
import { percentiles, type Percentiles } from '../../apps/scripted-day/src/figures';
import { postApproval } from '../../apps/scripted-day/src/attacks/api';
import { givePermit, isPermitHour } from '../../apps/scripted-day/src/voice/clerk-permit';
import { publishRoster } from '../../apps/scripted-day/src/voice/publish-roster';
import { saidPackets } from '../../apps/scripted-day/src/voice/heard-packets';
import { chirpsTaken } from './latency/ear';
import { chirpsHeard, chirpsSaid } from './latency/horns';
import { MicrophonePage } from './latency/microphone-page';
import { SmallDistrict } from './small-district';

const RUNS = 3;
const SPEAK_MS = 12_000;
const VILLAGE = 'jiaoqiao-01';
const CARDS = 3;
const TOWNSHIP = 'jiaoqiao';
/** Delay of the grant, and how late p95 may be, ms. */
const PROFILES = { default: { delayMs: 800, mostMs: 1_500 }, lan: { delayMs: 400, mostMs: 600 } } as const;
/** Chirps are a second apart: what the page says that it captured so near to when one came to it is that one. */
const SAME_CHIRP_MS = 450;
type Profile = keyof typeof PROFILES;

interface Round {
  /** From when a chirp had come to the page to when it left each card. */
  readonly mouthToHornMs: readonly number[];
  /** Of the same, from when the page says that it was captured. */
  readonly capturedToHornMs: readonly number[];
  readonly chirps: number;
  /** Chirps of the signed voice that a card did not sound. */
  readonly lost: number;
}

/** Mouth to horn: a chirp each second into a browser's microphone on the real page, out of the cards of the village's loudspeakers. */
export async function run({ short = false }: { readonly short?: boolean } = {}) {
  const runs = short ? 1 : RUNS;
  const rounds: Record<Profile, Round[]> = { default: [], lan: [] };
  const district = await SmallDistrict.open();
  let page: MicrophonePage | undefined;
  try {
    const { cli, supervisor } = district.setting;
    page = await MicrophonePage.open(`http://localhost:${supervisor.platform.ports.sign}`);
    await page.signIn(`${VILLAGE}-clerk`, readFileSync(path.join(cli.demoKeysDir, 'passphrase'), 'utf8').trim());
    await enter(district, page);
    for (let turn = 0; turn < runs; turn += 1) {
      for (const profile of ['default', 'lan'] as const) rounds[profile].push(await speak(district, page, profile));
    }
  } finally {
    await page?.close();
    await district.close();
  }
  const measured = { default: rowOf(rounds.default), lan: rowOf(rounds.lan) };
  return {
    target: `mouth to horn p95: <= ${PROFILES.default.mostMs} ms by default, <= ${PROFILES.lan.mostMs} ms with the delay of a local network`,
    measured: { ...measured, notMeasured: 'the fake device\'s own buffer and the browser\'s cleaning of the voice, before the page has it' },
    runs,
    held: isWhole(measured.default) && isWhole(measured.lan) && isWithin(measured.default.mouthToHornMs, 'default') && isWithin(measured.lan.mouthToHornMs, 'lan'),
  };
}

/** Every chirp of the voice was found at the microphone and at every loudspeaker. */
function isWhole({ chirps, heard, lost }: ReturnType<typeof rowOf>): boolean {
  return chirps > 0 && lost === 0 && heard === CARDS * chirps;
}

function isWithin({ p95 }: Percentiles, profile: Profile): boolean {
  return p95 > 0 && p95 <= PROFILES[profile].mostMs;
}

/** The clerk's key of this browser, and a permit, come into the village's roster; at night, when none is good, the key alone. */
async function enter(district: SmallDistrict, page: MicrophonePage): Promise<void> {
  const keys = [await page.makeKey()];
  const scene = { demoKeysDir: district.setting.cli.demoKeysDir, officer: await district.actor('jingkai', 'district-yjj-officer') };
  const clerk = `${VILLAGE}-clerk`;
  if (isPermitHour(district.now() + LIMITS.liveMs)) {
    const signers = [await district.actor(VILLAGE, `${VILLAGE}-head`), await district.actor(TOWNSHIP, `${TOWNSHIP}-approver`)] as const;
    await givePermit({ ...scene, village: VILLAGE, signers, keys });
  } else await publishRoster(scene, VILLAGE, ({ persons }) => ({ persons: persons.map((one) => (one.id === clerk ? { ...one, keys: [...one.keys, ...keys] } : one)) }));
}

async function speak(district: SmallDistrict, page: MicrophonePage, profile: Profile): Promise<Round> {
  const begunAt = district.now();
  const head = await district.actor(VILLAGE, `${VILLAGE}-head`);
  const taken = await page.speak(SPEAK_MS, PROFILES[profile].delayMs, async (message) => {
    await postApproval(head, await detailOf(head.context, message), head.person, head.signer);
  });
  // The last word is still on its way to the loudspeakers.
  await head.context.clock.sleep(PROFILES[profile].delayMs + 500);
  const terminals = Array.from({ length: CARDS }, (_, at) => `t-${VILLAGE}-${at + 1}`);
  const heard = await district.simulator.voices(begunAt, terminals);
  const said = saidPackets(readLiveBlocks(newestRecord(district), LIMITS.liveBlockBytes)?.blocks ?? []);
  const places = chirpsSaid(said);
  const mouth = chirpsTaken(taken);
  const captured = places.map(({ packet, intoMs }) => (said[packet]?.capturedAt ?? Number.NaN) + intoMs);
  const cards = terminals.map((terminal) => chirpsHeard(said, places, heard.get(terminal) ?? []));
  const from = (when: (place: number) => number | undefined): readonly number[] => cards.flatMap((times) => [...times].flatMap(([place, at]) => {
    const since = when(place);
    return since === undefined ? [] : [at - since];
  }));
  return {
    mouthToHornMs: from((place) => mouth.find((at) => Math.abs(at - (captured[place] ?? Number.NaN)) < SAME_CHIRP_MS)),
    capturedToHornMs: from((place) => captured[place]),
    chirps: places.length,
    lost: cards.reduce((sum, times) => sum + places.length - times.size, 0),
  };
}

/** What the platform wrote down of the voice that ended last. */
function newestRecord(district: SmallDistrict): Uint8Array {
  const folder = path.join(district.setting.cli.dataDir, 'live');
  const [newest] = readdirSync(folder).filter((name) => name.endsWith('.clr')).map((name) => path.join(folder, name)).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (newest === undefined) throw new Error('nothing was written down');
  return readFileSync(newest);
}

function rowOf(rounds: readonly Round[]) {
  const all = rounds.flatMap(({ mouthToHornMs }) => mouthToHornMs);
  return {
    mouthToHornMs: percentiles(all), capturedToHornMs: percentiles(rounds.flatMap(({ capturedToHornMs }) => capturedToHornMs)),
    p95OfRunsMs: rounds.map(({ mouthToHornMs }) => percentiles(mouthToHornMs).p95), heard: all.length,
    chirps: rounds.reduce((sum, { chirps }) => sum + chirps, 0), lost: rounds.reduce((sum, { lost }) => sum + lost, 0),
  };
}
