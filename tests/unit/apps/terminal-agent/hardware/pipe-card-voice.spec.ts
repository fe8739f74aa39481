import { pcmOf } from '#libs/audio';
import { digestSchema, dispatchIdSchema } from '#libs/contracts';
import type { CardVoice } from '../../../../../apps/terminal-agent/src/hardware/card-voice';
import { PipeCard } from '../../../../../apps/terminal-agent/src/hardware/pipe-card';
import { FADE_MS, type CardEnd, type CardJob, type Sound } from '../../../../../apps/terminal-agent/src/hardware/sound-card';
import { PlayoutPlan } from '../../../../../apps/terminal-agent/src/live/playout-plan';
import { FakeDevice, SteppedTime, type FakeDeviceSettings } from '../../../../support/terminal-agent/fake-device';
import { joined, lagOf, speakTo, spoken, voiceOf } from '../../../../support/terminal-agent/spoken';
import { digestNamed } from '../../../../support/trust-builder';
import { sine, speechLike } from '../../../libs/audio/signals';

const DISTRICT = 1_800_000_000_000;
const tone = spoken(pcmOf(sine(500, 1_500, 0.5)));
const speech = spoken(speechLike(6_000, 0.5));
/** A tone of 500 Hz at half scale has one of 1072, Opus and the beginning of a hard tone add a little; a hard cut is one of up to 16384. */
const TONE_STEP = 1.02 * 32_768 * joined(tone.whole).reduce((most, sample, at, all) => Math.max(most, Math.abs(sample - (all[at - 1] ?? 0))), 0);

function soundOf({ packets }: typeof tone, samples = packets.length * 960): Sound {
  return { sha256: digestSchema.parse('a'.repeat(64)), packets, preSkip: 0, samples };
}

function bench(settings: FakeDeviceSettings = {}) {
  const time = new SteppedTime();
  const device = new FakeDevice(time, settings);
  const card = new PipeCard({
    clock: { wallMs: () => 0, monotonicMs: () => time.now(), setTimer: (ms, then) => time.setTimer(ms, then) },
    start: device.start, reports: true, startMs: 0, onFault: () => undefined,
  });
  const ends: CardEnd[] = [];
  const first: number[] = [];
  /** The district's time is the test's, and known to the card as it reads its own frame. */
  const timeOf = (frame: number): number => DISTRICT + time.now() + (frame - card.frameNow()) / 48;
  const job = (inMs: number, voice: CardVoice | undefined, set: Partial<CardJob> = {}): CardJob => ({
    dispatchId: dispatchIdSchema.parse('01890000-0000-7000-8000-000000000001'), messageDigest: digestNamed('message'), repetition: 1, startAt: 0, startFrame: card.frameNow() + inMs * 48, fromFrame: 0,
    sounds: [], ...(voice === undefined ? {} : { voice }), gainDb: 0, mayCut: true, onFirstSample: () => first.push(time.now()), onEnd: (end) => ends.push(end), ...set,
  });
  /** What the device sounded from `at` on, `ms` long. */
  const heardFrom = (at: number, ms: number): Float32Array => Float32Array.from(device.heard.filter((one) => one.at >= at && one.at < at + ms), ({ sample }) => sample / 32_768);
  return { time, device, card, ends, first, timeOf, job, heardFrom };
}

describe('a living voice on the card of a real machine', () => {
  it('follows the chime without a gap, to its last sample, and each packet is told when it has sounded', () => {
    const { time, device, card, ends, timeOf, job } = bench();
    const plan = new PlayoutPlan(DISTRICT + 1_300);
    speakTo(plan, tone, DISTRICT + 1_300);
    const voice = voiceOf(plan, timeOf);
    card.schedule(job(1_000, voice, { sounds: [soundOf(tone, 300 * 48)] }));
    time.move(1_300);
    expect(voice.told).toEqual([]);
    time.move(90);
    expect(voice.told).toHaveLength(4);
    expect(voice.frames.slice(1).map((frame, index) => frame - (voice.frames[index] ?? 0))).toEqual([960, 960, 960]);
    expect(Math.abs((voice.frames[0] ?? 0) - card.frameNow()) / 48).toBeLessThan(110);
    time.move(2_500);
    const samples = device.heard.map(({ sample }) => sample);
    const begins = device.heard.findIndex(({ at, sample }) => at >= 1_000 && sample !== 0) - tone.whole.flatMap((piece) => [...piece]).findIndex((sample) => sample !== 0);
    const [chime, said] = [joined(tone.whole).subarray(0, 300 * 48), joined(tone.whole)];
    expect(samples.slice(begins, begins + chime.length)).toEqual(Array.from(chime, (sample) => Math.round(sample * 32_768)));
    const after = begins + chime.length;
    expect(samples.slice(after + 240, after + said.length)).toEqual(Array.from(said.subarray(240), (sample) => Math.round(sample * 32_768)));
    expect(voice.told.map(({ opus }) => opus)).toEqual(tone.packets);
    expect(ends).toEqual([{ frame: expect.any(Number), how: 'played', digest: null, levelCentiDbfs: expect.any(Number) }]);
    expect(ends[0]?.levelCentiDbfs).toBeGreaterThan(-1_000);
  });

  it('is heard at its time on a crystal that is far off: it is slewed', () => {
    for (const ppm of [-800, 800]) {
      const { time, device, card, timeOf, job, heardFrom } = bench({ ppm });
      const plan = new PlayoutPlan(DISTRICT + 1_000);
      speakTo(plan, speech, DISTRICT + 1_000);
      card.schedule(job(1_000, voiceOf(plan, timeOf)));
      time.move(7_500);
      for (const packet of [20, 140, 285]) {
        const lag = lagOf(joined(speech.whole.slice(packet, packet + 8)), heardFrom(1_000 + packet * 20, 160), 240);
        // Left to itself it would be 4.6 ms off at the end.
        expect(Math.abs(lag) / 48).toBeLessThan(3);
      }
      expect(device.starts).toBe(1);
    }
  });

  it('is asked for a short lead ahead, so that what comes late can still sound', () => {
    const { time, card, timeOf, job } = bench();
    const plan = new PlayoutPlan(DISTRICT + 500);
    speakTo(plan, speech, DISTRICT + 500);
    const leads: number[] = [];
    card.schedule(job(500, { next: (frame) => { leads.push((frame - card.frameNow()) / 48); return plan.next(timeOf(frame)); }, sounded: () => undefined }));
    time.move(4_000);
    expect(Math.max(...leads)).toBeLessThanOrEqual(160);
    expect(Math.max(...leads.slice(10))).toBeLessThanOrEqual(120);
    expect(Math.min(...leads)).toBeGreaterThan(80);
  });

  it('is silent 150 ms after a stop, without a click, and what did not sound to its end is not told', () => {
    for (const offset of [0, 5, 11]) {
      const { time, device, card, ends, timeOf, job } = bench();
      const plan = new PlayoutPlan(DISTRICT + 500);
      speakTo(plan, tone, DISTRICT + 500);
      const voice = voiceOf(plan, timeOf);
      const ticket = card.schedule(job(500, voice));
      time.move(1_200 + offset);
      const stoppedAt = time.now();
      ticket.cancel(FADE_MS);
      time.move(1_500);
      expect(device.lastSound() - stoppedAt).toBeLessThan(150);
      expect(device.largestStep()).toBeLessThan(TONE_STEP);
      expect(voice.told).toHaveLength(Math.floor((device.lastSound() - 500) / 20));
      expect(ends).toMatchObject([{ how: 'cut', digest: null, levelCentiDbfs: null }]);
    }
  });

  it('gives way to what may cut it at its very frame, and goes on with what is said then', () => {
    const { time, device, card, ends, first, timeOf, job, heardFrom } = bench();
    const [plan, other] = [new PlayoutPlan(DISTRICT + 500), spoken(pcmOf(new Float32Array(48 * 400)))];
    speakTo(plan, tone, DISTRICT + 500);
    const voice = voiceOf(plan, timeOf);
    card.schedule(job(500, voice));
    time.move(700);
    card.schedule(job(300, undefined, { sounds: [soundOf(other, 48 * 400)] }));
    time.move(400);
    plan.reopen(timeOf(card.frameNow()) + 350);
    card.schedule(job(350, voice, { fromFrame: 1, mayCut: false }));
    time.move(2_000);
    expect(first.map((at) => Math.round(at / 20))).toEqual([25, 50, 73]);
    expect(ends.map(({ how }) => how)).toEqual(['cut', 'played', 'played']);
    expect(heardFrom(1_001, 398).every((sample) => sample === 0)).toBe(true);
    const packet = 50;
    expect(Math.abs(lagOf(joined(tone.whole.slice(packet, packet + 5)), heardFrom(500 + packet * 20, 100), 40))).toBeLessThanOrEqual(48);
    expect(device.largestStep()).toBeLessThan(TONE_STEP);
  });

  it('makes up for a block that never came, and is silent where more is missing', () => {
    const { time, device, card, timeOf, job, heardFrom } = bench();
    const plan = new PlayoutPlan(DISTRICT + 500);
    speakTo(plan, tone, DISTRICT + 500, new Set([4, 5, 6]));
    card.schedule(job(500, voiceOf(plan, timeOf)));
    time.move(2_500);
    expect(heardFrom(910, 20).some((sample) => Math.abs(sample) > 0.3)).toBe(true);
    expect(heardFrom(1_001, 198).every((sample) => sample === 0)).toBe(true);
    expect(heardFrom(1_230, 20).some((sample) => Math.abs(sample) > 0.3)).toBe(true);
    expect(device.largestStep()).toBeLessThan(TONE_STEP);
  });

  it('fails with its device, and tells no packet that did not sound', () => {
    const { time, device, card, ends, timeOf, job } = bench();
    const plan = new PlayoutPlan(DISTRICT + 500);
    speakTo(plan, tone, DISTRICT + 500);
    const voice = voiceOf(plan, timeOf);
    card.schedule(job(500, voice));
    time.move(1_000);
    device.die();
    time.move(2_000);
    expect(ends).toMatchObject([{ how: 'failed', digest: null, levelCentiDbfs: null }]);
    expect(voice.told.length).toBeLessThanOrEqual(25);
    expect(voice.told.length).toBeGreaterThan(20);
  });
});
