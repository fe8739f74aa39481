import { createHmac, timingSafeEqual } from 'node:crypto';

/** RFC 6238 as every authenticator app has it: SHA-1, six digits, 30 s; one step early or late counts (5.2). */
const STEP_MS = 30_000;
const DIGITS = 6;
const WINDOW = 1;
/** 160 bits (RFC 4226 4, R6). */
export const TOTP_SECRET_BYTES = 20;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code of a step, counted in 30 s from 1970 (RFC 4226 5.3). */
export function totpCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

export function totpStep(now: number): number {
  return Math.floor(now / STEP_MS);
}

/**
 * The step that this code belongs to, now or next to now; undefined for every other code. Codes of steps up to
 * `lastStep` are used up: a code counts once (RFC 6238 5.2). All three are compared, whichever fits.
 */
export function stepOfCode(secret: Uint8Array, code: string, now: number, lastStep: number): number | undefined {
  const given = Buffer.from(code);
  let found: number | undefined;
  for (let step = totpStep(now) - WINDOW; step <= totpStep(now) + WINDOW; step += 1) {
    const expected = Buffer.from(totpCode(secret, step));
    if (given.length === expected.length && timingSafeEqual(given, expected) && step > lastStep) found ??= step;
  }
  return found;
}

/** RFC 4648 6, without padding: the length is a multiple of five bytes. */
export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += BASE32.charAt((held >>> (bits - 5)) & 31);
      bits -= 5;
    }
    held &= (1 << bits) - 1;
  }
  return text;
}

/** What an authenticator app reads from the QR code. */
export function totpUri(secret: Uint8Array, account: string): string {
  const issuer = encodeURIComponent('Clarion 号角');
  return `otpauth://totp/${issuer}:${encodeURIComponent(account)}?secret=${toBase32(secret)}&issuer=${issuer}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_MS / 1_000}`;
}
