import { mkdirSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pcmOf, writeWav } from '#libs/audio';
import { decodeSamples, decodeSounds } from '../playout/decode-sound';
import type { TrueTime } from '../simulator/true-time';
import { VirtualCard, type CardRecord } from '../simulator/virtual-card';
import { VoicePcm } from '../live/voice-pcm';
import type { Slot } from './card-voice';
import { sounded } from './soft-edges';
import { FRAMES_PER_MS } from './sound-card';

const OWN_NAME = /^\d{4}-\d\d-\d\dT[\d.-]+Z-[0-9a-f]{6}-\d+\.wav$/;
/** Files that are kept; a siren of a minute is 6 MB. */
const MOST_FILES = 200;
/** Decoded between two pauses: about 3 ms of work. */
const SLOTS_A_TURN = 50;

/** Without a sound device: a virtual card that writes what would sound, cut where it was cut, as one WAV file for each repetition; the oldest of too many go. */
export function openWavCard(folder: string, truth: TrueTime, onFile: (file: string) => void, onFault: (cause: unknown) => void, most = MOST_FILES): VirtualCard {
  mkdirSync(folder, { recursive: true });
  const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const spoken = new WeakMap<CardRecord['job'], Slot[]>();
  return new VirtualCard({
    truth, ppm: 0,
    onSlot: ({ job }, slot) => {
      const slots = spoken.get(job) ?? [];
      spoken.set(job, slots);
      slots.push(slot);
    },
    decode: (sounds, fromFrame) => decodeSounds(sounds, fromFrame, pause),
    onRecord: (record, before) => {
      if (record.endedAt === null || before?.endedAt !== null) return;
      const file = join(folder, nameOf(record));
      wavOf(record, spoken.get(record.job) ?? [], record.endedAt - record.startedAt, pause).then((bytes) => writeFile(file, bytes)).then(() => onFile(file)).then(() => keepNewest(folder, most)).catch(onFault);
    },
  });
}

/** Only files of this card's own naming, which sort by time. */
async function keepNewest(folder: string, most: number): Promise<void> {
  const files = (await readdir(folder)).filter((name) => OWN_NAME.test(name)).sort();
  for (const name of files.slice(0, Math.max(0, files.length - most))) await rm(join(folder, name), { force: true });
}

async function wavOf({ job }: CardRecord, slots: readonly Slot[], durationMs: number, pause: () => Promise<void>): Promise<Uint8Array> {
  const recorded = (await decodeSamples(job.sounds, pause))?.subarray(job.fromFrame) ?? new Float32Array(0);
  const samples = slots.length === 0 ? recorded : await withVoice(recorded, slots, pause);
  return writeWav(pcmOf(sounded(job, samples, Math.max(1, Math.round(durationMs * FRAMES_PER_MS)))));
}

async function withVoice(recorded: Float32Array, slots: readonly Slot[], pause: () => Promise<void>): Promise<Float32Array> {
  const samples = new Float32Array(slots.reduce((sum, { frames }) => sum + frames, recorded.length));
  const voice = new VoicePcm();
  samples.set(recorded);
  let at = recorded.length;
  for (const [index, slot] of slots.entries()) {
    if (index % SLOTS_A_TURN === SLOTS_A_TURN - 1) await pause();
    samples.set(voice.next(slot), at);
    at += slot.frames;
  }
  return samples;
}

function nameOf({ startedAt, job }: CardRecord): string {
  return `${new Date(startedAt).toISOString().replaceAll(':', '-')}-${job.dispatchId.slice(-6)}-${job.repetition}.wav`;
}
