import { generateChime, generateSiren, type Pcm } from '#libs/audio';
import type { SegmentRole } from '#libs/contracts';

/** A sound that every terminal has before it is needed, and how it is made. */
export interface StockSound {
  readonly id: string;
  readonly role: SegmentRole;
  readonly name: string;
  readonly make: () => Promise<Pcm>;
}

/** Speaks one of the stock phrases; the voice is in use is the speech library's affair. */
export interface PhraseSpeaker {
  readonly phrases: readonly { readonly id: string; readonly text: string }[];
  speak(id: string): Promise<Pcm>;
}

/** Three rises and falls of the siren. */
const SIREN_MS = 7_200;

/** Siren, the two chimes, and the stock phrases. */
export function stockSounds(speaker: PhraseSpeaker): readonly StockSound[] {
  return [
    { id: 'siren-rise-fall', role: 'siren', name: '警报音', make: async () => generateSiren('rise-fall', SIREN_MS) },
    { id: 'chime-opening', role: 'chime', name: '开播提示音', make: async () => generateChime('opening') },
    { id: 'chime-closing', role: 'chime', name: '结束提示音', make: async () => generateChime('closing') },
    ...speaker.phrases.map(({ id, text }): StockSound => ({ id: `phrase-${id}`, role: 'speech', name: text, make: () => speaker.speak(id) })),
  ];
}
