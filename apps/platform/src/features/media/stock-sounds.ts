import { CHIME_KINDS, generateChime, generateSiren, joinPcm, readAudioFile, writeWav, type ChimeKind } from '#libs/audio';
import type { SegmentRole } from '#libs/contracts';
import { speakStockPhrase, STOCK_PHRASES, type SpeechEngine } from '#libs/speech';
import { operationalError } from '../../kernel/errors';

/** A sound that every terminal has before it is needed, and how it is made. */
export interface StockSound {
  readonly id: string;
  readonly role: SegmentRole;
  readonly name: string;
  /** A WAV file. */
  readonly make: () => Promise<Uint8Array>;
}
export const STOCK_SOUNDS = Symbol('STOCK_SOUNDS');

/** Three rises and falls of the siren. */
const SIREN_MS = 7_200;

const CHIME_NAMES: Readonly<Record<ChimeKind, string>> = {
  opening: '开播提示音', closing: '结束提示音', correction: '更正提示音', 'all-clear': '解除提示音', drill: '演练提示音',
};

/** Siren, chimes, and the stock phrases in the voice of this engine. */
export function stockSounds(engine: SpeechEngine): readonly StockSound[] {
  return [
    { id: 'siren-rise-fall', role: 'siren', name: '警报音', make: async () => writeWav(generateSiren('rise-fall', SIREN_MS)) },
    ...CHIME_KINDS.map((kind): StockSound => ({ id: `chime-${kind}`, role: 'chime', name: CHIME_NAMES[kind], make: async () => writeWav(generateChime(kind)) })),
    ...STOCK_PHRASES.map(({ id, text }): StockSound => ({
      id: `phrase-${id}`,
      role: 'speech',
      name: text,
      make: async () => {
        const spoken = await speakStockPhrase(engine, id);
        if (!spoken.ok) throw operationalError(spoken.code, spoken.sentence);
        return id === 'drill-opening' ? afterChime('drill', spoken.wav) : spoken.wav;
      },
    })),
  ];
}

/** A drill is marked by a sound of its own before the first word, for those who hear but do not listen. */
function afterChime(kind: ChimeKind, wav: Uint8Array): Uint8Array {
  const read = readAudioFile(wav);
  if (!read.ok) throw operationalError(read.code, read.sentence);
  return writeWav(joinPcm([generateChime(kind), read.pcm]));
}
