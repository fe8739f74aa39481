import { statSync } from 'node:fs';
import path from 'node:path';
import { sessionSchema } from '#libs/contracts';
import { TOKEN_KEY_FILE, verifyToken } from '../../../../../apps/platform/src/features/access';
import { openServerKey } from '../../../../../apps/platform/src/features/access';
import { Caller, PASSWORD, usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';

const db = useDatabase();
const server = usePlatform(db);
const HOUR = 3_600_000;

const signIn = (account: string, password: string) => server.call('POST', '/api/session', { account, password });

describe('signing in', () => {
  it('gives a session, and a token that the STOP process verifies with the public key alone', async () => {
    const answer = await signIn('t1-stopper', PASSWORD);
    expect(answer.status).toBe(201);
    const session = sessionSchema.parse(answer.body);
    expect(session).toMatchObject({ account: 't1-stopper', person: 't1-stopper', platform: 't1', tier: 'township', roles: ['stopper', 'duty'], demo: true });
    const { key } = await openServerKey(path.join(server.dataDir, 'keys', TOKEN_KEY_FILE));
    expect(verifyToken(session.token, key, server.clock.now())).toMatchObject({ ok: true, value: { account: 't1-stopper', platform: 't1' } });
    expect(verifyToken(session.token, key, server.clock.now() + 12 * HOUR)).toEqual({ ok: false, code: 'TOKEN_EXPIRED' });
    expect(statSync(path.join(server.dataDir, 'keys', TOKEN_KEY_FILE)).mode & 0o777).toBe(0o600);
  });

  it('answers a wrong password and an unknown account in the same words', async () => {
    const wrong = await signIn('t1-author', 'no');
    const unknown = await signIn('nobody', 'no');
    expect(wrong.status).toBe(401);
    expect(wrong.body).toEqual(unknown.body);
    expect(wrong.body.code).toBe('AUTH_FAILED');
  });

  it('names every invalid field of the body at once', async () => {
    const answer = await server.call('POST', '/api/session', { account: '', pass: 'x' });
    expect(answer.status).toBe(422);
    expect(answer.body.fields.map((field: { path: string }) => field.path).sort()).toEqual(['account', 'pass', 'password']);
  });

  it('makes whoever fails wait longer each time, the unknown account like the known one, and lets go after the wait', async () => {
    for (const account of ['v1-author', 'ghost']) {
      for (let attempt = 0; attempt < 3; attempt += 1) expect((await signIn(account, 'no')).status).toBe(401);
      const waiting = await signIn(account, PASSWORD);
      expect(waiting.status).toBe(429);
      expect(waiting.body.code).toBe('TOO_MANY_REQUESTS');
      expect(Number(waiting.headers.get('retry-after'))).toBe(2);
    }
    server.clock.advance(2_001);
    expect((await signIn('v1-author', 'no')).status).toBe(401);
    expect(Number((await signIn('v1-author', PASSWORD)).headers.get('retry-after'))).toBe(4);
    server.clock.advance(4_001);
    expect((await signIn('v1-author', PASSWORD)).status).toBe(201);
  });

  it('signs out: the token is worth nothing at once', async () => {
    const caller = await server.signIn('t2-author');
    expect((await caller.get('/api/session')).body).toMatchObject({ account: 't2-author', platform: 't2' });
    expect((await caller.delete('/api/session')).status).toBe(204);
    expect((await caller.get('/api/session')).body.code).toBe('UNAUTHENTICATED');
  });

  it('ends a session after 12 hours', async () => {
    const caller = await server.signIn('t2-author');
    server.clock.advance(12 * HOUR - 1);
    expect((await caller.get('/api/session')).status).toBe(200);
    server.clock.advance(1);
    expect((await caller.get('/api/session')).status).toBe(401);
  });

  it('refuses a token with one bit turned, another server\'s token, and anything else', async () => {
    const good = (await signIn('t2-author', PASSWORD)).body.token as string;
    const turned = `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`;
    for (const token of [turned, '', 'x', `${good}=`, good.toUpperCase(), good.split('.')[0] ?? '']) {
      expect((await new Caller(server.base, token).get('/api/session')).status).toBe(401);
    }
  });

  it('takes everything away at once from an account whose person has no role any more', async () => {
    const author = await server.signIn('v3-author');
    expect((await author.get('/api/session')).body.roles).toEqual(['author']);
    await db.asOwner("UPDATE account SET roles = '{}' WHERE account = 'v3-author'");
    expect((await author.get('/api/session')).body.roles).toEqual([]);
    expect((await author.get('/api/terminals')).body.code).toBe('FORBIDDEN');
  });
});
