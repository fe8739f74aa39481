import type { SpeechSpeed } from '#libs/contracts';
import type { Lexicon } from './lexicon';
import { readAloud, type Reading, type ReadingFault } from './reading/read-aloud';
import type { SpokenPart } from './reading/spoken-parts';
import type { SpeechEngine, SpeechRefusal } from './speech-engine';

export interface SpeakOptions {
  readonly engine: SpeechEngine;
  readonly lexicon: Lexicon;
  /** Default normal. */
  readonly speed?: SpeechSpeed;
}

export type SpokenText =
  | { readonly ok: true; readonly wav: Uint8Array; readonly readings: readonly Reading[]; readonly engine: string; readonly voice: string }
  | { readonly ok: false; readonly faults: readonly ReadingFault[] }
  | (SpeechRefusal & { readonly faults: readonly [] });

/** The whole way from a text to one WAV: read for certain or refused with every place, then spoken sentence by sentence. */
export async function speak(text: string, { engine, lexicon, speed = 'normal' }: SpeakOptions): Promise<SpokenText> {
  const read = readAloud(text, { lexicon });
  if (!read.ok) return { ok: false, faults: read.faults };
  const spoken = await engine.speak(read.spoken, { language: 'zh-CN', speed });
  return spoken.ok ? { ok: true, wav: spoken.wav, readings: read.readings, engine: engine.name, voice: engine.voice } : { ...spoken, faults: [] };
}

/** About how long it sounds at normal speed: measured with the built-in voice, a little over four syllables a second. */
export function secondsOf(parts: readonly SpokenPart[]): number {
  const syllables = parts.reduce((sum, { pinyin }) => sum + (pinyin.match(/[1-5]/g)?.length ?? 0), 0);
  const pauses = parts.reduce((sum, { pinyin }) => sum + (pinyin.match(/[,;:.!?]/g)?.length ?? 0), 0);
  return Math.round((syllables * 0.22 + pauses * 0.35) * 10) / 10;
}
