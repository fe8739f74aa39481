import { Injectable } from '@nestjs/common';
import type { SpeechAnswer, SpeechReadAnswer, SpeechVoice } from '#libs/contracts';
import { operationalError } from '../../kernel/errors';
import { SpeechMaker } from './speech';

/** A server on which nothing speaks: texts are read without a check, and every sound is refused. */
@Injectable()
export class NoSpeech extends SpeechMaker {
  override read(): Promise<SpeechReadAnswer> {
    return Promise.resolve({ readings: [], places: [], faults: [], seconds: 0 });
  }

  override make(): Promise<SpeechAnswer> {
    return Promise.reject(operationalError('SPEECH_ENGINE_MISSING', 'Nothing on this server can speak a text.'));
  }

  override voice(): Promise<SpeechVoice> {
    return Promise.resolve({ engine: 'none', voice: 'none', speeds: [], ready: false, fault: { code: 'SPEECH_ENGINE_MISSING', sentence: 'Nothing on this server can speak a text.' } });
  }
}
