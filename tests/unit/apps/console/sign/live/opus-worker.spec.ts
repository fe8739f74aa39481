import { readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { createOpusDecoder } from '#libs/audio';

const WORKER = path.resolve(__dirname, '../../../../../../apps/console/src/sign/live/opus-worker.js');
const WASM = path.resolve(__dirname, '../../../../../../node_modules/@evan/opus/wasm/opus.wasm');
const FRAME = 960;
/** Opus and its decoder are so far behind what went in (RFC 7845 4.2: 312 samples); what it does to a voice's phase moves it a little. */
const DELAYS = Array.from({ length: 48 }, (_, n) => 288 + n);

/** The worker's own file as a browser runs it, but for the thread. */
function open() {
  const answers: unknown[] = [];
  let told: () => void = () => undefined;
  const self: { onmessage?: (event: { data: unknown }) => void; postMessage(answer: unknown): void } = {
    postMessage: (answer) => {
      answers.push(answer);
      told();
    },
  };
  vm.runInNewContext(readFileSync(WORKER, 'utf8'), { self, WebAssembly: Reflect.get(globalThis, 'WebAssembly'), Float32Array, Int16Array, Uint8Array, Math, Error });
  const tell = (data: unknown): void => self.onmessage?.({ data });
  const answer = (data: unknown): Promise<unknown> => new Promise((resolve) => {
    told = () => resolve(answers.at(-1));
    tell(data);
  });
  return { answers, tell, answer };
}

/** A voice-like rise from 200 to 2,000 Hz with a beat. */
const sound = Float32Array.from({ length: 100 * FRAME }, (_, n) => {
  const at = n / 48_000;
  return 0.4 * (0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * at)) * Math.sin(2 * Math.PI * (200 + 450 * at) * at);
});
const frames = Array.from({ length: 100 }, (_, n) => sound.slice(n * FRAME, (n + 1) * FRAME));

describe('the encoder of browsers that have none', () => {
  it('makes one packet of each 20 ms, at the rate that was asked for, and what is decoded is what went in', async () => {
    const worker = open();
    expect(await worker.answer({ wasm: readFileSync(WASM), bitrate: 24_000 })).toBe('ready');
    const before = performance.now();
    for (const frame of frames) worker.tell(frame);
    const costMs = (performance.now() - before) / frames.length;
    expect(await worker.answer('drain')).toBe('drained');
    const packets = worker.answers.slice(1, -1) as Uint8Array[];
    expect(packets).toHaveLength(frames.length);
    const kbps = packets.reduce((sum, { length }) => sum + length, 0) * 8 / (frames.length * 20);
    expect(kbps).toBeGreaterThan(15);
    expect(kbps).toBeLessThan(33);
    const decoder = createOpusDecoder();
    const heard = packets.flatMap((packet) => [...decoder.decode(packet)]);
    expect(heard).toHaveLength(sound.length);
    expect(likeness(sound, heard)).toBeGreaterThan(0.95);
    // Another sound of the same length is not taken for it.
    expect(likeness(sound.slice().reverse(), heard)).toBeLessThan(0.5);
    process.stdout.write(`opus-worker: ${costMs.toFixed(2)} ms for 20 ms of sound, ${kbps.toFixed(1)} kb/s\n`);
  });

  it('says so when it cannot begin', async () => {
    expect(await open().answer({ wasm: new Uint8Array(8), bitrate: 24_000 })).toEqual({ failed: expect.any(String) });
  });

  it('says so when it is given sound that it cannot encode, and takes what is too loud as loud as can be', async () => {
    const worker = open();
    expect(await worker.answer(new Float32Array(FRAME))).toEqual({ failed: expect.any(String) });
    await worker.answer({ wasm: readFileSync(WASM), bitrate: 24_000 });
    expect(((await worker.answer(new Float32Array(FRAME).fill(40))) as Uint8Array).length).toBeGreaterThan(2);
  });
});

/** The best normalised correlation about the codec's delay: 1 is the same sound. */
function likeness(said: Float32Array, heard: readonly number[]): number {
  return Math.max(...DELAYS.map((delay) => {
    let [both, first, second] = [0, 0, 0];
    for (let at = 4_800; at + delay < said.length; at += 3) {
      const [a, b] = [said[at] ?? 0, heard[at + delay] ?? 0];
      both += a * b;
      first += a * a;
      second += b * b;
    }
    return both / Math.sqrt(first * second);
  }));
}
