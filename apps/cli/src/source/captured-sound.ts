import { CaptureFailedError, deviceCapture, runCapture, urlCapture, type Capture, type FfmpegPlaces } from '#libs/audio';
import { CliError, EXIT } from '../cli-error';
import type { Sound } from './sound';

type Environment = Readonly<Record<string, string>>;

/** A microphone or line of this machine through ALSA: ffmpeg, or arecord where there is none. Refuses (usage) DEVICE, NO_CAPTURE. */
export function deviceSound(kind: 'mic' | 'line', device: string, environment: Environment): Sound {
  const capture = deviceCapture(device, placesIn(environment), environment);
  if (capture === 'DEVICE') throw new CliError('DEVICE', `"${device}" is no ALSA device such as default or hw:1,0; arecord -l lists them`, EXIT.usage);
  if (typeof capture === 'string') throw new CliError('NO_CAPTURE', 'Neither ffmpeg nor arecord is here: apt-get install ffmpeg / 缺少录音程序', EXIT.usage);
  return { kind: 'live', bitrate: kind === 'mic' ? 24_000 : 32_000, ...soundOf(capture) };
}

/** A network stream over HTTP; at most as fast as it is said. Refuses (usage) URL, NO_CAPTURE. */
export function urlSound(url: string, environment: Environment): Sound {
  const capture = urlCapture(url, placesIn(environment));
  if (capture === 'URL') throw new CliError('URL', `"${url}" is no address of a stream such as https://radio.example/live.mp3`, EXIT.usage);
  if (typeof capture === 'string') throw new CliError('NO_CAPTURE', 'Network streams are read with ffmpeg, which is not here: apt-get install ffmpeg / 缺少 ffmpeg', EXIT.usage);
  return { kind: 'paced', bitrate: 32_000, ...soundOf(capture) };
}

function placesIn(environment: Environment): FfmpegPlaces {
  return { bin: environment['FFMPEG_BIN'] ?? null, searchPath: environment['PATH'] ?? '' };
}

/** When the child ends by itself with a complaint the voice is over: CAPTURE_FAILED. */
function soundOf(capture: Capture): Pick<Sound, 'frames' | 'close'> {
  const { frames, close } = runCapture(capture);
  return { frames: told(frames), close };
}

async function* told(frames: AsyncIterable<Int16Array>): AsyncGenerator<Int16Array> {
  try {
    yield* frames;
  } catch (cause) {
    throw cause instanceof CaptureFailedError ? new CliError('CAPTURE_FAILED', `The sound broke off: ${cause.message} / 采集中断`) : cause;
  }
}
