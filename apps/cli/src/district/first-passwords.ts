import { hash } from '@node-rs/argon2';
import type { Clock } from '../clock';

/** Letters without look-alikes: it is read off paper. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const LENGTH = 16;

/** A word that nobody can guess (78 bits), in groups of four. */
export function randomWord(clock: Clock, length = LENGTH): string {
  const word: string[] = [];
  while (word.length < length) {
    // Of a byte only what divides evenly, so that no letter comes more often than another.
    for (const byte of clock.random(length)) if (byte < 248 && word.length < length) word.push(LETTERS[byte % LETTERS.length] ?? 'a');
  }
  return (word.join('').match(/.{4}/g) ?? []).join('-');
}

/** As the server hashes passwords (OWASP's least for argon2id). */
export function hashFirstPassword(password: string): Promise<string> {
  return hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
}
