import { decode, encode } from 'iconv-lite';

export type Encoding = 'utf-8' | 'gb18030' | 'utf-16le';

/** Reads text whose encoding nobody wrote down: a byte order mark decides, then UTF-8, then GB18030; undefined when it is none of them. */
export function decodeText(bytes: Uint8Array): { readonly text: string; readonly encoding: Encoding } | undefined {
  const order: readonly Encoding[] = bytes[0] === 0xff && bytes[1] === 0xfe ? ['utf-16le'] : ['utf-8', 'gb18030'];
  for (const encoding of order) {
    try {
      return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), encoding };
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

/** Text as bytes. UTF-8 carries a mark, without which a spreadsheet in China reads it as GB18030. */
export function encodeText(text: string, encoding: 'utf-8' | 'gb18030'): Buffer {
  return encoding === 'utf-8' ? Buffer.from(`\ufeff${text}`, 'utf8') : encode(text, 'gb18030');
}

/** Whether our own writer and reader agree on this text; both are asked, since two programs made them. */
export function survivesGb18030(text: string): boolean {
  return decode(encode(text, 'gb18030'), 'gb18030') === text && decodeText(encode(text, 'gb18030'))?.text === text;
}
