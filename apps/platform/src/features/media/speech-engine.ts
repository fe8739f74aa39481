import { createCommandEngine, createEspeakEngine, createHttpEngine, type SpeechEngine } from '#libs/speech';
import type { Config } from '../../kernel/config';

export const SPEECH_ENGINE = Symbol('SPEECH_ENGINE');

/** Three minutes of 48 kHz stereo for one sentence: more is not speech. */
const MAX_BYTES = 32 * 1024 * 1024;

/** The one voice that the settings name. There is no quiet fallback: a voice that fails is an error at compose. `standby`: its next process is started ahead. */
export function speechEngine({ command, args, url, voice, timeoutMs }: Config['speech'], standby: boolean): SpeechEngine {
  const named = voice === null ? {} : { voice };
  if (command !== null) return createCommandEngine({ command, args, timeoutMs, maxBytes: MAX_BYTES, ...named });
  if (url !== null) return createHttpEngine({ url, timeoutMs, maxBytes: MAX_BYTES, ...named });
  return createEspeakEngine({ timeoutMs, standby });
}
