import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { keyRecordSchema, tokenClaimsSchema, type KeyRecord } from '#libs/contracts';
import { toBase64 } from '#libs/envelope';
import { keyIdOf } from '#libs/suites';
import { bearerOf, signToken, TOKEN_TYPE, verifyToken } from '../../../../../../apps/platform/src/features/access/token';
import { makeKey, NOW } from '../../../../../support/trust-builder';

/**
 * T05: Project Wycheproof's cases of JSON Web Signature (C2SP/wycheproof, Apache-2.0), not copied here; put them below
 * CLARION_SAMPLES. Our token has one algorithm and no header, so each case is asked as it stands, and with its parts in
 * the two places that ours has, alone and beside ours. What is valid as a JWS is no token of ours either.
 */
const samples = process.env['CLARION_SAMPLES'];
const file = samples === undefined ? '' : path.join(samples, 'crypto', 'wycheproof', 'json_web_signature_test.json');
const has = existsSync(file);
if (!has) console.warn('SKIPPED: Wycheproof cases of JSON Web Signature (put testvectors_v1/json_web_signature_test.json into $CLARION_SAMPLES/crypto/wycheproof)');

interface Published {
  readonly testGroups: readonly { readonly public?: JsonWebKey & { readonly crv?: string }; readonly tests: readonly { readonly tcId: number; readonly jws: unknown }[] }[];
}

/** The group's own key, where it is one that we would verify with at all. */
function recordOf(key: Published['testGroups'][number]['public']): readonly KeyRecord[] {
  if (key?.kty !== 'EC' || key.crv !== 'P-256') return [];
  const spki = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'der' });
  return [keyRecordSchema.parse({ keyId: keyIdOf('es256', spki), alg: 'es256', spki: toBase64(spki) })];
}

(has ? it : it.skip)('no published case of another form of token is taken, as it stands or put together with ours', async () => {
  const { testGroups } = JSON.parse(readFileSync(file, 'utf8')) as Published;
  const { record, signer } = await makeKey();
  const good = await signToken(tokenClaimsSchema.parse({
    typ: TOKEN_TYPE, session: 's', account: 'a', person: 'p', platform: 'd', tier: 'district', roles: ['stopper'], issuedAt: NOW, expiresAt: NOW + 3_600_000,
  }), signer);
  expect(verifyToken(good, record, NOW).ok).toBe(true);
  const [claims = '', sig = ''] = good.split('.');
  const asked: string[] = [];
  const taken: unknown[] = [];
  for (const { public: key, tests } of testGroups) {
    for (const { tcId, jws } of tests) {
      const text = typeof jws === 'string' ? jws : JSON.stringify(jws);
      const [header = '', payload = '', signature = ''] = text.split('.');
      const tokens = [
        text, `${payload}.${signature}`, `${header}.${payload}`, `${header}.${signature}`, `${header}.${sig}`, `${payload}.${sig}`, `${claims}.${signature}`,
        `${header}.${good}`, `${good}.${signature}`, `${header}.${claims}.${sig}`,
      ];
      asked.push(text);
      for (const token of tokens) {
        for (const one of [record, ...recordOf(key)]) if (verifyToken(token, one, NOW).ok || verifyToken(bearerOf(`Bearer ${token}`) ?? '', one, NOW).ok) taken.push([tcId, token]);
      }
    }
  }
  expect(asked.length).toBeGreaterThanOrEqual(401);
  expect(taken).toEqual([]);
});
