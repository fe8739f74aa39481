import { systemClock, type Clock } from '../../../../../apps/cli/src';
import { sayVoice, type Said, type Speaker } from '../../../../../apps/cli/src/source/say-voice';
import { PACKET_MS, type LiveGrant, verifyLiveRecord, type LiveRecord } from '#libs/trust';
import { frameLiveBlock } from '#libs/envelope';
import { streamIdSchema } from '#libs/contracts';
import { grantOf, sealOf, sessionKey, START, STREAM } from '../../../../support/live-voice';

// A microphone whose time stands still but for its frames: each one is handed over twenty milliseconds after the one before.
const key = sessionKey();
const LOUD = Int16Array.from({ length: 960 }, (_, n) => 20_000 * Math.sin(n / 20));
const SILENT = new Int16Array(960);

interface Spoken { readonly said: Said; readonly warned: readonly string[]; readonly record: LiveRecord }

/** `isLoud`: whether something is said at so many ms. `press`: when Enter comes after it was asked for, ms; never without. */
async function speak(totalMs: number, isLoud: (atMs: number) => boolean, set: { readonly press?: number; readonly watchesSilence?: boolean; readonly grant?: LiveGrant; readonly kind?: 'live' | 'paced' } = {}): Promise<Spoken> {
  const grant = set.grant ?? grantOf(key);
  let at = 0;
  let press: { readonly at: number; readonly give: (pressed: boolean) => void } | undefined;
  const blocks: Uint8Array[] = [];
  const warned: string[] = [];
  const clock: Clock = { ...systemClock, monotonic: () => at, sleep: async (ms) => { at += ms; } };
  const frames = async function* (): AsyncGenerator<Int16Array> {
    for (let frame = 0; frame * PACKET_MS < totalMs; frame += 1) {
      if (set.kind !== 'paced') at += PACKET_MS;
      if (press !== undefined && at >= press.at) press.give(true);
      await Promise.resolve();
      yield isLoud(frame * PACKET_MS) ? LOUD : SILENT;
    }
  };
  const told = { sentSeq: 0, takenSeq: 1_000_000, refused: 0, refusal: undefined, heard: undefined, preempted: null };
  const speaker: Speaker = {
    link: { now: () => START + at, isReady: true, ended: undefined, told, send: ({ bytes }) => { blocks.push(bytes); }, changed: () => Promise.resolve() },
    sound: { kind: set.kind ?? 'live', bitrate: 24_000, frames: frames(), close: () => undefined },
    live: grant.live, ready: { kind: 'ready', stream: streamIdSchema.parse(STREAM), nextSeq: 1, startAt: grant.startAt, endsAt: grant.startAt + 60_000 }, seal: sealOf(key), clock,
    watchesSilence: set.watchesSilence ?? true, isInterrupted: () => false, warn: (line) => { warned.push(line); },
    press: () => new Promise((give) => { if (set.press !== undefined) press = { at: at + set.press, give }; }),
  };
  const said = await sayVoice(speaker);
  const record = verifyLiveRecord(grant, Buffer.concat(blocks.map((block) => frameLiveBlock(block))));
  if (!record.ok) throw new Error(record.code);
  return { said, warned, record: record.value };
}

describe('a voice from a microphone', () => {
  it('is held after twenty silent seconds, and ends when nobody presses for twenty more', async () => {
    const { said, warned, record } = await speak(55_000, (at) => at < 1_000);
    expect([said.why, record.ended]).toEqual(['held', true]);
    expect(warned.map((line) => line.slice(0, 20))).toEqual(['\u0007nothing is heard: i', 'nothing was heard fo']);
    expect(Math.round(said.saidMs / 100)).toBe(210);
  });

  it('goes on at Enter, never by a noise', async () => {
    const { said, record } = await speak(33_000, (at) => at < 1_000 || at > 22_000, { press: 10_000 });
    expect([said.why, record.ended, record.gaps.length]).toEqual(['said', true, 1]);
    expect((record.gaps[0]?.packets ?? 0) * PACKET_MS).toBeGreaterThan(9_500);
  });

  it('goes on through silence where it shall', async () => {
    const { said, warned, record } = await speak(31_500, () => false, { watchesSilence: false });
    expect([said.why, warned.length, record.gaps]).toEqual(['said', 1, []]);
    expect(warned[0]).toMatch(/^30 s are left/);
  });

  it('says nothing under its opening and nothing after its end', async () => {
    const chime = { sha256: sessionKey().record.keyId as never, bytes: 9, role: 'chime' as const, durationMs: 3_000 };
    const { said, record } = await speak(10_000, () => true, { grant: grantOf(key, { chime, maxDurationMs: 2_000 }) });
    expect(said).toMatchObject({ why: 'over', isTaken: true });
    expect([record.capturedFrom >= START + 2_200, record.capturedUntil <= START + 4_200, record.packets.length >= 98]).toEqual([true, true, true]);
  });
});

it('a file is said from behind the opening on, frame by frame, without a gap', async () => {
  const chime = { sha256: sessionKey().record.keyId as never, bytes: 9, role: 'chime' as const, durationMs: 3_000 };
  const { said, record } = await speak(3_000, () => true, { kind: 'paced', watchesSilence: false, grant: grantOf(key, { chime }) });
  expect([said.saidMs, record.capturedFrom, record.gaps, record.ended]).toEqual([3_000, START + 2_200, [], true]);
});
