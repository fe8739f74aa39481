import { createHash } from 'node:crypto';
import { encodeOggOpus, pcmOf, readOggOpusPackets } from '#libs/audio';
import { digestSchema, dispatchIdSchema } from '#libs/contracts';
import { PipeCard } from '../../../../../apps/terminal-agent/src/hardware/pipe-card';
import { FADE_MS, type CardEnd, type CardJob, type Sound } from '../../../../../apps/terminal-agent/src/hardware/sound-card';
import { decodeSamples, pcm16 } from '../../../../../apps/terminal-agent/src/playout/decode-sound';
import { FakeDevice, SteppedTime, type FakeDeviceSettings } from '../../../../support/terminal-agent/fake-device';
import { digestNamed } from '../../../../support/trust-builder';

const ID = dispatchIdSchema.parse('01890000-0000-7000-8000-000000000001');
const noPause = (): Promise<void> => Promise.resolve();

const tone = soundOf(1_000);
/** The same with soft ends. */
const soft = soundOf(1_000, (at) => Math.min(1, at / 2_400, (48_000 - at) / 2_400));
const quiet = soundOf(1_000, () => 0);

function soundOf(ms: number, level: (at: number) => number = () => 1): Sound {
  const samples = Float32Array.from({ length: ms * 48 }, (_, at) => 0.5 * level(at) * Math.cos((2 * Math.PI * 500 * at) / 48_000));
  const read = readOggOpusPackets(encodeOggOpus(pcmOf(samples), { bitrate: 24_000 }).bytes);
  if ('code' in read) throw new Error(read.code);
  return { sha256: digestSchema.parse('a'.repeat(64)), ...read };
}

function bench(settings: FakeDeviceSettings = {}) {
  const time = new SteppedTime();
  const device = new FakeDevice(time, settings);
  const faults: string[] = [];
  const card = new PipeCard({
    clock: { wallMs: () => 0, monotonicMs: () => time.now(), setTimer: (ms, then) => time.setTimer(ms, then) },
    start: device.start, reports: true, startMs: 0, onFault: (words) => faults.push(words),
  });
  const ends: CardEnd[] = [];
  const first: number[] = [];
  const inMs = (ms: number): number => card.frameNow() + ms * 48;
  const job = (startFrame: number, set: Partial<CardJob> = {}): CardJob => ({
    dispatchId: ID, messageDigest: digestNamed('message'), repetition: 1, startAt: 0, startFrame, fromFrame: 0, sounds: [tone], gainDb: 0, mayCut: true,
    onFirstSample: () => first.push(time.now()), onEnd: (end) => ends.push(end), ...set,
  });
  return { time, device, faults, card, ends, first, inMs, job };
}

describe('the card of a real machine', () => {
  it('sounds the first sample within a millisecond of its time, whatever the device needed to open', () => {
    for (const openMs of [10, 300, 900]) {
      const { time, device, card, inMs, job } = bench({ openMs });
      card.schedule(job(inMs(1_500)));
      time.move(2_000);
      expect(Math.abs((device.firstSound()?.at ?? 0) - 1_500)).toBeLessThan(1);
    }
  });

  it('finds a device that opens at once and begins late', () => {
    const { time, device, card, inMs, job } = bench({ stallMs: 400 });
    card.schedule(job(inMs(1_500)));
    time.move(2_000);
    expect(Math.abs((device.firstSound()?.at ?? 0) - 1_500)).toBeLessThan(1);
  });

  it('follows the crystal of the device: after a long item the next item still begins at its time', () => {
    for (const ppm of [-400, 400]) {
      const { time, device, card, inMs, job } = bench({ ppm });
      card.schedule(job(inMs(500), { sounds: Array.from({ length: 12 }, () => tone) }));
      time.move(13_500);
      const at = time.now() + 1_000;
      card.schedule(job(inMs(1_000)));
      time.move(2_500);
      expect(device.starts).toBe(1);
      expect(Math.abs((device.firstSound(13_500)?.at ?? 0) - at)).toBeLessThan(2);
    }
  });

  it('tells of the first sample when it sounds, and proves the very samples that it played', async () => {
    const { time, card, ends, first, inMs, job } = bench();
    card.schedule(job(inMs(1_000), { gainDb: -10 }));
    time.move(900);
    expect(first).toEqual([]);
    time.move(150);
    expect(first).toHaveLength(1);
    expect(ends).toEqual([]);
    time.move(1_500);
    const samples = (await decodeSamples([tone], noPause)) ?? new Float32Array(0);
    expect(ends).toMatchObject([{ how: 'played', digest: createHash('sha256').update(pcm16(samples)).digest('hex') }]);
    expect(ends[0]?.levelCentiDbfs).toBeGreaterThan(-2_000);
    expect(ends[0]?.levelCentiDbfs).toBeLessThan(-1_800);
  });

  it('goes on in the middle of what was interrupted, and proves only what it sounded', async () => {
    const { time, card, ends, inMs, job } = bench();
    card.schedule(job(inMs(500), { sounds: [tone, tone], fromFrame: 60_000 }));
    time.move(2_000);
    const samples = (await decodeSamples([tone, tone], noPause)) ?? new Float32Array(0);
    expect(ends).toMatchObject([{ how: 'played', digest: createHash('sha256').update(pcm16(samples.subarray(60_000))).digest('hex') }]);
  });

  it('is silent within a quarter of a second of a stop, without a click', () => {
    const { time, device, card, ends, inMs, job } = bench();
    const ticket = card.schedule(job(inMs(200), { sounds: [tone, tone, tone] }));
    time.move(1_200);
    const stoppedAt = time.now();
    ticket.cancel(20);
    time.move(1_000);
    expect(device.lastSound() - stoppedAt).toBeLessThan(250);
    const end = device.heard.filter(({ sample }) => sample !== 0).slice(-48);
    expect(Math.max(...end.map(({ sample }) => Math.abs(sample)))).toBeLessThan(2_000);
    expect(ends).toMatchObject([{ how: 'cut', digest: null, levelCentiDbfs: null }]);
  });

  it('lets a job that may cut begin at its frame, and another one wait', () => {
    const { time, device, card, ends, inMs, job } = bench();
    card.schedule(job(inMs(500), { sounds: [tone, tone] }));
    const loud = card.schedule(job(inMs(1_000), { mayCut: true }));
    time.move(900);
    card.schedule(job(inMs(300), { mayCut: false }));
    time.move(4_000);
    expect(ends.map(({ how }) => how)).toEqual(['cut', 'played', 'played']);
    expect(Math.round(device.lastSound() / 10)).toBe(300);
    expect(loud).toBeDefined();
  });

  it('cuts nothing off hard: stopped, pre-empted in time or late, and going on in the middle, no step is larger than the tone\'s own', () => {
    const cuts: Readonly<Record<string, (set: ReturnType<typeof bench>, offset: number) => void>> = {
      none: ({ card, job, inMs }) => card.schedule(job(inMs(200), { sounds: [soft] })),
      stopped: ({ time, card, job, inMs }, offset) => {
        const ticket = card.schedule(job(inMs(200), { sounds: [soft] }));
        time.move(600 + offset / 48);
        ticket.cancel(FADE_MS);
      },
      preempted: ({ card, job, inMs }, offset) => {
        card.schedule(job(inMs(200), { sounds: [soft] }));
        card.schedule(job(inMs(700) + offset, { sounds: [quiet] }));
      },
      late: ({ time, card, job, inMs }, offset) => {
        card.schedule(job(inMs(200), { sounds: [soft] }));
        time.move(600 + offset / 48);
        card.schedule(job(inMs(-5), { sounds: [quiet] }));
      },
      resumed: ({ card, job, inMs }, offset) => card.schedule(job(inMs(200), { sounds: [soft], fromFrame: 24_000 + offset })),
    };
    const steps = Object.entries(cuts).map(([name, cut]) => [name, Math.max(...[0, 24, 48, 72].map((offset) => {
      const set = bench();
      cut(set, offset);
      set.time.move(1_500);
      return set.device.largestStep();
    }))]);
    // 500 Hz at half scale: its own largest step, and the little that Opus adds; a hard cut is one of up to 16384.
    expect(steps.filter(([, step]) => Number(step) > 1_150)).toEqual([]);
  });

  it('is through with what it cuts off when the newcomer begins, and begins it at its very frame', () => {
    const { time, device, card, ends, first, inMs, job } = bench();
    card.schedule(job(inMs(500), { sounds: [quiet, quiet, quiet] }));
    const at = inMs(1_500);
    card.schedule(job(at, { sounds: [tone] }));
    time.move(4_000);
    expect(ends[0]).toMatchObject({ how: 'cut', frame: Math.round(at) });
    expect(first).toHaveLength(2);
    expect(Math.abs((device.firstSound()?.at ?? 0) - 1_500)).toBeLessThan(1);
  });

  it('never tells of sound that a dead player did not make: the item fails, and the next one sounds on a new player', () => {
    const { time, device, card, ends, first, faults, inMs, job } = bench();
    card.schedule(job(inMs(500)));
    card.schedule(job(inMs(3_000)));
    time.move(1_000);
    device.die();
    time.move(0);
    expect(ends).toMatchObject([{ how: 'failed', digest: null, levelCentiDbfs: null }]);
    expect(faults).toHaveLength(1);
    time.move(3_500);
    expect(device.starts).toBe(2);
    expect(first).toHaveLength(2);
    expect(Math.abs((device.firstSound(1_500)?.at ?? 0) - 3_000)).toBeLessThan(1);
    expect(ends[1]).toMatchObject({ how: 'played' });
  });

  it('fails an item that no device can begin, without ever telling of a first sample', () => {
    const { time, device, card, ends, first, inMs, job } = bench();
    device.broken = true;
    card.schedule(job(inMs(500)));
    time.move(3_000);
    expect(first).toEqual([]);
    expect(ends).toMatchObject([{ how: 'failed', digest: null }]);
    expect(device.starts).toBeGreaterThan(1);
    const starts = device.starts;
    time.move(60_000);
    expect(device.starts).toBe(starts);
  });

  it('kills a player that hangs, and fails what it had', () => {
    const { time, device, card, ends, faults, inMs, job } = bench();
    card.schedule(job(inMs(500), { sounds: [tone, tone, tone, tone, tone] }));
    time.move(1_500);
    device.hung = true;
    time.move(3_000);
    expect(faults[0]).toMatch(/takes no samples/);
    expect(ends).toMatchObject([{ how: 'failed', digest: null }]);
  });

  it('tells nothing as played that a device which hangs before the end never took', () => {
    const { time, device, card, ends, inMs, job } = bench();
    card.schedule(job(inMs(500)));
    time.move(1_250);
    device.hung = true;
    time.move(3_000);
    expect(ends).toMatchObject([{ how: 'failed', digest: null }]);
  });

  it('keeps the pace of its own clock on a device that takes everything at once', () => {
    const { time, card, ends, first, inMs, job } = bench({ unclocked: true });
    card.schedule(job(inMs(1_000)));
    time.move(2_500);
    expect(first.map((at) => Math.round(at / 100))).toEqual([10]);
    expect(ends).toMatchObject([{ how: 'played' }]);
  });

  it('lets the player go when nothing followed for a while, and its clock goes on', () => {
    const { time, device, card, inMs, job } = bench({ ppm: 200 });
    card.schedule(job(inMs(500)));
    time.move(10_000);
    const before = card.frameNow();
    time.move(1_000);
    expect(card.frameNow() - before).toBeCloseTo(48_000, 0);
    card.schedule(job(inMs(500)));
    time.move(3_000);
    expect(device.starts).toBe(2);
  });
});
