import type { SpeechSpeed } from '#libs/contracts';
import { EspeakStandby } from './espeak-standby';
import { runEspeak } from './run-espeak';
import { refuseSpeech, type SpeechEngine, type SpeechRefusal, type Spoken } from './speech-engine';

/** About eight minutes of speech. */
const MAX_CHARACTERS = 2000;
const VOICE = 'cmn-latn-pinyin';
/** Normal is slow enough for a horn with an echo. */
const WORDS_PER_MINUTE: Readonly<Record<SpeechSpeed, number>> = { slow: 125, normal: 150, fast: 180 };

export interface EspeakOptions {
  readonly timeoutMs: number;
  /** Keeps the next child process started and loaded: half a second less to wait, about 100 MB more in use. Default false. */
  readonly standby?: boolean;
}

/**
 * The voice that is always there: espeak-ng as WebAssembly in one child process per text, pinyin-pro in front. Robotic,
 * but right. All parts go to it in one call: starting it costs more than speaking.
 */
export function createEspeakEngine(options: EspeakOptions): SpeechEngine {
  const standby = options.standby === true ? new EspeakStandby() : undefined;
  return {
    name: 'espeak-ng',
    voice: VOICE,
    speak: async (parts, { speed }): Promise<Spoken | SpeechRefusal> => {
      if (parts.reduce((sum, { text }) => sum + text.length, 0) > MAX_CHARACTERS) return refuseSpeech('SPEECH_TEXT_TOO_LONG', `At most ${MAX_CHARACTERS} characters are spoken at once.`);
      const text = parts.map(({ pinyin }) => (/[.!?]$/.test(pinyin) ? pinyin : `${pinyin.replace(/[,:;]$/, '')}.`)).join(' ');
      const answer = await runEspeak({ voice: VOICE, wordsPerMinute: WORDS_PER_MINUTE[speed], text }, options.timeoutMs, standby?.take());
      standby?.prepare();
      if (!answer.ok) return answer;
      if (answer.phonemes.includes('(en)')) return refuseSpeech('SPEECH_FAILED', 'The engine fell back to English letters.');
      return { ok: true, wav: answer.wav };
    },
  };
}
