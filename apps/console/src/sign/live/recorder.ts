import { askForMicrophone, stop } from './microphone';
import { LiveFault } from './live-fault';

export interface Recording {
  stop(): Promise<Blob>;
}

/** In the order in which the platform likes them; each is one that it reads. */
const TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];
const PART_MS = 1_000;

/** To be called inside a press. Refuses as the microphone does, and live-no-encoder. */
export async function startRecording(): Promise<Recording> {
  const mimeType = typeof MediaRecorder === 'undefined' ? undefined : TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  if (mimeType === undefined) throw new LiveFault('live-no-encoder');
  const stream = await askForMicrophone();
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 48_000 });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => void parts.push(data);
  const ended = new Promise<void>((resolve) => { recorder.onstop = () => resolve(); });
  recorder.start(PART_MS);
  return {
    stop: async () => {
      if (recorder.state !== 'inactive') recorder.stop();
      await ended;
      stop(stream);
      const [type] = mimeType.split(';');
      return new Blob(parts, { type: type ?? mimeType });
    },
  };
}
