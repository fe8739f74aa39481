import { tokenClaimsSchema, type TokenClaims } from '#libs/contracts';
import { encodePayload, pae } from '#libs/envelope';
import { bearerOf, signToken, TOKEN_TYPE, verifyToken } from '../../../../../../apps/platform/src/features/access/token';
import { makeKey, NOW, type TestKey } from '../../../../../support/trust-builder';

const HOUR = 3_600_000;
const claims = (set: Partial<TokenClaims> = {}): TokenClaims => ({
  ...tokenClaimsSchema.parse({
    typ: TOKEN_TYPE, session: 's', account: 'a', person: 'p', platform: 'd', tier: 'district', roles: ['stopper'], issuedAt: NOW, expiresAt: NOW + 12 * HOUR,
  }),
  ...set,
});
const part = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

describe('an access token', () => {
  let key: TestKey;
  beforeAll(async () => {
    key = await makeKey();
  });
  const verify = (token: string, now = NOW) => verifyToken(token, key.record, now);

  it('gives its claims back while it is in force', async () => {
    const token = await signToken(claims(), key.signer);
    expect(verify(token)).toEqual({ ok: true, value: claims() });
    expect(verify(token, NOW + 12 * HOUR - 1).ok).toBe(true);
    expect(verify(token, NOW + 12 * HOUR)).toEqual({ ok: false, code: 'TOKEN_EXPIRED' });
    expect(verify(token, NOW - 5_001)).toEqual({ ok: false, code: 'TOKEN_NOT_YET' });
  });

  it('is refused when another key signed it, or when any single character of it differs', async () => {
    const other = await makeKey();
    expect(verify(await signToken(claims(), other.signer))).toEqual({ ok: false, code: 'TOKEN_SIGNATURE' });
    const token = await signToken(claims(), key.signer);
    for (let at = 0; at < token.length; at += 1) {
      const letter = token[at] === 'A' ? 'B' : 'A';
      expect(verify(`${token.slice(0, at)}${letter}${token.slice(at + 1)}`).ok).toBe(false);
    }
  });

  it('has one spelling: padding, other alphabets and stray bits are refused', async () => {
    const token = await signToken(claims(), key.signer);
    for (const spelled of [`${token}=`, token.replace(/-|_/g, '+'), ` ${token}`, `${token}.`, `.${token}`, token.replace('.', '..')]) {
      if (spelled !== token) expect(verify(spelled).ok).toBe(false);
    }
  });

  it('of a known web-token form, unsigned, empty or huge is refused', () => {
    const header = part(new TextEncoder().encode('{"alg":"none"}'));
    const body = part(encodePayload(claims()));
    for (const token of ['', '.', `${header}.${body}.`, `${body}.`, `${body}.${'A'.repeat(86)}`, 'A'.repeat(100_000)]) expect(verify(token).ok).toBe(false);
  });

  it('signed with the right key over something that is no claims is refused', async () => {
    for (const payload of [{}, { ...claims(), typ: 'other' }, { ...claims(), admin: true }]) {
      const bytes = encodePayload(payload);
      const token = `${part(bytes)}.${part(await key.signer.sign(pae(TOKEN_TYPE, bytes)))}`;
      expect(verify(token)).toEqual({ ok: false, code: 'TOKEN_CLAIMS' });
    }
    const bytes = encodePayload(claims());
    expect(verify(`${part(bytes)}.${part(await key.signer.sign(bytes))}`)).toEqual({ ok: false, code: 'TOKEN_SIGNATURE' });
  });

  it('is read from a bearer header and from nothing else', () => {
    expect(bearerOf('Bearer abc.def')).toBe('abc.def');
    for (const header of [undefined, '', 'Basic abc', 'bearer abc', 'Bearer  abc', 'Bearer a b']) expect(bearerOf(header)).toBeUndefined();
  });
});
