import { findChirps, LOOK_RATE } from './chirp';

/** Sound as it came to the page: frames, and when (Unix ms by the browser) each piece was handed over. */
export interface Taken {
  readonly rate: number;
  readonly pieces: readonly { readonly at: number; readonly frames: number }[];
  /** Every fourth sample of all pieces, 12 kHz, in 1/32768. */
  readonly samples: readonly number[];
}

/**
 * Put into the page before its own scripts: whoever opens the microphone is listened to by a second pair of ears on the same
 * track, which writes down what came and when. It changes nothing that the page does.
 */
export const EAR = `(() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    const taken = { rate: 0, pieces: [], samples: [] };
    window.clarionTaken = taken;
    const reader = new MediaStreamTrackProcessor({ track: stream.getAudioTracks()[0].clone() }).readable.getReader();
    window.clarionDeaf = () => reader.cancel();
    let rest = [];
    (async () => {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        taken.pieces.push({ at: performance.timeOrigin + performance.now(), frames: value.numberOfFrames });
        taken.rate = value.sampleRate;
        const plane = new Float32Array(value.numberOfFrames);
        value.copyTo(plane, { planeIndex: 0, format: 'f32-planar' });
        value.close();
        for (const sample of plane) {
          rest.push(sample);
          if (rest.length === 4) { taken.samples.push(Math.round(8192 * (rest[0] + rest[1] + rest[2] + rest[3]))); rest = []; }
        }
      }
    })();
    return stream;
  };
})()`;

/** When each chirp came to the page, Unix ms: pieces are counted, and the promptest of them says when the first sample was there. What lies before that on every way, the fake device's own buffer and the browser's cleaning of the voice, is not in it. */
export function chirpsTaken({ rate, pieces, samples }: Taken): readonly number[] {
  let frames = 0;
  let begunAt = Number.POSITIVE_INFINITY;
  for (const piece of pieces) {
    frames += piece.frames;
    begunAt = Math.min(begunAt, piece.at - (1_000 * frames) / rate);
  }
  return findChirps(Float32Array.from(samples, (sample) => sample / 32_768)).map((at) => begunAt + (1_000 * at) / LOOK_RATE);
}
