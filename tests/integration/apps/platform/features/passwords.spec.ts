import { accountSetupSchema } from '#libs/contracts';
import { Caller, PASSWORD, usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { enrolApp } from '../../../../support/second-factor';

const db = useDatabase();
const server = usePlatform(db);
const HOUR = 3_600_000;
const NEXT = 'seven grey herons';

const signIn = async (account: string, password: string, more: object = {}) => {
  const { status, body } = await server.call('POST', '/api/session', { account, password, ...more });
  return status === 201 ? new Caller(server.base, body.token) : body.code;
};
const as = async (account: string, password = PASSWORD): Promise<Caller> => {
  const caller = await signIn(account, password);
  if (!(caller instanceof Caller)) throw new Error(`${account}: ${caller}`);
  return caller;
};
const setUp = async (account: string, setup: string, password = NEXT) => {
  server.clock.advance(60_000);
  const { status, body } = await server.call('POST', '/api/session/setup', { account, setup, password });
  return status === 204 ? 'set' : body.code;
};
const offered = async (account: string, by = 't1-officer-1') => accountSetupSchema.parse((await (await as(by)).post(`/api/accounts/${account}/setup`, {})).body);

describe('an officer\'s code for setting a password', () => {
  it('ends the old password and every session, opens once, and is argon2id in the database', async () => {
    const before = await as('t1-author');
    const { setup, expiresAt } = await offered('t1-author');
    expect(expiresAt).toBe(server.clock.now() + 24 * HOUR);
    expect([(await before.get('/api/session')).status, await signIn('t1-author', PASSWORD)]).toEqual([401, 'AUTH_FAILED']);
    const [row] = await db.asOwner<{ hash: string }>("SELECT hash FROM account_setup WHERE account = 't1-author'");
    expect(row?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await setUp('t1-author', 'ABCDE-FGHJK-MNPQR')).toBe('AUTH_FAILED');
    expect(await setUp('t1-approver-a', setup)).toBe('AUTH_FAILED');
    expect(await setUp('t1-author', setup.toLowerCase().replaceAll('-', ' '))).toBe('set');
    expect([await setUp('t1-author', setup, 'nine quiet otters'), await as('t1-author', NEXT)]).toEqual(['AUTH_FAILED', expect.any(Caller)]);
    const leaves = await db.asOwner<{ kind: string }>("SELECT kind FROM audit_leaf WHERE subject = 't1-author' AND kind LIKE 'account.%' ORDER BY id");
    expect(leaves.map(({ kind }) => kind)).toEqual(['account.setup-offered', 'account.password-set']);
  });

  it('is over after a day, replaced by the next one, and made by officers of the platform or above alone', async () => {
    const first = await offered('t1-approver-b');
    const second = await offered('t1-approver-b');
    expect(await setUp('t1-approver-b', first.setup)).toBe('AUTH_FAILED');
    server.clock.advance(24 * HOUR);
    expect(await setUp('t1-approver-b', second.setup)).toBe('AUTH_FAILED');
    expect((await (await as('t2-officer-1')).post('/api/accounts/t1-approver-b/setup', {})).body.code).toBe('NOT_FOUND');
    expect((await (await as('t1-admin')).post('/api/accounts/t1-approver-b/setup', {})).body.code).toBe('FORBIDDEN');
    expect(await setUp('t1-approver-b', (await offered('t1-approver-b', 'd-officer-1')).setup)).toBe('set');
  });

  it('lets nobody guess: tries count as tries to sign in', async () => {
    await offered('t1-auditor');
    const answers: string[] = [];
    for (let n = 0; n < 8; n += 1) answers.push((await server.call('POST', '/api/session/setup', { account: 't1-auditor', setup: 'ABCDE-FGHJK-MNPQR', password: NEXT })).body.code);
    expect([answers[0], answers.at(-1)]).toEqual(['AUTH_FAILED', 'TOO_MANY_REQUESTS']);
  });

  it('sets no password that is guessed at once', async () => {
    const { setup } = await offered('t1-stopper');
    for (const weak of ['t1-stopper-2026', 'Password-2026!', 'aaaaaaaaaaaaaa', '121212121212']) expect(await setUp('t1-stopper', setup, weak)).toBe('PASSWORD_WEAK');
    expect(await setUp('t1-stopper', setup, 'short')).toBe('INVALID');
    expect(await setUp('t1-stopper', setup)).toBe('set');
  });
});

describe('a person who changes the own password', () => {
  it('gives the one before, and a second factor where there is one; every session ends', async () => {
    server.clock.advance(HOUR);
    const caller = await as('v1-author');
    const wrong = await caller.post('/api/session/password', { password: 'not it', next: NEXT });
    expect([wrong.status, wrong.body.code]).toEqual([401, 'AUTH_FAILED']);
    const app = await enrolApp(server, 'v1-author');
    const change = async (more: () => object) => {
      server.clock.advance(60_000);
      const answer = await app.session?.post('/api/session/password', { password: PASSWORD, next: NEXT, ...more() });
      return answer?.status === 204 ? 'set' : answer?.body.code;
    };
    expect(await change(() => ({}))).toBe('AUTH_FAILED');
    expect(await change(() => ({ code: app.fresh() }))).toBe('set');
    expect((await app.session?.get('/api/session'))?.status).toBe(401);
    expect([await signIn('v1-author', PASSWORD), await signIn('v1-author', NEXT, { code: app.fresh() })]).toEqual(['AUTH_FAILED', expect.any(Caller)]);
  });
});
