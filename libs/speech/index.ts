/** Text to sound behind one port. For now the two stock phrases; reading numbers and places aloud comes with full speech. */
export { createEspeakEngine } from './espeak-engine';
export { type SpeechEngine, type SpeechRefusal, type SpeechRefusalCode, type Spoken } from './speech-engine';
export { STOCK_PHRASES, speakStockPhrase, type StockPhrase, type StockPhraseId } from './stock-phrases';
