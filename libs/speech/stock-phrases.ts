import { lexiconOf } from './lexicon';
import { readAloud } from './reading/read-aloud';
import { refuseSpeech, type SpeechEngine, type SpeechRefusal, type Spoken } from './speech-engine';

export type StockPhraseId = 'emergency-preamble' | 'pass-it-on' | 'drill-opening' | 'drill-closing';

export type StockPhrase = { readonly id: StockPhraseId; readonly text: string };

/** Sentences every terminal holds before they are needed. Another text is another phrase: it gets a new id. */
export const STOCK_PHRASES: readonly StockPhrase[] = [
  { id: 'emergency-preamble', text: '紧急广播，请注意收听。' },
  { id: 'pass-it-on', text: '请相互转告。' },
  { id: 'drill-opening', text: '这是演练，这是演练。' },
  { id: 'drill-closing', text: '演练结束，以上是演练内容。' },
];

/** Speaks one of the table; the WAV goes through the same reading, levelling and encoding as any recording. */
export async function speakStockPhrase(engine: SpeechEngine, id: StockPhraseId): Promise<Spoken | SpeechRefusal> {
  const read = readAloud(STOCK_PHRASES.find((phrase) => phrase.id === id)?.text ?? '', { lexicon: lexiconOf() });
  return read.ok ? engine.speak(read.spoken, { language: 'zh-CN', speed: 'normal' }) : refuseSpeech('SPEECH_TEXT_UNSUPPORTED', 'The phrase cannot be read aloud.');
}
