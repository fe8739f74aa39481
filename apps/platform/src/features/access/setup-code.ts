/** No letter that is read for another one (Crockford). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LETTERS = 15;

/** 75 random bits, shown as "ABCDE-FGHJK-MNPQR". */
export function makeSetupCode(random: (bytes: number) => Uint8Array): { readonly shown: string; readonly secret: string } {
  const secret = [...random(LETTERS)].map((byte) => ALPHABET.charAt(byte & 31)).join('');
  return { secret, shown: secret.replace(/.{5}(?=.)/g, '$&-') };
}

/** The code as people type it. */
export function readSetupCode(text: string): string {
  return text.replace(/[\s-]+/g, '').toUpperCase();
}
