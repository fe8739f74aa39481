import { encodeOggOpus, pcmOf, readAudioFile, readOggOpusPackets } from '#libs/audio';
import { digestSchema } from '#libs/contracts';
import type { Sound } from '../../../../../apps/terminal-agent/src/hardware/sound-card';
import { wavOf } from '../../../../../apps/terminal-agent/src/simulator/listen';

const NOW = 1_800_000_000_000;
/** 500 Hz at half scale moves 0.033 from one sample to the next, and Opus adds a little; a hard cut up to 0.5. */
const OWN_STEP = 0.036;

const tone = ((): Sound => {
  const samples = Float32Array.from({ length: 48_000 }, (_, at) => 0.5 * Math.min(1, at / 2_400, (48_000 - at) / 2_400) * Math.cos((2 * Math.PI * 500 * at) / 48_000));
  const read = readOggOpusPackets(encodeOggOpus(pcmOf(samples), { bitrate: 24_000 }).bytes);
  if ('code' in read) throw new Error(read.code);
  return { sha256: digestSchema.parse('a'.repeat(64)), ...read };
})();

async function heard(played: { readonly startedAt: number; readonly endedAt: number | null; readonly fromFrame: number }): Promise<Float32Array> {
  const read = readAudioFile(await wavOf([{ gainDb: 0, sounds: [tone], ...played }], NOW, 3_000));
  if (!read.ok) throw new Error(read.code);
  return read.pcm.samples;
}

const largestStep = (samples: Float32Array): number => samples.reduce((most, sample, at) => Math.max(most, Math.abs(sample - (samples[at - 1] ?? 0))), 0);

describe('listening to a simulated card', () => {
  it.each([
    ['what sounded through', { startedAt: NOW - 2_000, endedAt: NOW - 1_000, fromFrame: 0 }],
    ['what was cut off', { startedAt: NOW - 2_000, endedAt: NOW - 1_500, fromFrame: 0 }],
    ['what went on in its middle', { startedAt: NOW - 2_000, endedAt: NOW - 1_500, fromFrame: 24_000 }],
    ['what went on and was cut off again', { startedAt: NOW - 2_000, endedAt: NOW - 1_800, fromFrame: 24_000 }],
  ])('hears %s without a click, as a real card sounds it', async (_, played) => {
    const samples = await heard(played);
    expect(largestStep(samples)).toBeLessThan(OWN_STEP);
    expect(samples.reduce((count, sample) => count + (sample === 0 ? 0 : 1), 0)).toBeGreaterThan(9_000);
  });

  it('hears what began before the stretch from its middle on, and what goes on up to now', async () => {
    const samples = await heard({ startedAt: NOW - 500, endedAt: null, fromFrame: 0 });
    expect(samples.subarray(0, 3 * 48_000 - 24_000).every((sample) => sample === 0)).toBe(true);
    expect(samples.subarray(-4_800).some((sample) => Math.abs(sample) > 0.4)).toBe(true);
  });
});
