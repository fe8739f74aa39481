import { LiveFault } from './live-fault';
import { createMicrophoneWatch, type TrackLook } from './microphone-watch';

export const SAMPLE_RATE = 48_000;
const LOOK_MS = 500;
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
  const watch = createMicrophoneWatch(monotonic());
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
  const look = (): void => {
    const wasLost = watch.isLost();
    watch.look(trackOf(stream), monotonic());
    if (!wasLost && watch.isLost() && !closed) on.lost();
  };
  /** Told by the browser when the device goes; `stop` by a script tells nothing, and is seen at the next look. */
  const heed = (): void => {
    for (const track of stream.getAudioTracks()) for (const event of ['ended', 'mute']) track.addEventListener(event, look);
  };
  heed();
  node.port.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (closed || !(data instanceof Float32Array)) return;
    const at = monotonic();
    const wasLost = watch.isLost();
    const samples = new Float32Array(data);
    if (!watch.takes(samples, trackOf(stream), at)) return look();
    if (wasLost) on.back();
    on.frame(samples, at);
  };

  const looking = setInterval(() => {
    look();
    if (watch.isLost() && context.state !== 'running') resume();
    if (watch.asks(trackOf(stream), monotonic())) void again();
  }, LOOK_MS);
  let asking = false;
  const again = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      const fresh = await askForMicrophone();
      if (closed) return stop(fresh);
      source.disconnect();
      stop(stream);
      stream = fresh;
      heed();
      source = context.createMediaStreamSource(fresh);
      source.connect(node);
    } catch {
      // Asked again at a later look.
    } finally {
      watch.asked(monotonic());
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
      clearInterval(looking);
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

function trackOf(stream: MediaStream): TrackLook {
  const tracks = stream.getAudioTracks();
  return { ended: tracks.every(({ readyState }) => readyState === 'ended'), muted: tracks.some(({ muted }) => muted) };
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
