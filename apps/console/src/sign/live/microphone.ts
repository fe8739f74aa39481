import { LiveFault } from './live-fault';

export const SAMPLE_RATE = 48_000;
/** Frames are due every 20 ms; without one for so long the microphone counts as lost. */
const LOST_MS = 500;
const RETRY_MS = 500;
/** No device is this slow: a larger figure is nonsense that a driver tells. */
const MOST_LATENCY_MS = 300;
/** Automatic gain holds a voice steady; echo is not cancelled, for the loudspeakers are no part of this device. */
const WANTED: MediaStreamConstraints = { audio: { channelCount: 1, autoGainControl: true, noiseSuppression: true, echoCancellation: false } };

export interface MicrophoneEvents {
  /** 20 ms of mono sound at 48 kHz; `at`: when they were handed over, monotonic ms. */
  frame(samples: Float32Array<ArrayBuffer>, at: number): void;
  /** Somebody else took the microphone, or it was pulled out. It is asked for again until `close`. */
  lost(): void;
  back(): void;
}

export interface Microphone {
  readonly stream: MediaStream;
  /** What the device says lies between sound and frame, ms. */
  readonly lagMs: number;
  close(): void;
}

/** To be called inside a press. Refuses live-no-microphone and live-microphone-denied. */
export async function openMicrophone(on: MicrophoneEvents, monotonic: () => number): Promise<Microphone> {
  // Made before anything is awaited: a browser lets sound begin inside the press alone.
  const context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: 'interactive' });
  let closed = false;
  let lost = false;
  let frameAt = monotonic();
  let stream: MediaStream;
  try {
    stream = await askForMicrophone();
  } catch (cause) {
    void context.close();
    throw cause;
  }
  const resume = (): void => void context.resume().catch(() => undefined);
  resume();
  await context.audioWorklet.addModule(new URL('./capture-worklet.js', import.meta.url));
  const node = new AudioWorkletNode(context, 'capture', { numberOfInputs: 1, numberOfOutputs: 1, channelCount: 1, channelCountMode: 'explicit' });
  node.connect(context.destination);
  let source = context.createMediaStreamSource(stream);
  source.connect(node);
  node.port.onmessage = ({ data }: MessageEvent<unknown>) => {
    // Of a track that is muted or has ended the browser gives zeros: they are no voice.
    if (closed || !(data instanceof Float32Array) || stream.getAudioTracks().some(({ muted, readyState }) => muted || readyState === 'ended')) return;
    frameAt = monotonic();
    if (lost) {
      lost = false;
      on.back();
    }
    on.frame(new Float32Array(data), frameAt);
  };

  const watch = setInterval(() => {
    if (monotonic() - frameAt < LOST_MS) return;
    if (!lost) {
      lost = true;
      on.lost();
    }
    if (context.state !== 'running') resume();
    if (stream.getAudioTracks().every(({ readyState }) => readyState === 'ended')) void again();
  }, RETRY_MS);
  let asking = false;
  const again = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      const fresh = await askForMicrophone();
      if (closed) return stop(fresh);
      source.disconnect();
      stream = fresh;
      source = context.createMediaStreamSource(fresh);
      source.connect(node);
    } catch {
      // Asked again at the next look.
    } finally {
      asking = false;
    }
  };
  document.addEventListener('pointerup', resume);
  document.addEventListener('visibilitychange', resume);
  const latency = latencyOf(stream);
  return {
    stream,
    lagMs: Math.min(MOST_LATENCY_MS, 1_000 * latency),
    close: () => {
      closed = true;
      clearInterval(watch);
      document.removeEventListener('pointerup', resume);
      document.removeEventListener('visibilitychange', resume);
      stop(stream);
      void context.close();
    },
  };
}

export async function askForMicrophone(): Promise<MediaStream> {
  // Absent where the page was not opened over https.
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  if (devices === undefined) throw new LiveFault('live-no-microphone');
  try {
    return await devices.getUserMedia(WANTED);
  } catch (cause) {
    throw new LiveFault(cause instanceof DOMException && cause.name === 'NotAllowedError' ? 'live-microphone-denied' : 'live-no-microphone', '', cause);
  }
}

/** Seconds, as the device tells (Media Capture 4.3.8); 0 where it does not. */
function latencyOf(stream: MediaStream): number {
  const settings = new Map<string, unknown>(Object.entries(stream.getAudioTracks()[0]?.getSettings() ?? {}));
  const latency = settings.get('latency');
  return typeof latency === 'number' && latency > 0 ? latency : 0;
}

export function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
