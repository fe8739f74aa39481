import { LiveFault } from './live-fault';
import { SAMPLE_RATE } from './microphone';
import { BITRATE, type MakeEncoder } from './voice';

const FRAME_US = 20_000;

const CONFIG: AudioEncoderConfig = { codec: 'opus', sampleRate: SAMPLE_RATE, numberOfChannels: 1, bitrate: BITRATE, opus: { format: 'opus', frameDuration: FRAME_US } };

async function hasOwnEncoder(): Promise<boolean> {
  return typeof AudioEncoder !== 'undefined' && (await AudioEncoder.isConfigSupported(CONFIG).catch(() => ({ supported: false }))).supported === true;
}

/** Has everything here that will be needed: so that nothing is dispatched which nobody can encode. Refuses live-no-encoder. */
export async function readyEncoder(): Promise<void> {
  if (!(await hasOwnEncoder())) await (await import('./wasm-encoder')).loadWasm();
}

/** The browser's own encoder; where it has none (Firefox on phones, Safari before 26) libopus as WebAssembly. Refuses live-no-encoder. */
export const makeOpusEncoder: MakeEncoder = async (onPacket, onFault) =>
  (await hasOwnEncoder()) ? makeOwnEncoder(onPacket, onFault) : (await import('./wasm-encoder')).makeWasmEncoder(onPacket, onFault);

const makeOwnEncoder: MakeEncoder = async (onPacket, onFault) => {
  const encoder = new AudioEncoder({
    output: (chunk) => {
      const packet = new Uint8Array(chunk.byteLength);
      chunk.copyTo(packet);
      onPacket(packet);
    },
    error: (cause) => onFault(new LiveFault('live-encoder', '', cause)),
  });
  encoder.configure(CONFIG);
  let frames = 0;
  return {
    encode: (samples) => {
      if (encoder.state !== 'configured') return;
      const frame = new AudioData({ format: 'f32-planar', sampleRate: SAMPLE_RATE, numberOfFrames: samples.length, numberOfChannels: 1, timestamp: frames * FRAME_US, data: new Float32Array(samples) });
      frames += 1;
      encoder.encode(frame);
      frame.close();
    },
    drained: async () => {
      if (encoder.state === 'configured') await encoder.flush();
    },
    close: () => {
      if (encoder.state !== 'closed') encoder.close();
    },
  };
};
