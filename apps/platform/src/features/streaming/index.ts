export { ReadVoices } from './read-voices';
export { StreamingModule } from './streaming.module';
