import type { Clock } from '../../clock';
import { levelDbfs } from './level';
import { openMicrophone, SAMPLE_RATE, type Microphone } from './microphone';

const TEST_MS = 3_000;

export interface OwnEar {
  /** Of the loudest 20 ms. */
  readonly loudestDbfs: number;
}

/**
 * Three seconds of the speaker, played back on this device and nowhere else. To be called inside a press. Refuses as
 * `openMicrophone`.
 */
export async function testOwnEar(clock: Clock, on: { level(dbfs: number): void; playing(): void }): Promise<OwnEar> {
  const frames: Float32Array<ArrayBuffer>[] = [];
  let loudestDbfs = -Infinity;
  let whole: () => void = () => undefined;
  const recorded = new Promise<void>((resolve) => { whole = resolve; });
  const microphone: Microphone = await openMicrophone({
    frame: (samples) => {
      if (frames.length * samples.length >= (TEST_MS / 1_000) * SAMPLE_RATE) return whole();
      frames.push(samples);
      const level = levelDbfs(samples);
      loudestDbfs = Math.max(loudestDbfs, level);
      on.level(level);
    },
    lost: () => whole(), back: () => undefined,
  }, () => clock.monotonic());
  await recorded;
  microphone.close();
  on.playing();
  await play(frames);
  return { loudestDbfs };
}

async function play(frames: readonly Float32Array<ArrayBuffer>[]): Promise<void> {
  const [first] = frames;
  if (first === undefined) return;
  const context = new AudioContext({ sampleRate: SAMPLE_RATE });
  const buffer = context.createBuffer(1, frames.length * first.length, SAMPLE_RATE);
  for (const [at, frame] of frames.entries()) buffer.copyToChannel(frame, 0, at * first.length);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  await context.resume();
  await new Promise<void>((resolve) => {
    source.onended = () => resolve();
    source.start();
  });
  await context.close();
}
