import type { CorrectionKind, MessageClass, Mode, SegmentRole } from '#libs/contracts';
import { CLASSES } from './classes';

/** Names of the stock sounds that frame what is said; a server makes them once, every terminal has them. */
export const STOCK = {
  siren: 'siren-rise-fall', chime: 'chime-opening', correction: 'chime-correction', allClear: 'chime-all-clear', preamble: 'phrase-emergency-preamble', drillOpening: 'phrase-drill-opening', drillClosing: 'phrase-drill-closing',
} as const;

/** What sounds before a spoken text: a siren and the preamble, a chime, or the chimes that end an alarm. */
export function openingSounds({ class: kind, corrects }: { readonly class: MessageClass; readonly corrects: CorrectionKind | null }): readonly string[] {
  if (corrects !== null) return [corrects === 'correction' ? STOCK.correction : STOCK.allClear];
  return CLASSES[kind].opensWith === 'siren' ? [STOCK.siren, STOCK.preamble] : [STOCK.chime];
}

/** A drill says first and last that it is one: nobody hears a siren or a chime of it without having been told. */
export function framed<S extends { readonly role: SegmentRole }>(mode: Mode, segments: readonly S[], sound: (name: string) => S): readonly S[] {
  return mode === 'drill' ? [sound(STOCK.drillOpening), ...segments, sound(STOCK.drillClosing)] : segments;
}
