import type { CardJob } from '../../../../../apps/terminal-agent/src/hardware/sound-card';
import type { PlacedOrder } from '../../../../../apps/terminal-agent/src/playout/placed-order';
import { Player } from '../../../../../apps/terminal-agent/src/playout/player';
import type { PlayerEvents, PlayerPorts } from '../../../../../apps/terminal-agent/src/playout/player-ports';
import { DistrictTime } from '../../../../../apps/terminal-agent/src/time/district-time';
import { VirtualCard } from '../../../../../apps/terminal-agent/src/simulator/virtual-card';
import { dispatchIdSchema } from '#libs/contracts';
import { digestNamed, NOW } from '../../../../support/trust-builder';
import { DrivenTime } from '../../../../support/terminal-agent/driven-time';

const BODY_MS = 5_000;

/** A player alone on a driven clock, with a disk that is never in the way. */
function bench(set: Partial<Pick<PlayerPorts, 'gain' | 'quiet'>> = {}) {
  const truth = new DrivenTime(NOW);
  let timers = 0;
  const clock = {
    monotonicMs: () => truth.now() - NOW, wallMs: () => truth.now(), now: () => truth.now(),
    setTimer: (ms: number, then: () => void) => { timers += 1; return truth.setTimer(ms, then); },
  };
  const time = new DistrictTime(clock as never);
  time.resume({ districtAt: NOW, wallAt: NOW });
  const jobs: CardJob[] = [];
  const told: string[] = [];
  const virtual = new VirtualCard({ truth, ppm: 0, decode: () => Promise.resolve({ digest: digestNamed('pcm'), levelDbfs: -20 }), onRecord: () => undefined });
  const card = { frameNow: () => virtual.frameNow(), silence: (ms: number) => virtual.silence(ms), schedule: (job: CardJob) => { jobs.push(job); return virtual.schedule(job); } };
  const events: PlayerEvents = {
    begin: () => Promise.resolve(), audible: () => undefined, repetitionFailed: () => undefined, waits: () => undefined, stoppedOn: () => undefined,
    ended: (_, { repetition }) => told.push(`ended ${repetition}`), closed: (_, { reason }) => told.push(`closed ${reason ?? 'done'}`),
  };
  const live = { open: () => undefined, voiceOf: () => undefined, spokenOf: () => undefined, close: () => undefined };
  const ports: PlayerPorts = { clock: clock as never, time, card, live, amplifier: () => undefined, gain: () => ({ db: -10, muted: false }), quiet: () => false, stale: () => false, restricted: () => false, ...set };
  return { truth, jobs, told, player: new Player(ports, events), timers: () => timers, district: () => time.now() ?? 0 };
}

function orderOf(nr: number, startAt: number, set: { readonly repeats?: number; readonly severity?: 'red' | 'none' } = {}): PlacedOrder {
  const { repeats = 1, severity = 'none' } = set;
  const dispatchId = dispatchIdSchema.parse(`01890000-0000-7000-8000-00000000000${nr}`);
  const message = { body: { segments: [{ durationMs: BODY_MS }] }, gapMs: 1_000, repeats, whenPreempted: 'resume' };
  const dispatch = { dispatchId, startAt, notAfter: startAt + 3_600_000, repeats, maxDurationMs: 600_000 };
  const claim = { mode: 'actual', class: 'notice', tier: 'township', severity, issuedAt: nr, dispatchId };
  return { dispatch, message, messageDigest: digestNamed(`message ${nr}`), tier: 'township', keyIds: [], claim, aloud: true, resumption: null } as never;
}

const sound = { sha256: digestNamed('sound'), packets: [], preSkip: 0, samples: BODY_MS * 48 };

describe('the player', () => {
  it('begins nothing inside quiet hours: what had begun runs out, what follows is closed', async () => {
    const quietFrom = { at: Infinity };
    const { player, truth, told, jobs, district } = bench({ quiet: (_, at) => at >= quietFrom.at });
    const startAt = district() + 1_000;
    quietFrom.at = startAt + 3_000;
    player.add(orderOf(1, startAt, { repeats: 3 }), [sound]);
    await truth.move(30_000);
    expect(jobs.map(({ repetition }) => repetition)).toEqual([1]);
    expect(told).toEqual(['ended 1', 'closed QUIET_HOURS']);
  });

  it('gives the rest of a repetition the gain that it had, and the next one the gain of its hour', async () => {
    const gains = [-10, -18, -18, -18, -18, -18];
    const asked: number[] = [];
    const { player, truth, jobs, district } = bench({ gain: (_, at) => { if (!asked.includes(at)) asked.push(at); return { db: gains[asked.indexOf(at)] ?? 0, muted: false }; } });
    const startAt = district() + 1_000;
    player.add(orderOf(1, startAt, { repeats: 2 }), [sound]);
    await truth.move(1_500);
    player.add(orderOf(2, startAt + 2_000, { severity: 'red' }), [sound]);
    await truth.move(30_000);
    const low = jobs.filter(({ dispatchId }) => dispatchId.endsWith('1'));
    expect(low.map(({ repetition, fromFrame, gainDb }) => [repetition, Math.round(fromFrame / 48), gainDb])).toEqual([[1, 0, -10], [1, 2_000, -10], [2, 0, -18]]);
  });

  it('sleeps while there is nothing to do: an hour of waiting costs a few timers, a storm a few for each repetition', async () => {
    const { player, truth, jobs, timers, district } = bench();
    player.add(orderOf(1, district() + 3_000_000), [sound]);
    await truth.move(2_900_000);
    expect(timers()).toBeLessThanOrEqual(2);
    const startAt = district() + 1_000;
    const before = timers();
    for (const nr of [2, 3, 4]) player.add(orderOf(nr, startAt, { repeats: 3 }), [sound]);
    await truth.move(60_000);
    expect(jobs).toHaveLength(9);
    expect(timers() - before).toBeLessThanOrEqual(9 * 6);
  });
});
