import type { SpeechAnswer, SpeechReadAnswer, SpeechSpeed, SpeechVoice } from '#libs/contracts';
import type { Principal } from '../access';

/** For whom a text is spoken: their platform holds the recording, and its lexicon says how places are read. */
export type SpokenFor = Pick<Principal, 'account' | 'platform' | 'platforms' | 'person'>;

/** The door to speech for the features that follow. */
export abstract class SpeechMaker {
  /** How a text will be read; never fails because of the text: what cannot be read is in `faults`. No sound is made. */
  abstract read(caller: SpokenFor, text: string): Promise<SpeechReadAnswer>;
  /**
   * The text as a recording that a message may name, made once per text, voice and speed. Throws INVALID naming every
   * unreadable place (`text.<index>`), SPEECH_BUSY, SPEECH_ENGINE_MISSING, SPEECH_FAILED or SPEECH_TIMEOUT.
   */
  abstract make(caller: SpokenFor, text: string, speed: SpeechSpeed): Promise<SpeechAnswer>;
  /** Which voice is in use and whether it speaks. */
  abstract voice(): Promise<SpeechVoice>;
}
