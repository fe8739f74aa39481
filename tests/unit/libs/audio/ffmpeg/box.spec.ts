import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findFfmpeg, foreignFormatOf, readForeign } from '#libs/audio';
import { runFfmpeg } from '../../../../../libs/audio/ffmpeg/run-ffmpeg';

/** Programs in the place of ffmpeg, which do what one that was taken over could do. */
const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-box-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const LIMITS = { maxDurationMs: 1_000, timeoutMs: 10_000, memoryMiB: 512, cacheBytes: 1_000 };
const MP3 = Uint8Array.from([0xff, 0xfb, 0x90, 0x64, 0, 0]);

function program(name: string, script: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\ncase "$1" in -formats) echo " DE mp3 x"; echo " DE s16le x"; exit;; -encoders) exit;; esac\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('the box around ffmpeg', () => {
  it('gives it constant arguments: one format, one thread, a length, standard input and output, no other protocol', async () => {
    const told = path.join(folder, 'told');
    await runFfmpeg(program('tells', `cat > /dev/null; printf '%s ' "$@" > ${told}`), MP3, 'mp3', LIMITS);
    const args = (require('node:fs') as typeof import('node:fs')).readFileSync(told, 'utf8');
    expect(args).toMatch(/-threads 1 -protocol_whitelist pipe -format_whitelist mp3 -codec_whitelist mp3float,mp3 .*-f mp3 -i pipe:0 -map 0:a:0 .* -t 2 .*-f s16le pipe:1 $/);
  });

  it('limits memory, processor and files before it gets the first byte', async () => {
    const run = await runFfmpeg(program('limited', 'head -c 1 > /dev/null; echo "memory $(ulimit -v) time $(ulimit -t) files $(ulimit -n)" >&2'), MP3, 'mp3', LIMITS);
    expect(run).toEqual({ kind: 'damaged', told: `memory ${512 * 1024} time 2 files 16` });
  });

  it('kills it when it hangs, and when it answers with more than was allowed', async () => {
    expect(await runFfmpeg(program('hangs', 'exec sleep 60'), MP3, 'mp3', { ...LIMITS, timeoutMs: 700 })).toEqual({ kind: 'timeout' });
    expect(await runFfmpeg(program('floods', 'exec cat /dev/zero'), MP3, 'mp3', LIMITS)).toEqual({ kind: 'too-long' });
  });

  it('takes a complaint and a crash as a damaged file', async () => {
    expect(await runFfmpeg(program('complains', 'cat > /dev/null; head -c 960 /dev/zero; echo "invalid residual" >&2'), MP3, 'mp3', LIMITS)).toEqual({ kind: 'damaged', told: 'invalid residual' });
    expect(await runFfmpeg(program('crashes', 'kill -SEGV $$'), MP3, 'mp3', LIMITS)).toMatchObject({ kind: 'damaged' });
  });
});

describe('which ffmpeg is used', () => {
  const mine = program('ffmpeg', 'exit 0');

  it('is the one named, else the package, else the first of the PATH', () => {
    const other = program('other', 'exit 0');
    expect(findFfmpeg({ bin: other, searchPath: folder }, () => mine)).toBe(other);
    expect(findFfmpeg({ bin: null, searchPath: folder }, () => other)).toBe(other);
    expect(findFfmpeg({ bin: null, searchPath: `.:/nowhere:${folder}` }, () => null)).toBe(mine);
  });

  it('is none where the one named is missing: no other is taken for it', () => {
    expect(findFfmpeg({ bin: path.join(folder, 'missing'), searchPath: folder }, () => mine)).toBeUndefined();
    expect(findFfmpeg({ bin: null, searchPath: '/nowhere' }, () => null)).toBeUndefined();
  });

  it('when missing is said with its package', async () => {
    expect(await readForeign(MP3, 'mp3', undefined)).toMatchObject({ ok: false, code: 'AUDIO_NO_FFMPEG', sentence: expect.stringContaining('apt-get install ffmpeg') as string });
  });
});

describe('a format', () => {
  const text = (words: string): Uint8Array => new TextEncoder().encode(words);
  const tagged = (rest: Uint8Array): Uint8Array => Uint8Array.from([...text('ID3'), 4, 0, 0, 0, 0, 0, 3, 1, 2, 3, ...rest]);

  it.each([
    ['MP3', MP3, 'mp3'],
    ['MP3 behind a tag', tagged(MP3), 'mp3'],
    ['FLAC behind a tag', tagged(text('fLaC')), 'flac'],
    ['ADTS', Uint8Array.from([0xff, 0xf1, 0x50]), 'aac'],
    ['a tag alone', tagged(new Uint8Array()), undefined],
    ['a tag longer than the file', Uint8Array.from([...text('ID3'), 4, 0, 0, 127, 127, 127, 127, ...MP3]), undefined],
    ['a playlist behind a tag', tagged(text('#EXTM3U\nhttp://127.0.0.1/')), undefined],
    ['ffconcat', text('ffconcat version 1.0\nfile /etc/passwd'), undefined],
    ['AVI, where playlists hide in subtitles', text('RIFF    AVI LIST'), undefined],
    ['MP3 with no bit rate', Uint8Array.from([0xff, 0xfb, 0x00]), undefined],
    ['nothing', new Uint8Array(), undefined],
  ])('is told by the first bytes: %s', (_, bytes, format) => {
    expect(foreignFormatOf(bytes)).toBe(format);
  });
});
