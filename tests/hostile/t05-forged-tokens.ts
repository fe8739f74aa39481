import { createHmac } from 'node:crypto';
import path from 'node:path';
import { openServerKey, TOKEN_KEY_FILE } from '../../apps/platform/src/features/access';
import { signToken, TOKEN_TYPE } from '../../apps/platform/src/features/access/token';
import { encodePayload, pae } from '#libs/envelope';
import { makeKey } from '../support/trust-builder';
import { HOUR, threat, type Attacked } from './attacker';

const b64 = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export function t05(attacked: Attacked): void {
  threat(attacked, 'T05', 'forged tokens', () => {
    it('takes none of more than sixty', async () => {
      const good = await attacked.token('d-author');
      const [body = '', sig = ''] = good.split('.');
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
      const { key, signer } = await openServerKey(path.join(attacked.server.dataDir, 'keys', TOKEN_KEY_FILE));
      const other = await makeKey();
      const spki = Buffer.from(key.spki, 'base64');
      const now = attacked.server.clock.now();
      const signed = async (change: object): Promise<string> => signToken({ ...claims, ...change } as never, signer);
      const raw = async (bytes: Uint8Array, type = TOKEN_TYPE): Promise<string> => `${Buffer.from(bytes).toString('base64url')}.${Buffer.from(await signer.sign(pae(type, bytes))).toString('base64url')}`;
      const text = (value: string): Uint8Array => new TextEncoder().encode(value);
      const json = JSON.stringify(claims);
      const jwt = (header: object, secret?: Buffer | string): string => {
        const head = `${b64(header)}.${b64(claims)}`;
        return `${head}.${secret === undefined ? '' : createHmac('sha256', secret).update(head).digest('base64url')}`;
      };
      const tokens: Readonly<Record<string, string>> = {
        empty: '', dot: '.', dots: '...', 'no signature': body, 'empty signature': `${body}.`, 'signature alone': `.${sig}`, 'zero signature': `${body}.${'A'.repeat(86)}`, 'short signature': `${body}.${sig.slice(1)}`,
        'long signature': `${body}.${sig}A`, 'three parts': `${good}.${sig}`, swapped: `${sig}.${body}`, 'twice': `${good},${good}`, 'with padding': `${good}==`, 'in upper case': good.toUpperCase(), 'with a space': `${good} x`,
        'another alphabet': `${good.slice(0, -1)}+`, 'long': `${'A'.repeat(1_400)}.${sig}`,
        'alg none': jwt({ alg: 'none', typ: 'JWT' }), 'alg None': jwt({ alg: 'None' }), 'alg NONE': jwt({ alg: 'NONE' }), 'alg nOnE': jwt({ alg: 'nOnE' }), 'alg empty': jwt({ alg: '' }), 'alg missing': jwt({}),
        'HS256 under the public key': jwt({ alg: 'HS256' }, spki), 'HS256 under its base64': jwt({ alg: 'HS256' }, key.spki), 'HS256 under its id': jwt({ alg: 'HS256' }, key.keyId), 'HS256 under nothing': jwt({ alg: 'HS256' }, ''),
        'HS512': jwt({ alg: 'HS512' }, spki), 'its own key in the header': jwt({ alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(other.record.spki, 'base64').subarray(12).toString('base64url') } }, 'x'),
        'a key address in the header': jwt({ alg: 'EdDSA', jku: 'http://127.0.0.1/keys' }, 'x'), 'kid with a path': jwt({ alg: 'HS256', kid: '../../dev/null' }, ''), 'kid with SQL': jwt({ alg: 'HS256', kid: "x' UNION SELECT 'a" }, 'a'),
        'crit': jwt({ alg: 'EdDSA', crit: ['exp'] }, 'x'), 'zip': jwt({ alg: 'EdDSA', zip: 'DEF' }, 'x'), 'an encrypted form': `${b64({ alg: 'dir', enc: 'A256GCM' })}..a.b.c`,
        'another key': await signToken(claims as never, other.signer), 'claims of another account': `${b64({ ...claims, account: 'd-officer-1' })}.${sig}`, 'more roles': `${b64({ ...claims, roles: ['officer'] })}.${sig}`, 'a later end': `${b64({ ...claims, expiresAt: now * 2 })}.${sig}`,
        'spaces in the claims': `${b64(json.replaceAll(',', ', '))}.${sig}`, 'claims in another order': `${b64(Object.fromEntries(Object.entries(claims).reverse()))}.${sig}`,
        // What the server's own key really signed, and is still no session of anybody.
        'a session that is not there': await signed({ session: attacked.server.clock.uuid() }), 'a session that is no id': await signed({ session: 'x' }), 'SQL for a session': await signed({ session: "' OR true --" }), 'an empty session': await signed({ session: '' }),
        'the account of another session': await signed({ account: 'd-officer-1' }), 'an account that is not there': await signed({ account: 'nobody' }), over: await signed({ expiresAt: now }), 'over long ago': await signed({ expiresAt: 1 }), 'not yet': await signed({ issuedAt: now + HOUR }),
        'another type': await signed({ typ: 'clarion-access.v2' }), 'one claim more': await signed({ admin: true }), 'a role nobody knows': await signed({ roles: ['root'] }), 'no role list': await signed({ roles: 'officer' }), 'an end that is text': await signed({ expiresAt: '9999999999999' }),
        'no claims': await raw(text('{}')), 'a list': await raw(text('[]')), 'null': await raw(text('null')), 'a claim twice': await raw(text(json.replace('{', '{"account":"d-officer-1",'))), 'no JSON': await raw(text('x')), 'not UTF-8': await raw(new Uint8Array([0xff, 0xfe])),
        'a prototype': await raw(text(json.replace('{', '{"__proto__":{"roles":["officer"]},'))), 'nested': await raw(text(json.replace('"roles":[', '"roles":[[[['))), 'a fraction': await raw(text(json.replace(String(claims['expiresAt']), `${String(claims['expiresAt'])}.5`))),
        'a signature of another purpose': await raw(encodePayload(claims as never), 'clarion-sign-in.v1'), 'the bytes alone signed': `${body}.${Buffer.from(await signer.sign(Buffer.from(body, 'base64url'))).toString('base64url')}`,
      };
      expect(Object.keys(tokens).length).toBeGreaterThan(60);
      for (const [name, token] of Object.entries(tokens)) {
        attacked.server.clock.advance(1_000);
        const headers = { authorization: `Bearer ${token}` };
        expect([name, (await attacked.ask('GET', '/api/areas', { headers })).status]).toEqual([name, 401]);
      }
      expect((await attacked.ask('GET', '/api/areas', { token: good })).status).toBe(200);
      for (const headers of [{ authorization: `bearer ${good}` }, { authorization: `Basic ${good}` }, { authorization: good }, { cookie: `token=${good}; session=${good}` }, { 'x-access-token': good }]) {
        expect((await attacked.ask('GET', '/api/areas', { headers: headers as never })).status).toBe(401);
      }
      expect((await attacked.ask('GET', `/api/areas?token=${good}&access_token=${good}`)).status).toBe(401);
    });

    it('takes a good one no longer than twelve hours', async () => {
      const good = await attacked.token('d-author');
      attacked.server.clock.advance(12 * HOUR);
      expect((await attacked.ask('GET', '/api/areas', { token: good })).status).toBe(401);
    });
  });
}
