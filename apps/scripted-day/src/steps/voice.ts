import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fleetSchema } from '#libs/contracts';
import { createEspeakEngine, lexiconOf, speak } from '#libs/speech';
import { systemClock } from '../../../cli/src';
import { percentiles, type CardStart, type Percentiles } from '../figures';
import type { Stage } from '../stage';
import { until } from '../until';
import { givePermit, isPermitHour } from '../voice/clerk-permit';
import { heardAt, packetsDigest, saidPackets, spreadMs } from '../voice/heard-packets';
import { sayLive, type SaidLive, type Speech } from '../voice/say-live';
import { deliveriesOf, isFinal } from './publish';

/** From mouth to loudspeaker, as behind mobile telephony. */
const DELAY_MS = 800;
/** So many cards' packets are asked for at once. */
const AT_ONCE = 100;
const ONLINE_WITHIN_MS = 60_000;
const PROVED_WITHIN_MS = 20_000;
/** Of the last word: the grant's delay, and what the end takes. */
const SILENT_WITHIN_MS = DELAY_MS + 1_000;

export interface VoiceFigures {
  /** From when a sample was captured at the source to when it left each card, the grant's delay included. */
  readonly voiceToHornMs: Percentiles;
  /** Horns of one village: how far apart the first and the last of them sounded the same packet. */
  readonly voiceSpreadMs: Percentiles;
  /** From END at the source to the end at each card. */
  readonly voiceEndToSilenceMs: Percentiles;
  /** Cards that sounded every packet, in order. */
  readonly voiceWhole: string;
}

/**
 * Step 15, when everybody is back: a village's clerk speaks to his own village, by day under a permit, at night with the
 * head's signature; then somebody of the district to every loudspeaker, under a grant that two approved.
 */
export async function voices(stage: Stage): Promise<VoiceFigures> {
  const { cast } = stage;
  // Those who were held offline are on their way back.
  await until(ONLINE_WITHIN_MS, async () => {
    const { online, terminals } = await stage.simulator.status();
    return online === terminals ? true : undefined;
  });
  const officer = await stage.actor(cast.district, cast.officer);
  const clerk = await stage.actor(cast.voiceVillage, `${cast.voiceVillage}-clerk`);
  const head = await stage.actor(cast.voiceVillage, `${cast.voiceVillage}-head`);
  const township = cast.voiceVillage.replace(/-[0-9]+$/, '');
  const isDay = isPermitHour(systemClock.now());
  const signers = [head, await stage.actor(township, `${township}-approver`)] as const;
  const under: Speech['under'] = isDay
    ? { permit: await givePermit({ village: cast.voiceVillage, signers, demoKeysDir: stage.config.demoKeysDir, officer }) }
    : { approvers: [head] };
  const own = await sayLive(clerk, {
    class: 'governance', severity: 'none', eventType: 'village-affairs', title: '书记喊话', text: '现场喊话。', areas: [cast.voiceVillage], windowMs: 120_000, delayMs: DELAY_MS, opening: false,
    file: await recorded(stage, 'clerk', stage.pace.texts.clerk), under,
  });
  await heard(stage, own, isDay ? 'voice: a clerk under a permit' : 'voice: a clerk, at night with the head\'s signature');
  const warner = await stage.actor(cast.district, cast.bulletinAuthor);
  const wide = await sayLive(warner, {
    class: 'advisory', severity: 'yellow', eventType: '10203', title: '全区喊话', text: '现场喊话。', areas: cast.wholeDistrict, windowMs: 120_000, delayMs: DELAY_MS, opening: true,
    file: await recorded(stage, 'district', stage.pace.texts.wide), under: { approvers: [await stage.actor(cast.district, cast.bulletinApprovers[0]), await stage.actor(cast.district, cast.bulletinApprovers[1])] },
  });
  return heard(stage, wide, 'voice: the district to everybody');
}

/** Everything that is asserted of a voice: by whom it was heard, what of it, when, and that it ended. */
async function heard(stage: Stage, { published, said, blocks, endedAt, refused }: SaidLive, name: string): Promise<VoiceFigures> {
  const { checks } = stage;
  const rows = await until(PROVED_WITHIN_MS, async () => {
    const all = await deliveriesOf(published);
    return all.length > 0 && all.every(isFinal) ? all : undefined;
  }, 250) ?? await deliveriesOf(published);
  const targets: readonly string[] = rows.map(({ terminal }) => terminal);
  stage.remember(published, targets);
  const cards = (await stage.cards()).filter(({ messageDigest }) => messageDigest === published.digest);
  const packets = saidPackets(blocks);
  const whole = cards.filter(({ digest, packets: count }) => digest === packetsDigest(packets) && count === packets.length);
  const proved = rows.filter(({ state, audibleAt }) => state === 'done' && audibleAt !== null);
  const named = namedOf(stage, targets);
  const places = await placesOf(stage, targets, packets, Math.min(...cards.map(({ startedAt }) => startedAt)));
  const voiceToHornMs = percentiles([...places.values()].flatMap((times) => [...times].map(([place, at]) => at - (packets[place]?.capturedAt ?? 0))));
  const voiceSpreadMs = percentiles(neighbours(rows, places).flatMap(spreadMs));
  const voiceEndToSilenceMs = percentiles(cards.flatMap(({ endedAt: silentAt }) => (silentAt === null ? [] : [silentAt - endedAt])));
  const refusals = (await stage.simulator.refusals(stage.startedAt)).filter(({ subject }) => subject === published.digest);
  checks.add(`${name} is said to its end, and no block of it refused`, said.why === 'said' && said.isTaken && refused === 0 && refusals.length === 0, `${said.why}, ${blocks.length} blocks, ${refused} refused by the platform, ${refusals.length} by loudspeakers`);
  checks.add(`${name} is proved audible and done by every loudspeaker meant`, rows.length > 0 && proved.length === rows.length, `${proved.length} of ${rows.length}`);
  checks.add(`${name} sounds at those alone`, cards.length > 0 && cards.every(({ terminal }) => targets.includes(terminal)), `${new Set(cards.map(({ terminal }) => terminal)).size} cards`);
  checks.add(`${name} is heard packet by packet, each within its time, where packets are decoded`, named.length > 0 && named.every((terminal) => whole.some((card) => card.terminal === terminal)), `${named.length} named; of all ${whole.length} of ${rows.length} whole`);
  checks.add(`${name} is heard p99 within ${DELAY_MS} ms and a packet`, voiceToHornMs.p99 > 0 && voiceToHornMs.p99 <= DELAY_MS + 20, `p50 ${voiceToHornMs.p50} ms, p99 ${voiceToHornMs.p99} ms; neighbours p99 ${voiceSpreadMs.p99} ms apart`);
  checks.add(`${name} is silent p99 within ${SILENT_WITHIN_MS} ms of its end`, voiceEndToSilenceMs.p99 > 0 && voiceEndToSilenceMs.p99 <= SILENT_WITHIN_MS && cards.every(isOver), `p99 ${voiceEndToSilenceMs.p99} ms`);
  return { voiceToHornMs, voiceSpreadMs, voiceEndToSilenceMs, voiceWhole: `${whole.length} of ${rows.length}` };
}

function isOver({ endedAt }: CardStart): boolean {
  return endedAt !== null;
}

/** When which packet left each of these cards. */
async function placesOf(stage: Stage, terminals: readonly string[], packets: ReturnType<typeof saidPackets>, since: number): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const places = new Map<string, ReadonlyMap<number, number>>();
  for (let at = 0; at < terminals.length; at += AT_ONCE) {
    for (const [terminal, heardPackets] of await stage.simulator.voices(since, terminals.slice(at, at + AT_ONCE))) places.set(terminal, heardAt(packets, heardPackets));
  }
  return places;
}

/** Loudspeakers of one village hear each other. */
function neighbours(rows: Awaited<ReturnType<typeof deliveriesOf>>, places: ReadonlyMap<string, ReadonlyMap<number, number>>): readonly (readonly ReadonlyMap<number, number>[])[] {
  const villages = [...new Set(rows.map(({ platform }) => platform))];
  return villages.map((village) => rows.filter(({ platform }) => platform === village).flatMap(({ terminal }) => places.get(terminal) ?? []));
}

/** Of these, the units that decode for themselves; where a village has none, all of them. */
function namedOf(stage: Stage, targets: readonly string[]): readonly string[] {
  const { terminals } = fleetSchema.parse(JSON.parse(readFileSync(path.join(stage.config.dataDir, 'simulator', 'fleet.json'), 'utf8')));
  const named = terminals.filter(({ id, named: isNamed }) => isNamed && targets.includes(id)).map(({ id }) => id);
  return named.length > 0 ? named : targets;
}

async function recorded(stage: Stage, name: string, text: string): Promise<string> {
  const spoken = await speak(text, { engine: createEspeakEngine({ timeoutMs: 30_000 }), lexicon: lexiconOf() });
  if (!spoken.ok) throw new Error(`the text could not be spoken: ${JSON.stringify(spoken)}`);
  const file = path.join(stage.config.dataDir, `voice-${name}.wav`);
  writeFileSync(file, spoken.wav);
  return file;
}
