export { SOUND_MADE } from './events';
export { Media } from './media';
export { MediaFiles } from './media-files';
export { MediaModule } from './media.module';
export { RECORDING_WORKSHOP, type RecordingWorkshop } from './recording-workshop';
export { prepareRecording } from './prepare-recording';
export { STOCK_SOUNDS, type StockSound } from './stock-sounds';
export { SpeechMaker, type SpokenFor } from './speech';
export { SPEECH_ENGINE } from './speech-engine';
