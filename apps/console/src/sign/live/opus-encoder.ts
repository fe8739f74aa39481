import { LiveFault } from './live-fault';
import { SAMPLE_RATE } from './microphone';
import type { MakeEncoder } from './voice';

const FRAME_US = 20_000;
/** A voice at full band (facts of RFC 6716 2.1.1: 24 to 32 kb/s for fullband speech). */
export const BITRATE = 24_000;

const CONFIG: AudioEncoderConfig = { codec: 'opus', sampleRate: SAMPLE_RATE, numberOfChannels: 1, bitrate: BITRATE, opus: { format: 'opus', frameDuration: FRAME_US } };

/** The browser's own encoder. Refuses live-no-encoder. */
export const makeOpusEncoder: MakeEncoder = async (onPacket, onFault) => {
  if (typeof AudioEncoder === 'undefined' || !(await AudioEncoder.isConfigSupported(CONFIG).catch(() => ({ supported: false }))).supported) throw new LiveFault('live-no-encoder');
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
