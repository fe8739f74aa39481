/** Text to sound behind one port: reading numbers, places and letters for certain, then one of three engines. */
export { createCommandEngine, type CommandEngineOptions } from './command-engine';
export { createEspeakEngine } from './espeak-engine';
export { createHttpEngine, type HttpEngineOptions } from './http-engine';
export { lexiconOf, readLexicon, type Lexicon } from './lexicon';
export { lexiconFaults, type LexiconFault } from './lexicon-readings';
export { readAloud, type PlacedReading, type ReadAloud, type ReadAloudOptions, type Reading, type ReadingFault } from './reading/read-aloud';
export { type SpokenPart } from './reading/spoken-parts';
export { type ReadingFaultCode } from './reading/token';
export { secondsOf, speak, type SpeakOptions, type SpokenText } from './speak';
export { type SpeechEngine, type SpeechHow, type SpeechRefusal, type SpeechRefusalCode, type Spoken } from './speech-engine';
export { STOCK_PHRASES, speakStockPhrase, type StockPhrase, type StockPhraseId } from './stock-phrases';
