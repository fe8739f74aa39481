import { LIMITS, type CorrectionKind, type Message, type MessageClass, type Mode } from '#libs/contracts';
import { CLASSES } from './classes';

/** What takes a message back, in the order in which a message lists it. */
export const CORRECTION_KINDS: readonly CorrectionKind[] = ['correction', 'all-clear'];

/** A warning goes out only together with what takes it back (design 4 "Correction"); a test never sounds. */
export function needsCorrections({ class: kind, mode }: { readonly class: MessageClass; readonly mode: Mode }): boolean {
  return mode !== 'test' && (kind === 'emergency' || kind === 'advisory');
}

/**
 * The standing texts of a correction, the best first: with the title of what it takes back, and without it for a title
 * that no voice can read for certain. A drill's says at both ends that it is one, and leaves out the mark before its title.
 */
export function standingTexts(kind: CorrectionKind, title: string, mode: Mode): readonly [string, string] {
  const said = (what: string): string => (kind === 'correction' ? `刚才播出的${what}是误发，请不要恐慌。` : `${what}已经解除。`);
  const framed = (text: string): string => (mode === 'drill' ? `演练。${text}以上是演练。` : text);
  return [framed(said(mode === 'drill' ? withoutMark(title) : title)), framed(said(kind === 'correction' ? '广播' : '刚才的警报'))];
}

/** A drill's title without the word for it in front; as it is when nothing would be left. */
function withoutMark(title: string): string {
  const bare = title.replace(/^[\s【[（(]*演[練练习習][\s】\]）)]*[：:，,、。\s]*(?=[^：:，,、。\s])/u, (mark) => (/[：:，,、。\s】\]）)]$/u.test(mark) ? '' : mark));
  return bare.length > 0 ? bare : title;
}

/** The title of a correction: what it is, then whose. */
export function correctionTitle(kind: CorrectionKind, title: string): string {
  return [...`${kind === 'correction' ? '更正' : '解除'}：${title}`].slice(0, LIMITS.titleChars).join('');
}

/** How often a correction is said, and the silence between, ms. */
export const CORRECTION_REPEATS = 2;
export const CORRECTION_GAP_MS = 1_000;

/** Until when a correction may be used: as long as terminals remember what they sounded, and no longer than its class may last. */
export function correctionUntil({ class: kind, notBefore, notAfter }: Pick<Message, 'class' | 'notBefore' | 'notAfter'>): number {
  return Math.max(notAfter, Math.min(notAfter + LIMITS.tombstoneMs, notBefore + CLASSES[kind].maxWindowMs));
}
