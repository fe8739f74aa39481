import type { SpokenPart } from './reading/spoken-parts';
import { joinWavs } from './join-wavs';
import { refuseSpeech, type SpeechRefusal, type Spoken } from './speech-engine';

/** Heard between two sentences. */
const PAUSE_MS = 300;

/** Speaks part by part with an engine that knows one text at a time, and joins what it made. The first refusal ends it. */
export async function speakEach(parts: readonly SpokenPart[], one: (part: SpokenPart) => Promise<Spoken | SpeechRefusal>): Promise<Spoken | SpeechRefusal> {
  const wavs: Uint8Array[] = [];
  for (const part of parts) {
    const spoken = await one(part);
    if (!spoken.ok) return spoken;
    wavs.push(spoken.wav);
  }
  const joined = joinWavs(wavs, PAUSE_MS);
  return joined === undefined ? refuseSpeech('SPEECH_FAILED', 'The speech engine gave no sound that can be joined: WAV PCM of one rate is wanted.') : { ok: true, wav: joined };
}
