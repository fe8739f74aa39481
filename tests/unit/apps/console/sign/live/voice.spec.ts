import { liveGrantOf } from '#libs/trust';
import { speakingTimes } from '#libs/domain';
import { parseLiveBlock } from '#libs/envelope';
import { judgeBlock, type BlockBefore } from '#libs/trust';
import { createVoice, type Voice } from '../../../../../../apps/console/src/sign/live/voice';
import { loudnessOf } from '../../../../../../apps/console/src/sign/live/level';
import { longestUnder } from '../../../../../../apps/console/src/sign/live/permit-longest';
import { MESSAGE, sealOf, sessionKey, START, STREAM } from '../../../../../support/live-voice';

const LIVE = { delayMs: 800, blockMs: 100, maxDurationMs: 30_000, chime: null };
const TIMES = speakingTimes({ ...LIVE, sessionKey: sessionKey().record }, START);
const LOUD = Float32Array.from({ length: 960 }, (_, n) => 0.3 * Math.sin(n / 10));
const STILL = new Float32Array(960);

describe('the voice of the page', () => {
  const key = sessionKey();
  const grant = liveGrantOf(MESSAGE, { ...LIVE, sessionKey: key.record }, { startAt: START });
  let voice: Voice;
  let blocks: Uint8Array[];
  let silences: string[];
  let faults: unknown[];
  /** District time of the frame that is handed over next; its sound is 20 ms of what was. */
  let now: number;

  async function open(seal = sealOf(key)): Promise<void> {
    [blocks, silences, faults] = [[], [], []];
    let onPacket: (packet: Uint8Array) => void = () => undefined;
    let count = 0;
    voice = await createVoice({ stream: STREAM, live: LIVE, times: TIMES, lagMs: 0 }, seal, async (give) => {
      onPacket = give;
      return {
        encode: () => {
          count += 1;
          onPacket(Uint8Array.of(count >> 8, count & 255));
        },
        drained: async () => undefined, close: () => undefined,
      };
    }, { block: (bytes) => blocks.push(bytes), silence: (state) => silences.push(state), fault: (cause) => faults.push(cause) }, TIMES.from);
    now = TIMES.from - 100;
  }
  function hear(frames: number, samples = LOUD): void {
    for (let frame = 0; frame < frames; frame += 1) {
      now += 20;
      voice.take(samples, now);
    }
  }
  async function signed(): Promise<void> {
    // The signatures of this test wait for nothing but each other.
    await new Promise(setImmediate);
  }
  beforeEach(() => open());

  it('makes blocks that every loudspeaker takes, from the first moment that may be heard to the last', async () => {
    hear(1_600);
    await voice.end(now);
    await signed();
    let before: BlockBefore | null = null;
    for (const bytes of blocks) {
      const capturedAt = (parseLiveBlock(bytes)?.block.capturedAt ?? 0) / 1_000;
      const judged = judgeBlock(grant, before, bytes, capturedAt + 200);
      if (!judged.ok) throw new Error(judged.code);
      before = judged.value.before;
    }
    const [first, last] = [blocks[0], blocks.at(-1)].map((bytes) => parseLiveBlock(bytes ?? new Uint8Array())?.block);
    expect(last?.end).toBe(true);
    expect((first?.capturedAt ?? 0) / 1_000 - TIMES.from).toBeLessThan(20);
    expect(TIMES.until - (before?.endsAt ?? 0)).toBeLessThan(20.1);
    expect(voice.again(1, now)).toHaveLength(blocks.filter((bytes) => (parseLiveBlock(bytes)?.block.capturedAt ?? 0) / 1_000 >= now - 10_000).length);
  });

  it('reminds after twelve seconds of silence, holds after twenty and sends nothing until the speaker resumes', async () => {
    hear(100);
    hear(1_000, STILL);
    await signed();
    expect(silences).toEqual(['reminded', 'held']);
    const held = blocks.length;
    hear(50);
    await signed();
    expect(blocks).toHaveLength(held);
    voice.resume(now);
    hear(50);
    await signed();
    expect(silences.at(-1)).toBe('speaking');
    expect(blocks.length).toBeGreaterThan(held);
  });

  it('holds a voice whose microphone gives nothing at all', () => {
    hear(10);
    voice.quiet(now + 12_500);
    voice.quiet(now + 20_500);
    expect(silences).toEqual(['reminded', 'held']);
  });

  it('leaves a gap in the times where the microphone was away, and goes on', async () => {
    hear(50);
    now += 2_000;
    voice.restart();
    hear(50);
    await voice.end(now);
    await signed();
    const times = blocks.map((bytes) => (parseLiveBlock(bytes)?.block.capturedAt ?? 0) / 1_000);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0)).filter((ms) => ms > 1_000);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toBeGreaterThan(1_950);
    expect(faults).toEqual([]);
  });

  it('gives again what did not arrive, and takes nothing after its end', async () => {
    hear(200);
    await signed();
    voice.taken(3);
    expect(voice.again(5, now).map((bytes) => parseLiveBlock(bytes)?.block.seq)[0]).toBe(5);
    await voice.end(now);
    await signed();
    const said = blocks.length;
    hear(50);
    await voice.end(now);
    await signed();
    expect(blocks).toHaveLength(said);
  });

  it('tells when no signature can be made any more', async () => {
    await open({ ...sealOf(key), sign: async () => { throw new Error('gone'); } });
    hear(50);
    await signed();
    expect(faults.length).toBeGreaterThan(0);
    expect(blocks).toEqual([]);
  });
});

it('says whether somebody is too quiet or too loud for a loudspeaker', () => {
  expect([-Infinity, NaN, -50, -20, -3].map(loudnessOf)).toEqual(['quiet', 'quiet', 'quiet', 'good', 'loud']);
});

it('never asks for longer than the permit, its chime inside it, and the day\'s band allow', () => {
  const permit = { maxDurationMs: 300_000, dayBand: { fromMinute: 480, toMinute: 1_080 }, notAfter: START + 86_400_000 };
  const noon = Date.UTC(2026, 10, 22, 4);
  const permitAt = (now: number): number => longestUnder({ ...permit, notAfter: now + 86_400_000 }, 1_500, now);
  expect(permitAt(noon)).toBe(296_000);
  // Three minutes before six in the evening, China's time; then ten seconds before it.
  expect(permitAt(Date.UTC(2026, 10, 22, 9, 57))).toBe(116_000);
  expect(permitAt(Date.UTC(2026, 10, 22, 9, 59, 50))).toBe(0);
  expect(longestUnder({ ...permit, maxDurationMs: 4_000 }, 1_500, noon)).toBe(0);
});
