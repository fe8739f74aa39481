import { z } from 'zod';
import { mediaViewSchema } from './api';
import { speechSpeedSchema } from './draft';
import { plainText } from './ids';
import { LIMITS } from './limits';
import { messageSchema } from './trust';

/** One token of a text as it will be read: `14:02` as `十四时零二分`, a place as pinyin with tone marks. */
export const speechReadingSchema = messageSchema.shape.readings.element;
/** The same with its place: index of the first UTF-16 unit in the text, for underlining. */
export const speechPlaceSchema = speechReadingSchema.extend({ at: z.int().min(0) });
/** What cannot be read for certain, and where. */
export const speechFaultSchema = z.strictObject({ at: z.int().min(0), written: z.string(), code: z.string(), sentence: z.string() });

/** POST /api/speech/read: the reading check while typing. No sound is made. */
export const speechReadRequestSchema = z.strictObject({ text: plainText(LIMITS.textChars, 'lines').trim().min(1) });
export const speechReadAnswerSchema = z.strictObject({
  /** Each token once: what goes into the message. */
  readings: z.array(speechReadingSchema),
  places: z.array(speechPlaceSchema),
  faults: z.array(speechFaultSchema),
  /** About how long it will sound at normal speed; 0 while there are faults. */
  seconds: z.number().min(0),
});

/** POST /api/speech: makes the sound of a text. The same text, voice and speed again is the same recording. */
export const speechRequestSchema = speechReadRequestSchema.extend({ speed: speechSpeedSchema.default('normal') });
export const speechAnswerSchema = z.strictObject({
  media: mediaViewSchema, readings: z.array(speechReadingSchema), engine: z.string(), voice: z.string(),
});

/** GET /api/speech/voice: which voice is in use, and whether it speaks at this moment. */
export const speechVoiceSchema = z.strictObject({
  engine: z.string(), voice: z.string(), speeds: z.array(speechSpeedSchema),
  ready: z.boolean(),
  /** Why not, as POST /api/speech would say it. */
  fault: z.strictObject({ code: z.string(), sentence: z.string() }).nullable(),
});

export type SpeechReading = z.infer<typeof speechReadingSchema>;
export type SpeechPlace = z.infer<typeof speechPlaceSchema>;
export type SpeechFault = z.infer<typeof speechFaultSchema>;
export type SpeechReadAnswer = z.infer<typeof speechReadAnswerSchema>;
export type SpeechRequest = z.infer<typeof speechRequestSchema>;
export type SpeechAnswer = z.infer<typeof speechAnswerSchema>;
export type SpeechVoice = z.infer<typeof speechVoiceSchema>;

const SYLLABLE = '[a-zü]+[1-5]';
/** One word whose reading is settled. `pinyin` numbers its tones (5 is neutral), one syllable for each character of `read`, or of `written`. */
export const lexiconEntrySchema = z.strictObject({
  written: plainText(20).trim().min(1),
  pinyin: z.string().regex(new RegExp(`^${SYLLABLE}(?: ${SYLLABLE})*$`)),
  kind: z.enum(['place', 'polyphone', 'word']),
  /** In Chinese characters, where `written` has letters, digits or signs; Chinese words say themselves. */
  read: z.string().regex(/^\p{Script=Han}{1,20}$/u).optional(),
}).refine(({ written, read }) => read !== undefined || /^\p{Script=Han}+$/u.test(written), { path: ['read'], message: 'a word with letters or digits needs its reading in Chinese characters' })
  .refine(({ written, read }) => read === undefined || !/^\p{Script=Han}+$/u.test(written), { path: ['read'], message: 'a word in Chinese characters says itself: only its syllables are settled' })
  .refine(({ written, read, pinyin }) => [...(read ?? written)].length === pinyin.split(' ').length, { path: ['pinyin'], message: 'one syllable for each character' });
export type LexiconEntry = z.infer<typeof lexiconEntrySchema>;
