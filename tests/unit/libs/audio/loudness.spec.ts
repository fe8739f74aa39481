import { HORN_LOUDNESS, decodeOggOpus, encodeOggOpus, hasSound, joinPcm, measureLoudness, normaliseLoudness, pcmOf, rmsDbfs, silence } from '#libs/audio';
import { limitTruePeak } from '../../../../libs/audio/limiter';
import { seeded, sine, sinePcm, speechLike } from './signals';

function noise(durationMs: number, amplitude: number): Float32Array {
  const random = seeded(11);
  return Float32Array.from({ length: durationMs * 48 }, () => (random() * 2 - 1) * amplitude);
}

describe('measureLoudness', () => {
  // ITU-R BS.1770-4: a 997 Hz sine of 0 dBFS in one channel reads -3.01.
  it.each([[1, -3.01], [10 ** (-20 / 20), -23.01], [10 ** (-33 / 20), -36.01]])('reads a 997 Hz tone of amplitude %d as %d LUFS', (amplitude, lufs) => {
    expect(measureLoudness(sinePcm(997, 5000, amplitude)).integratedLufs).toBeCloseTo(lufs, 1);
  });

  it('weighs a high tone more and a low one less than 1 kHz', () => {
    const at = (hertz: number): number => measureLoudness(sinePcm(hertz, 3000, 0.1)).integratedLufs;
    expect(at(4000) - at(997)).toBeCloseTo(3.3, 0);
    expect(at(40) - at(997)).toBeLessThan(-4);
  });

  // The idea of EBU Tech 3341 cases 3 and 4: quiet parts 10 LU below the rest do not count.
  it('leaves quiet parts out of the mean', () => {
    const loud = sinePcm(997, 8000, 10 ** (-20 / 20));
    const quiet = sinePcm(997, 4000, 10 ** (-56 / 20));
    expect(measureLoudness(joinPcm([quiet, loud, quiet])).integratedLufs).toBeCloseTo(-23.0, 0);
    expect(measureLoudness(joinPcm([silence(10000), loud])).integratedLufs).toBeCloseTo(-23.0, 0);
  });

  it('finds the peak between the samples', () => {
    // A quarter of the sampling rate, 45 degrees off: every sample is 3 dB below the real peak.
    const faded = (index: number): number => 0.25 - 0.25 * Math.cos((2 * Math.PI * index) / 48000);
    const samples = Float32Array.from({ length: 48000 }, (_, index) => faded(index) * Math.sin((Math.PI / 2) * index + Math.PI / 4));
    expect(measureLoudness(pcmOf(samples)).truePeakDbtp).toBeCloseTo(-6.02, 1);
    expect(20 * Math.log10(Math.max(...samples))).toBeCloseTo(-9.03, 1);
  });

  it('calls silence silence and measures recordings under 400 ms as one block', () => {
    expect(measureLoudness(silence(1000))).toEqual({ integratedLufs: -Infinity, truePeakDbtp: -Infinity });
    expect(measureLoudness(pcmOf(new Float32Array(0)))).toEqual({ integratedLufs: -Infinity, truePeakDbtp: -Infinity });
    expect(measureLoudness(sinePcm(997, 150, 1)).integratedLufs).toBeCloseTo(-3, 0);
  });
});

describe('normaliseLoudness', () => {
  it.each([0.2, 0.5, 1])('brings speech-like sound of amplitude %d to -16 LUFS and holds -2 dBTP', (amplitude) => {
    const { pcm, after } = normaliseLoudness(speechLike(3000, amplitude));
    const measured = measureLoudness(pcm);
    expect(after).toEqual(measured);
    expect(measured.integratedLufs).toBeGreaterThan(-16.7);
    expect(measured.integratedLufs).toBeLessThan(-15.7);
    expect(measured.truePeakDbtp).toBeLessThanOrEqual(-2);
  });

  it('holds the peak of anything, single clicks and full-scale noise too', () => {
    const clicks = new Float32Array(96000);
    for (let index = 100; index < clicks.length; index += 7919) clicks[index] = index % 2 === 0 ? 1 : -1;
    for (const samples of [clicks, noise(2000, 1), Float32Array.from(noise(2000, 1), Math.sign), sine(11999, 2000, 1)]) {
      const { pcm } = normaliseLoudness(pcmOf(samples), { targetLufs: -6, maxTruePeakDbtp: -2 });
      expect(measureLoudness(pcm).truePeakDbtp).toBeLessThanOrEqual(-2);
    }
  });

  it('turns down before the peak comes and never in a jump', () => {
    const input = Float32Array.from({ length: 9600 }, (_, index) => (index < 4800 ? 0.3 : 1));
    const output = limitTruePeak(input, 0.5);
    const gains = Array.from(output, (sample, index) => sample / (input[index] ?? 1));
    const jumps = gains.map((gain, index) => Math.abs(gain - (gains[index - 1] ?? gain)));
    expect(Math.max(...jumps)).toBeLessThan(0.005);
    expect(gains[0]).toBeCloseTo(1, 3);
    expect(gains[4799]).toBeLessThan(0.8);
  });

  it('changes nothing but the gain where nothing has to be limited', () => {
    const input = sinePcm(997, 3000, 0.02);
    const { pcm, gainDb } = normaliseLoudness(input, { targetLufs: -30, maxTruePeakDbtp: -2 });
    const factor = 10 ** (gainDb / 20);
    const differences = pcm.samples.map((sample, index) => Math.abs(sample - (input.samples[index] ?? 0) * factor));
    expect(differences.reduce((most, one) => (one > most ? one : most), 0)).toBeLessThan(1e-6);
  });

  it('does not lift the noise of an almost silent recording beyond its gain limit', () => {
    const { gainDb, after } = normaliseLoudness(pcmOf(noise(3000, 0.0005)));
    expect(gainDb).toBe(30);
    expect(after.integratedLufs).toBeLessThan(-30);
  });

  it('hands silence back', () => {
    const input = silence(500);
    expect(normaliseLoudness(input).pcm).toBe(input);
  });

  it('keeps head-room enough that nothing clips after Opus', () => {
    const { pcm } = normaliseLoudness(speechLike(4000, 0.5), HORN_LOUDNESS);
    const decoded = decodeOggOpus(encodeOggOpus(pcm, { bitrate: 24000 }).bytes);
    expect(measureLoudness(decoded).truePeakDbtp).toBeLessThan(0);
    expect(Math.abs(measureLoudness(decoded).integratedLufs + 16)).toBeLessThan(1);
  });
});

describe('levels', () => {
  it('gives a full-scale sine -3.01 dBFS, a square 0, nothing -Infinity', () => {
    expect(rmsDbfs(sine(1000, 1000, 1))).toBeCloseTo(-3.01, 2);
    expect(rmsDbfs(new Float32Array(100).fill(1))).toBe(0);
    expect(rmsDbfs(new Float32Array(100))).toBe(-Infinity);
    expect(rmsDbfs(new Float32Array(0))).toBe(-Infinity);
  });

  it('hears a tenth of a second of speech in ten seconds of silence, and not the hiss of an empty room', () => {
    expect(hasSound(joinPcm([silence(5000), sinePcm(300, 100, 0.05), silence(5000)]))).toBe(true);
    expect(hasSound(pcmOf(noise(3000, 0.001)))).toBe(false);
    expect(hasSound(silence(3000))).toBe(false);
  });
});
