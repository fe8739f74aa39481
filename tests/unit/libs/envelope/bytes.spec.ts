import { fromBase64, fromHex, toBase64, toHex } from '#libs/envelope';
import vectors from '../../../vectors/envelope/base64.json';

describe('base64', () => {
  it.each(vectors.good)('reads and writes "$text"', ({ text, hex }) => {
    const bytes = fromHex(hex) ?? new Uint8Array(99);
    expect(toBase64(bytes)).toBe(text);
    expect(toHex(fromBase64(text) ?? new Uint8Array(99))).toBe(hex);
  });

  it.each(vectors.refused)('refuses $text: $why', ({ text }) => {
    expect(fromBase64(text)).toBeUndefined();
  });

  it('agrees with the platform on every length, and has one text only for each', () => {
    for (let length = 0; length < 130; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 151 + length * 7) & 255);
      const text = Buffer.from(bytes).toString('base64');
      expect(toBase64(bytes)).toBe(text);
      expect(fromBase64(text)).toEqual(bytes);
    }
  });

  it('accepts, of all four-digit texts over some digits, exactly those it would write', () => {
    const digits = 'AB/+9z=-\u00ff';
    for (const a of digits) for (const b of digits) for (const c of digits) for (const d of digits) {
      const text = a + b + c + d;
      const bytes = fromBase64(text);
      const canonical = Buffer.from(text, 'latin1').toString('latin1') === text && Buffer.from(text, 'base64').toString('base64') === text;
      expect(bytes !== undefined).toBe(canonical);
      if (bytes !== undefined) expect(toBase64(bytes)).toBe(text);
    }
  });
});

describe('hex', () => {
  it('reads and writes every byte', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(toHex(all)).toBe(Buffer.from(all).toString('hex'));
    expect(fromHex(toHex(all))).toEqual(all);
  });

  it.each(['a', 'AB', '0g', ' 0', '0x', '\u0130\u0131'])('refuses %j', (text) => {
    expect(fromHex(text)).toBeUndefined();
  });
});
