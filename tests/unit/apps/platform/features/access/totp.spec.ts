import { stepOfCode, toBase32, totpCode, totpStep, totpUri } from '../../../../../../apps/platform/src/features/access/totp';

const secret = new TextEncoder().encode('12345678901234567890');
const at = (seconds: number): number => seconds * 1_000;

describe('a code of an authenticator app', () => {
  it.each([
    // RFC 6238 appendix B, SHA-1, the last six of its eight digits.
    [59, '287082'], [1_111_111_109, '081804'], [1_111_111_111, '050471'], [1_234_567_890, '005924'], [2_000_000_000, '279037'], [20_000_000_000, '353130'],
  ])('at %d s is the one of RFC 6238', (seconds, code) => {
    expect(totpCode(secret, totpStep(at(seconds)))).toBe(code);
  });

  it('counts in its own step, the one before and the one after, and in no other', () => {
    const now = at(1_111_111_111);
    const step = totpStep(now);
    for (const offset of [-1, 0, 1]) expect(stepOfCode(secret, totpCode(secret, step + offset), now, 0)).toBe(step + offset);
    for (const offset of [-100, -2, 2, 100]) expect(stepOfCode(secret, totpCode(secret, step + offset), now, 0)).toBeUndefined();
  });

  it('counts no more once its step, or a later one, was used', () => {
    const now = at(1_111_111_111);
    const step = totpStep(now);
    expect(stepOfCode(secret, totpCode(secret, step), now, step - 1)).toBe(step);
    expect(stepOfCode(secret, totpCode(secret, step), now, step)).toBeUndefined();
    expect(stepOfCode(secret, totpCode(secret, step - 1), now, step)).toBeUndefined();
  });

  it.each(['', '0', '05047', '0504711', 'abcdef', '05047１', ' 50471'])('is not %j', (code) => {
    expect(stepOfCode(secret, code, at(1_111_111_111), 0)).toBeUndefined();
  });
});

describe('the secret, as it is shown', () => {
  it.each([['', ''], ['fooba', 'MZXW6YTB'], ['12345678901234567890', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ']])('%j is %j (RFC 4648 10)', (text, base32) => {
    expect(toBase32(new TextEncoder().encode(text))).toBe(base32);
  });

  it('stands in the address that the QR code holds', () => {
    const uri = new URL(totpUri(secret, 't1-author'));
    expect([uri.protocol, uri.host, decodeURIComponent(uri.pathname)]).toEqual(['otpauth:', 'totp', '/Clarion 号角:t1-author']);
    expect(Object.fromEntries(uri.searchParams)).toEqual({ secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', issuer: 'Clarion 号角', algorithm: 'SHA1', digits: '6', period: '30' });
  });
});
