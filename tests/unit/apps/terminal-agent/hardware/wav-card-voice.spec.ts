import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readAudioFile, writeVoiceOgg } from '#libs/audio';
import { digestSchema, dispatchIdSchema } from '#libs/contracts';
import { openWavCard } from '../../../../../apps/terminal-agent/src/hardware/wav-card';
import { soundOf } from '../../../../../apps/terminal-agent/src/media/sound-of';
import { PlayoutPlan } from '../../../../../apps/terminal-agent/src/live/playout-plan';
import { DrivenTime } from '../../../../support/terminal-agent/driven-time';
import { tone } from '../../../../support/terminal-agent/fake-media';
import { joined, lagOf, snrDb, speakTo, spoken, voiceOf } from '../../../../support/terminal-agent/spoken';
import { REAL_FFMPEG } from '../../../libs/audio/ffmpeg/real-ffmpeg';
import { speechLike } from '../../../libs/audio/signals';

const NOW = 1_800_000_000_000;
const CHIME_MS = 300;
/** The encoder's look-ahead, samples. */
const CODEC_DELAY = 312;
const source = speechLike(3_000, 0.5);
const speech = spoken(source);

/** What lies in the file after a live item with a chime whose voice is heard `offsetMs` after the chime's end; cut off where `cutAfterMs` says. */
async function filed(offsetMs: number, cutAfterMs?: number): Promise<{ readonly samples: Float32Array; readonly told: number; readonly firstFrame: number | undefined }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'wav-voice-'));
  const { bytes, segment } = tone(500, CHIME_MS, 'chime');
  const chime = soundOf(segment.sha256, bytes);
  if (typeof chime === 'string') throw new Error(chime);
  const truth = new DrivenTime(NOW);
  let told: (file: string) => void = () => undefined;
  const done = new Promise<string>((resolve) => { told = resolve; });
  const card = openWavCard(folder, truth, told, (cause) => { throw cause; });
  const plan = new PlayoutPlan(NOW + 500 + CHIME_MS);
  speakTo(plan, speech, NOW + 500 + CHIME_MS + offsetMs);
  const voice = voiceOf(plan, (frame) => NOW + frame / 48);
  const ticket = card.schedule({
    dispatchId: dispatchIdSchema.parse('01890000-0000-7000-8000-00000000000a'), messageDigest: digestSchema.parse('a'.repeat(64)), repetition: 1, startAt: NOW + 500, startFrame: 500 * 48,
    sounds: [chime], voice, fromFrame: 0, gainDb: 0, mayCut: false, onFirstSample: () => undefined, onEnd: () => undefined,
  });
  if (cutAfterMs !== undefined) {
    await truth.move(500 + cutAfterMs);
    ticket.cancel(5);
  }
  await truth.move(5_000);
  const file = new Uint8Array(await readFile(await done));
  rmSync(folder, { recursive: true, force: true });
  const wav = readAudioFile(file);
  if (!('pcm' in wav)) throw new Error(wav.code);
  return { samples: wav.pcm.samples, told: voice.told.length, firstFrame: voice.frames[0] };
}

/** The voice as ffmpeg's libopus hears it; as ours does where there is none. */
function heardByOthers(): Float32Array {
  if (REAL_FFMPEG === undefined) return joined(speech.whole);
  const { bytes } = writeVoiceOgg(speech.packets);
  const { stdout } = spawnSync(REAL_FFMPEG, ['-hide_banner', '-loglevel', 'error', '-c:a', 'libopus', '-i', 'pipe:0', '-f', 's16le', '-ar', '48000', '-ac', '1', 'pipe:1'], { input: bytes, maxBuffer: 2 ** 26 });
  if (stdout.length === 0) return joined(speech.whole);
  return Float32Array.from({ length: stdout.length >> 1 }, (_, index) => stdout.readInt16LE(index * 2) / 32_768);
}

describe('a living voice in the file of a card without a device', () => {
  it('is what went in, behind its chime, at its time to the sample, and ends with it', async () => {
    const offsetMs = 137.5;
    const { samples, told, firstFrame } = await filed(offsetMs);
    const begins = (CHIME_MS + offsetMs) * 48;
    expect(samples).toHaveLength(begins + speech.packets.length * 960);
    expect(samples.subarray(CHIME_MS * 48, begins).every((sample) => sample === 0)).toBe(true);
    const voice = samples.subarray(begins);
    expect(told).toBe(speech.packets.length);
    expect(firstFrame).toBe(500 * 48 + begins);
    expect(Math.abs(lagOf(source.samples.subarray(0, 96_000), voice.subarray(0, 96_000), 960) - CODEC_DELAY)).toBeLessThanOrEqual(4);
    expect(snrDb(heardByOthers().subarray(960, 96_000), voice.subarray(960))).toBeGreaterThan(40);
  });

  it('is cut where it was cut', async () => {
    const { samples, told } = await filed(0, 1_000);
    expect(samples).toHaveLength(1_005 * 48);
    expect(Math.abs(samples.at(-1) ?? 1)).toBeLessThan(0.01);
    expect(told).toBe((1_000 - CHIME_MS) / 20);
  });
});
