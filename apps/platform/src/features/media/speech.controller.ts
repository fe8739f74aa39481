import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import {
  lexiconEntrySchema, speechAnswerSchema, speechReadAnswerSchema, speechReadRequestSchema, speechRequestSchema, speechVoiceSchema,
  type LexiconEntry, type SpeechAnswer, type SpeechReadAnswer, type SpeechRequest, type SpeechVoice,
} from '#libs/contracts';
import { Contract, Permission, ZodPipe } from '../../kernel/http';
import { Caller, type Principal } from '../access';
import { SpeechMaker } from './speech';
import { SpeechLexicons } from './speech-lexicons';

const lexiconSchema = z.array(lexiconEntrySchema).max(2_000)
  .refine((entries) => new Set(entries.map(({ written }) => written)).size === entries.length, 'each word once');

@Controller('speech')
export class SpeechController {
  constructor(
    private readonly speech: SpeechMaker,
    private readonly lexicons: SpeechLexicons,
  ) {}

  @Post('read')
  @HttpCode(200)
  @Permission('message:compose')
  @Contract({ summary: 'How a text will be read aloud, and what cannot be: makes no sound', body: speechReadRequestSchema, answer: speechReadAnswerSchema, status: 200 })
  read(@Caller() caller: Principal, @Body(new ZodPipe(speechReadRequestSchema)) { text }: z.output<typeof speechReadRequestSchema>): Promise<SpeechReadAnswer> {
    return this.speech.read(caller, text);
  }

  @Post()
  @HttpCode(201)
  @Permission('media:write')
  @Contract({
    summary: 'Speaks a text: the recording, levelled and encoded, with its readings and the voice in use', body: speechRequestSchema, answer: speechAnswerSchema, status: 201,
    refusals: {
      SPEECH_ENGINE_MISSING: 'The voice of this server is not installed or does not answer.', SPEECH_FAILED: 'The voice failed.', SPEECH_TIMEOUT: 'The voice took too long.',
      SPEECH_TEXT_TOO_LONG: 'Longer than the voice speaks at once.', SPEECH_BUSY: 'Too many texts wait to be spoken.',
    },
  })
  make(@Caller() caller: Principal, @Body(new ZodPipe(speechRequestSchema)) { text, speed }: SpeechRequest): Promise<SpeechAnswer> {
    return this.speech.make(caller, text, speed);
  }

  @Get('voice')
  @Permission('media:read')
  @Contract({ summary: 'Which voice is in use, and whether it speaks', answer: speechVoiceSchema })
  voice(): Promise<SpeechVoice> {
    return this.speech.voice();
  }

  @Get('lexicon')
  @Permission('media:read')
  @Contract({ summary: 'The own readings of words of the caller\'s platform', answer: z.array(lexiconEntrySchema) })
  lexicon(@Caller() caller: Principal): Promise<readonly LexiconEntry[]> {
    return this.lexicons.own(caller);
  }

  @Post('lexicon')
  @HttpCode(200)
  @Permission('message:compose')
  @Contract({
    summary: 'Replaces them', body: lexiconSchema, answer: z.array(lexiconEntrySchema), status: 200,
    refusals: { LEXICON_READING: 'A word would be read as something else than it is written: a character takes only readings that it has.' },
  })
  writeLexicon(@Caller() caller: Principal, @Body(new ZodPipe(lexiconSchema)) entries: readonly LexiconEntry[]): Promise<readonly LexiconEntry[]> {
    return this.lexicons.write(caller, entries);
  }
}
