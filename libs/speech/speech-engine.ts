/** Why a text was not spoken. Closed list. */
export type SpeechRefusalCode =
  /** The engine is not installed. */
  | 'SPEECH_ENGINE_MISSING'
  /** The text holds something this engine would read wrongly; nothing is guessed. */
  | 'SPEECH_TEXT_UNSUPPORTED'
  | 'SPEECH_TEXT_TOO_LONG'
  | 'SPEECH_TIMEOUT'
  | 'SPEECH_FAILED';

export type SpeechRefusal = { readonly ok: false; readonly code: SpeechRefusalCode; readonly sentence: string };

/** A RIFF WAVE file as the engine made it, any rate. */
export type Spoken = { readonly ok: true; readonly wav: Uint8Array };

/** Whatever turns text into sound: the built-in voice, later a command or an HTTP service. Never throws, refuses with a code. */
export interface SpeechEngine {
  /** Shown wherever its voice is used. */
  readonly name: string;
  readonly voice: string;
  speak(text: string, language: 'zh-CN'): Promise<Spoken | SpeechRefusal>;
}

export function refuseSpeech(code: SpeechRefusalCode, sentence: string): SpeechRefusal {
  return { ok: false, code, sentence };
}
