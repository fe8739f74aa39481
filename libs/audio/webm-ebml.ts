/** One element of an EBML file (RFC 8794): its id, and where its content lies. `end` is its parent's when it does not say how long it is. */
export type EbmlElement = { readonly id: number; readonly at: number; readonly start: number; readonly end: number; readonly open: boolean };
export type EbmlFault = 'cut' | 'id' | 'size' | 'nested' | 'many';

/** Longest id and size that are read (RFC 8794 EBMLMaxIDLength, EBMLMaxSizeLength at their defaults). */
const MAX_ID_BYTES = 4;
const MAX_SIZE_BYTES = 8;

/**
 * Reads the element that begins at `at` and must end by `until`. Refuses: an id or size longer than usual, one that leaves
 * its parent, and one that the file does not hold in full.
 */
export function readElement(bytes: Uint8Array, at: number, until: number): EbmlElement | EbmlFault {
  const idLength = prefixLength(bytes[at]);
  if (idLength === undefined || idLength > MAX_ID_BYTES) return 'id';
  const sizeAt = at + idLength;
  const sizeLength = prefixLength(bytes[sizeAt]);
  if (sizeAt >= until) return 'cut';
  if (sizeLength === undefined || sizeLength > MAX_SIZE_BYTES) return 'size';
  const start = sizeAt + sizeLength;
  if (start > until) return 'cut';
  const id = bytes.subarray(at, sizeAt).reduce((value, byte) => value * 256 + byte, 0);
  const [first = 0, ...rest] = bytes.subarray(sizeAt, start);
  const mask = 2 ** (8 - sizeLength) - 1;
  if ((first & mask) === mask && rest.every((byte) => byte === 0xff)) return { id, at, start, end: until, open: true };
  const size = rest.reduce((value, byte) => value * 256 + byte, first & mask);
  if (!Number.isSafeInteger(size)) return 'size';
  const end = start + size;
  if (end > bytes.length) return 'cut';
  return end > until ? 'nested' : { id, at, start, end, open: false };
}

/** Every element between two places. `isAbove` ends one of open length: an id that cannot lie inside it. Counts down `budget`. */
export function elementsIn(bytes: Uint8Array, from: number, until: number, budget: { left: number }, isAbove: (id: number) => boolean = () => false): readonly EbmlElement[] | EbmlFault {
  const elements: EbmlElement[] = [];
  for (let at = from; at < until;) {
    const element = readElement(bytes, at, until);
    if (typeof element === 'string') return element;
    if (isAbove(element.id)) break;
    budget.left -= 1;
    if (budget.left < 0) return 'many';
    elements.push(element);
    at = element.end;
  }
  return elements;
}

/** An unsigned integer of up to 6 bytes; undefined for anything longer. */
export function readUnsigned(bytes: Uint8Array, { start, end }: EbmlElement): number | undefined {
  return end - start > 6 ? undefined : bytes.subarray(start, end).reduce((value, byte) => value * 256 + byte, 0);
}

/** ASCII, padding zeros left out; undefined for anything else or longer than 32 letters. */
export function readAscii(bytes: Uint8Array, { start, end }: EbmlElement): string | undefined {
  const letters = bytes.subarray(start, end);
  if (letters.length > 32 || letters.some((byte) => byte > 0x7e)) return undefined;
  return String.fromCharCode(...letters).replace(/\0+$/, '');
}

/** How many bytes a number has, by the zeros before its first one bit. */
function prefixLength(first: number | undefined): number | undefined {
  return first === undefined || first === 0 ? undefined : Math.clz32(first) - 23;
}
