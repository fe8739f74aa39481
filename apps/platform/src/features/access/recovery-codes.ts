import { hashPassword, isPassword } from './passwords';

/** Ten codes for the day the phone is gone; each opens once. */
export const RECOVERY_CODES = 10;
/** No letter that is read for another one (Crockford). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LETTERS = 10;
/** "3-ABCDE-FGHJK": the number of the code, then 50 random bits. */
const SHAPE = /^([0-9])-?([0-9A-HJKMNP-TV-Z]{5})-?([0-9A-HJKMNP-TV-Z]{5})$/;

export interface RecoveryCode {
  /** 0 to 9: which of the ten. It spares comparing with every hash. */
  readonly number: number;
  readonly secret: string;
}

/** Reads a code as people type it; undefined for what is none. */
export function readRecoveryCode(text: string): RecoveryCode | undefined {
  const [, number, first, second] = SHAPE.exec(text.replace(/\s+/g, '').toUpperCase()) ?? [];
  return number === undefined ? undefined : { number: Number(number), secret: `${first}${second}` };
}

/** Ten new codes as they are shown, and what is kept of them: argon2id, as of passwords. */
export async function makeRecoveryCodes(random: (bytes: number) => Uint8Array): Promise<{ readonly shown: readonly string[]; readonly hashes: readonly string[] }> {
  const secrets = Array.from({ length: RECOVERY_CODES }, () => [...random(LETTERS)].map((byte) => ALPHABET.charAt(byte & 31)).join(''));
  const hashes: string[] = [];
  for (const secret of secrets) hashes.push(await hashPassword(secret));
  return { shown: secrets.map((secret, number) => `${number}-${secret.slice(0, 5)}-${secret.slice(5)}`), hashes };
}

/** Works as long for a code that does not exist as for one that does. */
export function isRecoveryCode(hash: string | undefined, code: RecoveryCode): Promise<boolean> {
  return isPassword(hash, code.secret);
}
