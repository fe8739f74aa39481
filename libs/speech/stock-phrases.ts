import type { SpeechEngine, SpeechRefusal, Spoken } from './speech-engine';

export type StockPhraseId = 'emergency-preamble' | 'pass-it-on';

export type StockPhrase = { readonly id: StockPhraseId; readonly text: string };

/** Sentences every terminal holds before they are needed. Another text is another phrase: it gets a new id. */
const TEXTS: Readonly<Record<StockPhraseId, string>> = {
  'emergency-preamble': '紧急广播，请注意收听。',
  'pass-it-on': '请相互转告。',
};

export const STOCK_PHRASES: readonly StockPhrase[] = [
  { id: 'emergency-preamble', text: TEXTS['emergency-preamble'] },
  { id: 'pass-it-on', text: TEXTS['pass-it-on'] },
];

/** Speaks one of the table; the WAV goes through the same reading, levelling and encoding as any recording. */
export function speakStockPhrase(engine: SpeechEngine, id: StockPhraseId): Promise<Spoken | SpeechRefusal> {
  return engine.speak(TEXTS[id], 'zh-CN');
}
