import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { durationMsOf, foreignFormatOf, generateSiren, readForeign, type ForeignFormat } from '#libs/audio';
import { encoded, REAL_FFMPEG, whenFfmpeg } from './real-ffmpeg';

const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-ffmpeg-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const FORMATS = ['mp3', 'aac', 'm4a', 'flac', 'ogg-vorbis'] as const;
const read = (bytes: Uint8Array, format: ForeignFormat) => readForeign(bytes, format, REAL_FFMPEG);

whenFfmpeg('a recording in a format that ffmpeg reads', () => {
  const sound = generateSiren('rise-fall', 3_000);
  const files = new Map(REAL_FFMPEG === undefined ? [] : FORMATS.map((format) => [format, encoded(format, sound, folder)]));
  const made = (format: ForeignFormat): Uint8Array => files.get(format) ?? new Uint8Array();

  it.each(FORMATS)('is known by its content and comes out as long and as loud as it went in: %s', async (format) => {
    expect(foreignFormatOf(made(format))).toBe(format);
    const answer = await read(made(format), format);
    if (!answer.ok) throw new Error(answer.sentence);
    expect(Math.abs(durationMsOf(answer.pcm) - durationMsOf(sound))).toBeLessThan(120);
    const power = (samples: Float32Array): number => samples.reduce((sum, one) => sum + one * one, 0);
    expect(Math.abs(10 * Math.log10(power(answer.pcm.samples) / power(sound.samples)))).toBeLessThan(1);
  });

  it('may have its table of contents at its end, further back than a pipe goes', async () => {
    const long = encoded('m4a', ['-f', 'lavfi', '-i', 'anoisesrc=d=10:r=44100:a=0.3', '-b:a', '256k'], folder);
    expect(long.length).toBeGreaterThan(200_000);
    expect(await read(long, 'm4a')).toMatchObject({ ok: true });
  });

  it.each(['aac', 'm4a', 'flac', 'ogg-vorbis'] as const)('is refused when its end is missing: %s', async (format) => {
    const whole = made(format);
    expect(await read(whole.slice(0, Math.floor(whole.length * 0.6) + 7), format)).toMatchObject({ ok: false, code: 'AUDIO_UNREADABLE' });
  });

  it('is refused when its last page is there and is cut: ogg-vorbis', async () => {
    const whole = made('ogg-vorbis');
    for (const length of [whole.length - 1, whole.length - 200, Buffer.from(whole).lastIndexOf('OggS') + 20]) expect(await read(whole.slice(0, length), 'ogg-vorbis')).toMatchObject({ ok: false, code: 'AUDIO_UNREADABLE' });
  });

  it('is refused when one format stands where another was told', async () => {
    for (const [told, real] of [['flac', 'mp3'], ['m4a', 'flac'], ['ogg-vorbis', 'm4a'], ['aac', 'ogg-vorbis']] as const) {
      expect(await read(made(real), told)).toMatchObject({ ok: false, code: 'AUDIO_UNREADABLE' });
    }
  });

  it('is refused when few bytes hold hours, without decoding them', async () => {
    const hours = encoded('flac', ['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono', '-t', '3600'], folder);
    expect(hours.length).toBeLessThan(1_000_000);
    expect(await read(hours, 'flac')).toMatchObject({ ok: false, code: 'AUDIO_TOO_LONG' });
  });

  it('is refused when nothing can be heard in it', async () => {
    expect(await read(encoded('mp3', ['-f', 'lavfi', '-i', 'anullsrc=r=44100:cl=mono', '-t', '1'], folder), 'mp3')).toMatchObject({ ok: false, code: 'AUDIO_SILENT' });
  });

  it('never makes ffmpeg follow an address or a path, whatever format it claims', async () => {
    let connections = 0;
    const listener = createServer((socket) => { connections += 1; socket.destroy(); });
    await new Promise<void>((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
    const there = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/a.mp3`;
    const texts = [`#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${there}\n#EXT-X-ENDLIST\n`, `ffconcat version 1.0\nfile ${there}\nfile /etc/passwd\n`, `v=0\nc=IN IP4 127.0.0.1\nm=audio 20001 RTP/AVP 0\n`];
    try {
      for (const text of texts) {
        const bytes = new TextEncoder().encode(text);
        expect(foreignFormatOf(bytes)).toBeUndefined();
        for (const format of ['mp3', 'm4a'] as const) expect(await read(bytes, format)).toMatchObject({ ok: false });
        expect(await read(Uint8Array.from([...made('mp3').subarray(0, 4), ...bytes]), 'mp3')).toMatchObject({ ok: false });
      }
      expect(connections).toBe(0);
    } finally {
      listener.close();
    }
    expect(readdirSync(os.tmpdir()).filter((name) => name.startsWith('ffcache'))).toEqual([]);
  });
});
