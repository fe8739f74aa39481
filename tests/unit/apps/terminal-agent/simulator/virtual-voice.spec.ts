import { digestSchema, dispatchIdSchema } from '#libs/contracts';
import type { CardVoice, LivePacket, Slot } from '../../../../../apps/terminal-agent/src/hardware/card-voice';
import { FADE_MS, type CardEnd, type CardJob } from '../../../../../apps/terminal-agent/src/hardware/sound-card';
import { VirtualCard, type CardRecord } from '../../../../../apps/terminal-agent/src/simulator/virtual-card';
import { DrivenTime } from '../../../../support/terminal-agent/driven-time';
import { digestNamed } from '../../../../support/trust-builder';

const BEGAN = 1_800_000_000_000;
const PACKET_FRAMES = 960;

interface Asked { readonly frame: number; readonly atFrame: number }

/** A card and a voice of `count` packets, silent before each fifth, that notes when it was asked and told. */
function bench(count: number, ppm = 0) {
  const truth = new DrivenTime(BEGAN);
  const records: CardRecord[] = [];
  const [heard, ends, asked, told, slots]: [{ packet: LivePacket; at: number }[], CardEnd[], Asked[], LivePacket[], { slot: Slot; at: number }[]] = [[], [], [], [], []];
  const frames: number[] = [];
  const card = new VirtualCard({
    truth, ppm, decode: () => Promise.resolve({ digest: digestNamed('pcm'), levelDbfs: -20 }),
    onRecord: (record, before) => { records[before === undefined ? records.length : records.indexOf(before)] = record; },
    onSlot: (_record, slot, at) => slots.push({ slot, at }),
    onPacket: (_record, packet, at) => heard.push({ packet, at }),
  });
  let given = 0;
  let paused = false;
  const voice: CardVoice = {
    next: (frame) => {
      asked.push({ frame, atFrame: card.frameNow() });
      if (given === count) return undefined;
      paused = given % 5 === 0 && !paused;
      if (paused) return { kind: 'silence', frames: 480 };
      given += 1;
      return { kind: 'packet', packet: { heardAt: 0, opus: Uint8Array.of(given) }, frames: PACKET_FRAMES, rises: given === 1 };
    },
    sounded: (packet, frame) => {
      told.push(packet);
      frames.push(frame);
    },
  };
  const job = (startFrame: number, chimeMs: number, set: Partial<CardJob> = {}): CardJob => ({
    dispatchId: dispatchIdSchema.parse('01890000-0000-7000-8000-000000000001'), messageDigest: digestNamed('message'), repetition: 1, startAt: BEGAN, startFrame,
    sounds: [{ sha256: digestSchema.parse('a'.repeat(64)), packets: [], preSkip: 0, samples: chimeMs * 48 }], voice, fromFrame: 0, gainDb: 0, mayCut: true,
    onFirstSample: () => undefined, onEnd: (end) => ends.push(end), ...set,
  });
  return { truth, card, records, heard, ends, asked, told, frames, slots, job };
}

const numbersOf = (packets: readonly LivePacket[]): readonly number[] => packets.map(({ opus }) => opus[0] ?? 0);
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('a voice on the virtual card', () => {
  it('follows the chime without a gap, slot behind slot, by the card\'s own crystal, and ends the job when nothing follows', async () => {
    const { truth, card, records, heard, ends, asked, told, frames, job } = bench(10, 100);
    card.schedule(job(48_000, 300));
    await truth.move(3_000);
    expect(asked.map(({ frame }) => frame).slice(0, 3)).toEqual([48_000 + 14_400, 48_000 + 14_880, 48_000 + 15_840]);
    expect(numbersOf(told)).toEqual(upTo(10));
    expect(frames.slice(0, 2)).toEqual([48_000 + 14_880, 48_000 + 15_840]);
    expect(heard.map(({ packet }) => packet)).toEqual(told);
    expect(heard[0]?.at).toBeCloseTo(BEGAN + 1_310 / 1.0001, 2);
    expect(heard[9]?.at).toBeCloseTo(BEGAN + (1_320 + 9 * 20) / 1.0001, 2);
    expect(ends).toEqual([{ frame: 48_000 + 14_400 + 2 * 480 + 10 * PACKET_FRAMES, how: 'played', digest: null, levelCentiDbfs: null }]);
    expect(records).toEqual([expect.objectContaining({ live: true, endedAt: expect.closeTo(BEGAN + 1_520 / 1.0001, 1) })]);
  });

  it('is asked a short lead ahead, so that what comes meanwhile can still sound', async () => {
    const { truth, card, asked, job } = bench(100);
    card.schedule(job(0, 300));
    await truth.move(4_000);
    const leads = asked.map(({ frame, atFrame }) => (frame - atFrame) / 48);
    expect(Math.min(...leads)).toBeGreaterThan(40);
    expect(Math.max(...leads)).toBeLessThanOrEqual(120);
  });

  it('begins at the job\'s start where a latecomer leaves the chime out', async () => {
    const { truth, card, asked, told, job } = bench(3);
    card.schedule(job(4_800, 300, { fromFrame: 480_000 }));
    await truth.move(1_000);
    expect(asked[0]?.frame).toBe(4_800);
    expect(numbersOf(told)).toEqual(upTo(3));
  });

  it('is silent within the fade of a stop, and tells no packet that was cut off', async () => {
    const { truth, card, ends, heard, told, job } = bench(1_000);
    const ticket = card.schedule(job(0, 0));
    await truth.move(505);
    ticket.cancel(FADE_MS);
    await truth.move(2_000);
    expect(ends).toEqual([expect.objectContaining({ how: 'cut', digest: null })]);
    expect((ends[0]?.frame ?? 0) / 48).toBeCloseTo(510, 0);
    const last = heard.at(-1);
    expect((last?.at ?? 0) + 20).toBeLessThanOrEqual(BEGAN + 511);
    expect(told).toHaveLength(heard.length);
  });

  it('lets what may cut take over at its frame and what may not wait for the voice\'s end', async () => {
    const { truth, card, ends, records, job } = bench(50);
    card.schedule(job(0, 0));
    await truth.move(100);
    card.schedule({ ...job(24_000, 200), voice: undefined });
    await truth.move(2_000);
    expect(ends.map(({ how }) => how)).toEqual(['cut', 'played']);
    expect(Math.round((records[1]?.startedAt ?? 0) - BEGAN)).toBe(500);

    const polite = bench(20);
    polite.card.schedule(polite.job(0, 0));
    await polite.truth.move(100);
    polite.card.schedule({ ...polite.job(4_800, 200), voice: undefined, mayCut: false });
    await polite.truth.move(3_000);
    expect(polite.ends.map(({ how }) => how)).toEqual(['played', 'played']);
    expect(polite.records[1]?.startedAt).toBeCloseTo((polite.records[0]?.endedAt ?? 0), 2);
  });

  it('sounds what it holds at its frames when the process was asleep meanwhile', async () => {
    const { truth, card, heard, job } = bench(50);
    card.schedule(job(0, 0));
    await truth.move(200);
    truth.jump(400);
    await truth.move(2_000);
    expect(heard.map(({ packet: { opus } }) => opus[0])).toEqual(upTo(50));
    expect(heard.slice(1).every(({ at }, index) => at - (heard[index]?.at ?? 0) >= 19.99)).toBe(true);
  });
});
