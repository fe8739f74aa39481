import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { encodeOggOpus, pcmOf, readOggOpusPackets } from '#libs/audio';
import { digestSchema, dispatchIdSchema } from '#libs/contracts';
import { systemClock } from '../../../apps/terminal-agent/src/clock';
import { findPlayer, openPlayer, type SoundWish } from '../../../apps/terminal-agent/src/hardware/open-sound';
import type { PipeCard } from '../../../apps/terminal-agent/src/hardware/pipe-card';
import type { CardEnd, Sound } from '../../../apps/terminal-agent/src/hardware/sound-card';
import { digestNamed } from '../../support/trust-builder';

const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-sound-test-'));
const raw = path.join(folder, 'heard.raw');
const clock = systemClock();
let card: PipeCard | undefined;

afterEach(() => card?.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasAplay = spawnSync('aplay', ['--version']).error === undefined;

function tone(): Sound {
  const samples = Float32Array.from({ length: 24_000 }, (_, at) => 0.5 * Math.cos((2 * Math.PI * 500 * at) / 48_000));
  const read = readOggOpusPackets(encodeOggOpus(pcmOf(samples), { bitrate: 24_000 }).bytes);
  if ('code' in read) throw new Error(read.code);
  return { sha256: digestSchema.parse('a'.repeat(64)), ...read };
}

/** A program named like a player, in a folder of its own. */
function fake(name: string, lines: string): SoundWish {
  const bin = mkdtempSync(path.join(folder, 'bin-'));
  writeFileSync(path.join(bin, name), `#!/bin/sh\n${lines}\n`);
  chmodSync(path.join(bin, name), 0o755);
  return { player: 'auto', device: null, latencyMs: 0, folders: [bin] };
}

async function sound(wish: SoundWish): Promise<{ readonly end: CardEnd; readonly first: boolean; readonly faults: readonly string[] }> {
  const found = await findPlayer(wish, clock);
  if (!found.ok) throw new Error(found.tried.join());
  const faults: string[] = [];
  const playing = openPlayer(found.program, wish, clock, (words) => faults.push(words));
  card = playing;
  let first = false;
  const end = await new Promise<CardEnd>((resolve) => {
    playing.schedule({
      dispatchId: dispatchIdSchema.parse('01890000-0000-7000-8000-000000000001'), messageDigest: digestNamed('message'), repetition: 1, startAt: 0,
      startFrame: playing.frameNow() + 48 * 300, sounds: [tone()], fromFrame: 0, gainDb: 0, mayCut: true, onFirstSample: () => { first = true; }, onEnd: resolve,
    });
  });
  return { end, first, faults };
}

/** What came out: without the silence before and after. */
function heard(): Buffer {
  const bytes = readFileSync(raw);
  let from = 0;
  while (from < bytes.length && bytes.readInt16LE(from) === 0) from += 2;
  return bytes.subarray(from, from + 24_000 * 2);
}
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a player on this machine', () => {
  it('gets exactly the samples whose digest is proved, with silence around them', async () => {
    const { end, first } = await sound(fake('pacat', `exec cat > ${raw}`));
    expect([end.how, first]).toEqual(['played', true]);
    expect(sha256(heard())).toBe(end.digest);
  });

  it('that crashes in the middle of a sound leaves no proof of it', async () => {
    const { end, faults } = await sound(fake('pacat', 'head -c 60000 > /dev/null; echo "device gone" >&2; exit 7'));
    expect(end).toMatchObject({ how: 'failed', digest: null, levelCentiDbfs: null });
    expect(faults[0]).toMatch(/ended with 7.*device gone/);
  });

  it('is passed over when its device does not open, and what it said is told', async () => {
    const wish = fake('aplay', 'echo "audio open error: No such device" >&2; exit 1');
    expect(await findPlayer(wish, clock)).toEqual({ ok: false, tried: ['aplay: ended with 1. audio open error: No such device'] });
    const other = fake('pacat', 'exec cat > /dev/null');
    expect(await findPlayer({ ...wish, folders: [...wish.folders, ...other.folders] }, clock)).toMatchObject({ ok: true, program: { name: 'pacat', reports: false } });
    expect(await findPlayer({ ...wish, player: 'play' }, clock)).toEqual({ ok: false, tried: [] });
  });

  (hasAplay ? it : it.skip)('through ALSA itself: the device that ALSA writes to a file got what is proved', async () => {
    const conf = path.join(folder, 'asound.conf');
    writeFileSync(conf, `</usr/share/alsa/alsa.conf>\npcm.horn { type file slave.pcm null file "${raw}" format raw }\n`);
    const wrapper = fake('aplay', `ALSA_CONFIG_PATH=${conf} exec ${spawnSync('sh', ['-c', 'command -v aplay'], { encoding: 'utf8' }).stdout.trim()} "$@"`);
    const { end, first } = await sound({ ...wrapper, device: 'horn' });
    expect([end.how, first]).toEqual(['played', true]);
    expect(sha256(heard())).toBe(end.digest);
  });
});
