import { DEFAULT_AUDIO_LIMITS, encodeOggOpus, pcmOf, readAudioFile, rmsDbfs, writeWav } from '#libs/audio';
import { makeWav, seeded, sine, sinePcm, toneDb, type WavShape } from './signals';

const tone = sine(1000, 500, 0.5);

function codeOf(bytes: Uint8Array, limits = DEFAULT_AUDIO_LIMITS): string {
  const read = readAudioFile(bytes, limits);
  return read.ok ? 'ok' : read.code;
}

describe('readAudioFile', () => {
  const kinds: readonly (readonly [NonNullable<WavShape['kind']>, boolean, number])[] = [
    ['u8', false, 0.01],
    ['s16', false, 1e-4],
    ['s24', false, 1e-5],
    ['s32', false, 1e-5],
    ['f32', false, 1e-6],
    ['s16', true, 1e-4],
    ['s24', true, 1e-5],
    ['f32', true, 1e-6],
  ];
  it.each(kinds)('reads %s WAV (extensible: %s) sample by sample', (kind, extensible, tolerance) => {
    const read = readAudioFile(makeWav([tone], { kind, extensible }));
    if (!read.ok) throw new Error(read.sentence);
    expect(read.format).toBe('wav');
    expect(read.pcm.samples.length).toBe(tone.length);
    expect(Math.max(...read.pcm.samples.map((sample, index) => Math.abs(sample - (tone[index] ?? 0))))).toBeLessThan(tolerance);
  });

  it('mixes stereo down to the mean of both sides', () => {
    const read = readAudioFile(makeWav([sine(1000, 500, 0.5), sine(2000, 500, 0.5)]));
    if (!read.ok) throw new Error(read.sentence);
    expect(toneDb(read.pcm.samples, 1000)).toBeCloseTo(-12.04, 1);
    expect(toneDb(read.pcm.samples, 2000)).toBeCloseTo(-12.04, 1);
  });

  it.each([8000, 11025, 16000, 22050, 32000, 44100, 47999, 88200, 96000])('brings %i Hz to 48 kHz: same length in time, same pitch, same level, no mirror tones', (rate) => {
    const read = readAudioFile(makeWav([sine(1000, 1000, 0.5, rate)], { rate, kind: 'f32' }));
    if (!read.ok) throw new Error(read.sentence);
    expect(read.pcm.sampleRate).toBe(48000);
    expect(Math.abs(read.pcm.samples.length - 48000)).toBeLessThanOrEqual(1);
    const middle = read.pcm.samples.slice(4800, 43200);
    expect(toneDb(middle, 1000)).toBeCloseTo(-6.02, 1);
    // Everything that is not the tone lies 70 dB below it.
    expect(rmsDbfs(withoutTone(middle, 1000))).toBeLessThan(-70);
  });

  it('lets nothing above the new Nyquist frequency fold back when it goes down from 96 kHz', () => {
    const read = readAudioFile(makeWav([sine(30000, 1000, 0.5, 96000), sine(30000, 1000, 0.5, 96000)], { rate: 96000, kind: 'f32' }));
    expect(read).toMatchObject({ ok: false, code: 'AUDIO_SILENT' });
  });

  it('steps over odd and unknown chunks before, between and after', () => {
    const odd: readonly (readonly [string, Uint8Array])[] = [['LIST', new Uint8Array(7)], ['junk', new Uint8Array(0)]];
    expect(codeOf(makeWav([tone], { before: odd, after: odd }))).toBe('ok');
  });

  it('takes the open data length that writers into a pipe leave', () => {
    expect(codeOf(makeWav([tone], { dataLength: 0xffffffff }))).toBe('ok');
  });

  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'AUDIO_EMPTY'],
    ['a WAV without samples', makeWav([new Float32Array(0)]), 'AUDIO_EMPTY'],
    ['silence', makeWav([new Float32Array(48000)]), 'AUDIO_SILENT'],
    ['a constant offset, which is not sound', makeWav([new Float32Array(48000).fill(0.4)]), 'AUDIO_SILENT'],
    ['a data chunk longer than the file', makeWav([tone], { dataLength: 1_000_000 }), 'AUDIO_UNREADABLE'],
    ['a cut file', makeWav([tone]).subarray(0, 5000), 'AUDIO_UNREADABLE'],
    ['a file cut in its format chunk', makeWav([tone]).subarray(0, 30), 'AUDIO_UNREADABLE'],
    ['two format chunks', makeWav([tone], { before: [['fmt ', new Uint8Array(16)]] }), 'AUDIO_UNREADABLE'],
    ['two data chunks', makeWav([tone], { after: [['data', new Uint8Array(16)]] }), 'AUDIO_UNREADABLE'],
    ['data before format', makeWav([tone], { before: [['data', new Uint8Array(16)]] }), 'AUDIO_UNREADABLE'],
    ['half a sample at the end', makeWav([tone], { dataLength: 4001 }), 'AUDIO_UNREADABLE'],
    ['samples that are not numbers', makeWav([Float32Array.of(0.1, NaN, 0.2)], { kind: 'f32' }), 'AUDIO_UNREADABLE'],
    ['a thousand and more chunks', makeWav([tone], { before: new Array(1100).fill(['junk', new Uint8Array(0)]) }), 'AUDIO_UNREADABLE'],
    ['six channels', makeWav([tone, tone, tone, tone, tone, tone]), 'AUDIO_UNLISTED_FORMAT'],
    ['no channel', makeWav([tone], { channels: 0 }), 'AUDIO_UNLISTED_FORMAT'],
    ['a rate of 192 kHz', makeWav([tone], { rate: 192000 }), 'AUDIO_UNLISTED_FORMAT'],
    ['a rate of zero', makeWav([tone], { rate: 0 }), 'AUDIO_UNLISTED_FORMAT'],
    ['MP3 with a tag', Uint8Array.from([...new TextEncoder().encode('ID3'), 4, 0, 0, 0, 0, 0, 0, 0]), 'AUDIO_UNLISTED_FORMAT'],
    ['MP3 without a tag', Uint8Array.of(0xff, 0xfb, 0x90, 0x64, 0, 0, 0, 0), 'AUDIO_UNLISTED_FORMAT'],
    ['FLAC', new TextEncoder().encode('fLaC and so on'), 'AUDIO_UNLISTED_FORMAT'],
    ['a text', new TextEncoder().encode('hello'), 'AUDIO_UNLISTED_FORMAT'],
    ['an Ogg file with something else inside', oggOf('fishead\0'), 'AUDIO_UNREADABLE'],
  ])('refuses %s', (_name, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it('says a doubled fmt chunk apart from a file whose fields contradict each other', () => {
    const wrongAlign = makeWav([tone]);
    new DataView(wrongAlign.buffer).setUint16(32, 7, true);
    expect(readAudioFile(wrongAlign)).toMatchObject({ code: 'AUDIO_UNREADABLE', sentence: expect.stringContaining('contradicts') });
  });

  it('names MP3 in the sentence, so that the clerk knows what to do', () => {
    expect(readAudioFile(Uint8Array.of(0xff, 0xfb, 0x90, 0x64))).toMatchObject({ sentence: expect.stringMatching(/^MP3 .*WAV/) });
  });

  it('refuses recordings over the limit by length and by size, before decoding', () => {
    expect(codeOf(makeWav([tone]), { maxBytes: 1e6, maxDurationMs: 499 })).toBe('AUDIO_TOO_LONG');
    expect(codeOf(makeWav([tone]), { maxBytes: 100, maxDurationMs: 60000 })).toBe('AUDIO_TOO_LARGE');
    const ogg = encodeOggOpus(sinePcm(500, 1000, 0.5), { bitrate: 24000 });
    expect(codeOf(ogg.bytes, { maxBytes: 1e6, maxDurationMs: 999 })).toBe('AUDIO_TOO_LONG');
    expect(codeOf(ogg.bytes, { maxBytes: 1e6, maxDurationMs: 1000 })).toBe('ok');
  });

  it('reads back what writeWav wrote', () => {
    const read = readAudioFile(writeWav(pcmOf(tone)));
    if (!read.ok) throw new Error(read.sentence);
    expect(Math.max(...read.pcm.samples.map((sample, index) => Math.abs(sample - (tone[index] ?? 0))))).toBeLessThan(1e-4);
  });

  it('never throws, whatever is done to a good file', () => {
    const random = seeded(42);
    const good = [makeWav([tone.subarray(0, 3000)], { extensible: true }), encodeOggOpus(sinePcm(500, 60, 0.5), { bitrate: 24000 }).bytes];
    const known = ['ok', 'AUDIO_UNLISTED_FORMAT', 'AUDIO_UNREADABLE', 'AUDIO_TOO_LONG', 'AUDIO_EMPTY', 'AUDIO_SILENT'];
    for (const file of good) {
      for (let round = 0; round < 400; round += 1) {
        const bad = file.slice(0, random() < 0.3 ? Math.floor(random() * file.length) : file.length);
        for (let flips = 0; flips < 3; flips += 1) bad[Math.floor(random() * Math.min(bad.length, 120))] = Math.floor(random() * 256);
        expect(known).toContain(codeOf(bad, { maxBytes: 1e6, maxDurationMs: 5000 }));
      }
    }
  });
});

/** Takes one tone out by least squares. */
function withoutTone(samples: Float32Array, hertz: number): Float32Array {
  let sine = 0;
  let cosine = 0;
  const angle = (2 * Math.PI * hertz) / 48000;
  samples.forEach((sample, index) => {
    sine += (2 / samples.length) * sample * Math.sin(angle * index);
    cosine += (2 / samples.length) * sample * Math.cos(angle * index);
  });
  return samples.map((sample, index) => sample - sine * Math.sin(angle * index) - cosine * Math.cos(angle * index));
}

function oggOf(text: string): Uint8Array {
  const bytes = new Uint8Array(40);
  bytes.set(new TextEncoder().encode('OggS'));
  bytes.set(new TextEncoder().encode(text), 28);
  return bytes;
}
