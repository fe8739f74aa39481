import type { SpeechSpeed } from '#libs/contracts';
import type { SpokenPart } from './reading/spoken-parts';

/** Why a text was not spoken. Closed list. */
export type SpeechRefusalCode =
  /** The engine is not installed, or nobody answers at its address. */
  | 'SPEECH_ENGINE_MISSING'
  /** The text holds something that has no certain reading; nothing is guessed. */
  | 'SPEECH_TEXT_UNSUPPORTED'
  | 'SPEECH_TEXT_TOO_LONG'
  | 'SPEECH_TIMEOUT'
  | 'SPEECH_FAILED';

export type SpeechRefusal = { readonly ok: false; readonly code: SpeechRefusalCode; readonly sentence: string };

/** A RIFF WAVE file as the engine made it, any rate. */
export type Spoken = { readonly ok: true; readonly wav: Uint8Array };

export type SpeechHow = { readonly language: 'zh-CN'; readonly speed: SpeechSpeed };

/** Whatever turns text into sound: the built-in voice, a command or an HTTP service. Never throws, refuses with a code. */
export interface SpeechEngine {
  /** Shown wherever its voice is used. */
  readonly name: string;
  readonly voice: string;
  /** Speaks the parts one after the other, with short pauses between them. They come from `readAloud`. */
  speak(parts: readonly SpokenPart[], how: SpeechHow): Promise<Spoken | SpeechRefusal>;
}

export function refuseSpeech(code: SpeechRefusalCode, sentence: string): SpeechRefusal {
  return { ok: false, code, sentence };
}
