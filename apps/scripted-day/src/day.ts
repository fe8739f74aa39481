import { z } from 'zod';
import { soundViewSchema } from '#libs/contracts';
import { systemClock } from '../../cli/src';
import { startSystem, type RunningSystem } from '../../supervisor/src/system';
import { castOf } from './cast';
import type { Checks } from './checks';
import { doubled, outsideSounded, staleSounded } from './figures';
import { Heard } from './heard';
import { holdOffline, type Setting } from './config';
import { paceOf } from './pace';
import { playSecondPart } from './second-part';
import { Simulator } from './simulator';
import { Stage } from './stage';
import { attack } from './steps/attack';
import { proveAudit } from './steps/audit';
import { soundBulletin } from './steps/bulletin';
import { crashes } from './steps/crash';
import { deliveriesOf, isFinal } from './steps/publish';
import { stopBulletin } from './steps/stop';
import { voices } from './steps/voice';
import { until } from './until';

const READY_LIMIT_MS = 15_000;
const ONLINE_LIMIT_MS = 60_000;
const ENROL_LIMIT_MS = 60_000;

/** The scripted day: sets up, starts twice, plays its steps, and gives every figure. What horns sounded goes to `heardFolder`. The caller stops what `keep` was given; a start that is under way breaks off when it is `interrupted`. */
export async function playDay(setting: Setting, dist: string, small: boolean, checks: Checks, say: (line: string) => void, keep: (system: Promise<RunningSystem>) => void, interrupted: Promise<void>, heardFolder?: string): Promise<Readonly<Record<string, unknown>>> {
  const cast = castOf(small);
  const simulator = new Simulator(setting.cli);
  say('first start: keys, documents, enrolment of every terminal');
  const start = (): Promise<RunningSystem> => {
    const starting = startSystem({ config: setting.supervisor, dist, small, say, until: interrupted });
    keep(starting);
    return starting;
  };
  const first = await start();
  const { terminals } = await simulator.status();
  // The officers have signed; each terminal hears of it at its next exchange at the latest.
  await until(ENROL_LIMIT_MS, async () => ((await simulator.status()).assigned === terminals ? true : undefined));
  const { assigned } = await simulator.status();
  checks.add('every terminal enrolled with its claim code and was admitted by an officer', assigned === terminals && terminals > 0, `${assigned} of ${terminals}`);
  await first.stop();
  const heldOffline = holdOffline(setting, cast.isHeld);
  say(`second start: ${heldOffline.length} terminals held offline`);
  const startedAt = systemClock.now();
  const system = await start();
  const readyMs = systemClock.now() - startedAt;
  checks.add('second start is ready within 15 s', readyMs <= READY_LIMIT_MS, `${readyMs} ms`);
  const expected = terminals - heldOffline.length;
  const online = await until(ONLINE_LIMIT_MS * 2, async () => ((await simulator.status()).online >= expected ? systemClock.now() - startedAt : undefined), 100);
  checks.add('every terminal not held offline is online within 60 s', online !== undefined && online <= ONLINE_LIMIT_MS, `${online ?? -1} ms`);

  const stage = new Stage(setting.cli, cast, paceOf(small), system, simulator, checks, startedAt, heldOffline, new Heard(heardFolder, simulator), say);
  // On a new server the sounds are made while it already answers.
  const author = await stage.actor(stage.cast.district, stage.cast.noticeAuthor);
  await until(60_000, async () => ((await author.context.api.get('/api/sounds', z.array(soundViewSchema))).some(({ id }) => id === 'phrase-drill-closing') ? true : undefined));
  say('1, 2: the bulletin for three townships; a village outside speaks');
  const { bulletin, village, figures } = await soundBulletin(stage);
  say('3: STOP');
  const stopped = await stopBulletin(stage, bulletin);
  await until(60_000, async () => ((await deliveriesOf(village)).filter((row) => row.onlineAtDispatch).every(isFinal) ? true : undefined));
  say('4: attacks');
  const attacked = await attack(stage, bulletin, village);
  say('5: crashes');
  await crashes(stage);
  const secondPart = await playSecondPart(stage);
  const fate = await lastFates(stage);
  say('15: a clerk speaks to the village, the district to everybody');
  const voiced = await voices(stage);
  const audited = await proveAudit(stage);
  const usage = system.usage(['platform', 'gateway']);
  const cards = await stage.cards();
  const ends = new Map([...stage.messages].map(([digest, entry]) => [digest, { notAfter: entry.notAfter, stoppedAt: entry.stoppedAt }]));
  const counts = {
    outsideSounded: outsideSounded(cards, new Map([...stage.messages].map(([digest, entry]) => [digest, entry.targets]))),
    staleSounded: staleSounded(cards, ends),
    doubled: doubled(cards),
    lost: fate.lost,
  };
  for (const [name, count] of Object.entries(counts)) checks.add(`${name} is 0`, count === 0, String(count));
  checks.add('stop to silence p99 <= 1 s', within(stopped.stopToSilenceMs.p99, 1_000), `${stopped.stopToSilenceMs.p99} ms`);
  checks.add('approve to audible p50 <= 1 s, p99 <= 2 s', within(figures.approveToAudibleMs.p50, 1_000) && within(figures.approveToAudibleMs.p99, 2_000), `${figures.approveToAudibleMs.p50} / ${figures.approveToAudibleMs.p99} ms`);
  checks.add('start skew p99 <= 20 ms, late starts <= 1 %', within(figures.startSkewMs.p99, 20) && figures.lateStarts <= figures.audible / 100, `${figures.startSkewMs.p99} ms, ${figures.lateStarts} late`);
  checks.add('audible to receipt p99 <= 5 s', within(figures.audibleToReceiptMs.p99, 5_000), `${figures.audibleToReceiptMs.p99} ms`);
  checks.add('server and gateway stay within 400 MiB', usage.peakRssMiB <= 400, `${Math.round(usage.peakRssMiB)} MiB`);
  return {
    terminals, online: expected, ...figures, ...stopped, ...attacked, ...counts, ...secondPart, ...voiced, ...audited,
    onlineAfterStartMs: online ?? -1, secondStartReadyMs: readyMs,
    platformCpuSeconds: Math.round(usage.cpuSeconds * 10) / 10, platformRssMiB: Math.round(usage.peakRssMiB),
    peakRssMiB: Object.fromEntries((['platform', 'gateway', 'stop', 'simulator'] as const).map((name) => [name, Math.round(system.peakRssMiB([name]))])),
  };
}

function within(value: number, limit: number): boolean {
  return value >= 0 && value <= limit;
}

/** Brings everyone back, waits out the windows, and counts targets without a final state. */
async function lastFates(stage: Stage): Promise<{ readonly lost: number }> {
  await stage.simulator.offline(stage.heldOffline, false);
  const open = async (): Promise<number> => {
    let count = 0;
    for (const entry of stage.messages.values()) count += (await deliveriesOf(entry.published)).filter((row) => !isFinal(row)).length;
    return count;
  };
  const done = await until(120_000, async () => ((await open()) === 0 ? 0 : undefined), 1_000);
  return { lost: done ?? await open() };
}
