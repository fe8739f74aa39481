import { runEspeak } from './run-espeak';
import { refuseSpeech, type SpeechEngine, type SpeechRefusal, type Spoken } from './speech-engine';
import { toPinyin } from './to-pinyin';

/** About eight minutes of speech; longer texts are spoken in parts. */
const MAX_CHARACTERS = 2000;
const VOICE = 'cmn-latn-pinyin';
/** Slow enough for a horn with an echo. */
const WORDS_PER_MINUTE = 150;

/** The voice that is always there: espeak-ng as WebAssembly in a child process per text, pinyin-pro in front. Robotic, but right. */
export function createEspeakEngine(options: { readonly timeoutMs: number }): SpeechEngine {
  return {
    name: 'espeak-ng',
    voice: VOICE,
    speak: async (text, _language): Promise<Spoken | SpeechRefusal> => {
      if (text.length > MAX_CHARACTERS) return refuseSpeech('SPEECH_TEXT_TOO_LONG', `At most ${MAX_CHARACTERS} characters are spoken at once.`);
      const written = toPinyin(text);
      if (written === undefined) {
        return refuseSpeech('SPEECH_TEXT_UNSUPPORTED', 'Only Chinese characters and Chinese punctuation can be spoken; write numbers and letters as words.');
      }
      const answer = await runEspeak({ voice: VOICE, wordsPerMinute: WORDS_PER_MINUTE, text: written }, options.timeoutMs);
      if (!answer.ok) return answer;
      if (answer.phonemes.includes('(en)')) return refuseSpeech('SPEECH_FAILED', 'The engine fell back to English letters.');
      return { ok: true, wav: answer.wav };
    },
  };
}
