import { sessionSchema, type KeyAnswer } from '#libs/contracts';
import { PASSWORD, Caller, usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { AuthenticatorApp, enrolApp, Phone } from '../../../../support/second-factor';

const db = useDatabase();
const server = usePlatform(db, { settings: { CLARION_SECOND_FACTOR: 'required', CLARION_IDLE_MINUTES: '30' } });
const MINUTE = 60_000;
const DAY = 86_400_000;

const signIn = (account: string, more: object, password = PASSWORD) => server.call('POST', '/api/session', { account, password, ...more });

describe('an account without a second factor', () => {
  it('gets a session in which it can set one up, and nothing else', async () => {
    const { body } = await signIn('t1-stopper', {});
    expect(body).toMatchObject({ factor: 'enrol', roles: [] });
    const caller = new Caller(server.base, body.token);
    expect((await caller.get('/api/session')).body).toMatchObject({ factor: 'enrol', roles: [] });
    for (const path of ['/api/areas', '/api/terminals', '/api/accounts', '/api/messages']) expect((await caller.get(path)).status).not.toBe(200);
    expect((await caller.get('/api/areas')).body.code).toBe('FORBIDDEN');
    const phone = await Phone.make(server);
    const early = await caller.post('/api/session/keys', { key: phone.record, name: 'phone', answer: await phone.answer('t1-stopper'), password: PASSWORD });
    expect([early.status, early.body.code]).toEqual([403, 'FORBIDDEN']);
  });

  it('has one after the first code of its app came back, with ten recovery codes and a whole session', async () => {
    const app = await enrolApp(server, 't1-stopper');
    expect(new Set(app.recoveryCodes).size).toBe(10);
    expect((await app.session?.get('/api/areas'))?.status).toBe(200);
    expect((await app.session?.get('/api/session/factors'))?.body).toMatchObject({ required: true, totpSince: server.clock.now(), recoveryCodesLeft: 10, keys: [] });
    const wanted = await signIn('t1-stopper', {});
    expect([wanted.status, wanted.body.code]).toEqual([401, 'SECOND_FACTOR_WANTED']);
    const { body } = await signIn('t1-stopper', { code: app.fresh() });
    expect(body).toMatchObject({ factor: 'totp', roles: ['stopper', 'duty'] });
  });

  it('has its secret in the database sealed, and its recovery codes as hashes', async () => {
    const app = await enrolApp(server, 'v1-author');
    const rows = JSON.stringify([await db.asOwner('SELECT * FROM account_totp'), await db.asOwner('SELECT * FROM recovery_code'), await db.asOwner('SELECT body FROM audit_leaf')]);
    for (const text of [Buffer.from(app.secret).toString('base64'), Buffer.from(app.secret).toString('hex'), ...app.recoveryCodes, ...app.recoveryCodes.map((code) => code.slice(2).replace('-', ''))]) expect(rows).not.toContain(text);
    expect(rows).toContain('$argon2id$');
  });
});

describe('signing in with a second factor', () => {
  let app: AuthenticatorApp;
  beforeAll(async () => {
    app = await enrolApp(server, 't1-author');
  });
  beforeEach(() => server.clock.advance(60 * MINUTE));

  it('answers a wrong password, a wrong code and an unknown account in the same words', async () => {
    const wrongCode = await signIn('t1-author', { code: app.code(50) });
    const wrongPassword = await signIn('t1-author', { code: app.code() }, 'no');
    const unknown = await signIn('nobody', { code: '123456' }, 'no');
    expect([wrongCode.status, wrongCode.body.code]).toEqual([401, 'AUTH_FAILED']);
    expect(wrongPassword.body).toEqual(wrongCode.body);
    expect(unknown.body).toEqual(wrongCode.body);
  });

  it('says that it wants one whatever the account and the password are', async () => {
    const answers = [await signIn('v1-author', {}), await signIn('v1-author', {}, 'no'), await signIn('somebody', {}, 'no'), await signIn('t2-author', {}, 'no')];
    for (const { status, body } of answers) expect([status, body]).toEqual([401, answers[0]?.body]);
    expect(answers[0]?.body.fields.map((field: { path: string }) => field.path)).toEqual(['code', 'device']);
  });

  it('takes each recovery code once', async () => {
    const [, code = ''] = app.recoveryCodes;
    expect((await signIn('t1-author', { code: code.toLowerCase() })).body).toMatchObject({ factor: 'recovery' });
    expect((await signIn('t1-author', { code })).body.code).toBe('AUTH_FAILED');
    const caller = await server.signIn('t1-author', { code: app.fresh() });
    expect((await caller.get('/api/session/factors')).body.recoveryCodesLeft).toBe(9);
  });

  it('does not use up a code that came with a wrong password', async () => {
    const code = app.fresh();
    expect((await signIn('t1-author', { code }, 'no')).status).toBe(401);
    expect((await signIn('t1-author', { code })).status).toBe(201);
  });

  it('replaces the app only for a code of the one in use', async () => {
    const caller = await server.signIn('t1-author', { code: app.fresh() });
    expect((await caller.post('/api/session/totp', {})).body.code).toBe('SECOND_FACTOR_WANTED');
    expect((await caller.post('/api/session/totp', { code: app.code(70) })).body.code).toBe('AUTH_FAILED');
    expect((await caller.post('/api/session/totp', { code: app.fresh() })).status).toBe(200);
    expect((await caller.post('/api/session/totp/confirm', { code: '000000' })).body.code).toBe('AUTH_FAILED');
    // The old one counts until a code of the new one came back.
    expect((await signIn('t1-author', { code: app.fresh() })).status).toBe(201);
  });
});

describe('an enrolled phone', () => {
  let app: AuthenticatorApp;
  let phone: Phone;
  beforeAll(async () => {
    server.clock.advance(60 * MINUTE);
    app = await enrolApp(server, 't2-author');
    phone = await Phone.make(server);
    const add = async (more: object) => app.session?.post('/api/session/keys', { key: phone.record, name: '值班手机', answer: await phone.answer('t2-author'), password: PASSWORD, code: app.fresh(), ...more });
    expect((await add({ password: 'no' }))?.body.code).toBe('AUTH_FAILED');
    expect((await add({ code: undefined }))?.body.code).toBe('AUTH_FAILED');
    expect((await add({ answer: await phone.answer('t1-author') }))?.body.code).toBe('AUTH_FAILED');
    server.clock.advance(60 * MINUTE);
    app.session = await server.signIn('t2-author', { code: app.fresh() });
    const added = await add({});
    expect([added?.status, added?.body.keys]).toEqual([201, [expect.objectContaining({ keyId: phone.record.keyId, alg: 'es256', name: '值班手机' })]]);
  });

  it('stands in for the code, and its answer counts once', async () => {
    const device = await phone.answer('t2-author');
    expect((await signIn('t2-author', { device }, 'no')).body.code).toBe('AUTH_FAILED');
    expect((await signIn('t2-author', { device })).body).toMatchObject({ factor: 'device', roles: ['author'] });
    expect((await signIn('t2-author', { device })).body.code).toBe('AUTH_FAILED');
  });

  it.each<[string, (good: KeyAnswer) => Promise<KeyAnswer> | KeyAnswer]>([
    ['another account\'s answer', async () => phone.answer('t1-author')],
    ['another phone\'s', async () => (await Phone.make(server)).answer('t2-author')],
    ['another challenge', async (good) => ({ ...good, challenge: await phone.challenge() })],
    ['a challenge of their own making', async () => phone.answer('t2-author', Buffer.alloc(56, 7).toString('base64url'))],
    ['a turned bit', (good) => ({ ...good, sig: `${good.sig.startsWith('A') ? 'B' : 'A'}${good.sig.slice(1)}` })],
  ])('refuses %s', async (_, change) => {
    server.clock.advance(60 * MINUTE);
    expect((await signIn('t2-author', { device: await change(await phone.answer('t2-author')) })).body.code).toBe('AUTH_FAILED');
  });

  it('is asked for within two minutes', async () => {
    const device = await phone.answer('t2-author');
    server.clock.advance(2 * MINUTE);
    expect((await signIn('t2-author', { device })).body.code).toBe('AUTH_FAILED');
  });

  it('is over when it is removed', async () => {
    const other = await Phone.make(server, 'ed25519');
    server.clock.advance(60 * MINUTE);
    const caller = await server.signIn('t2-author', { code: app.fresh() });
    expect((await caller.post('/api/session/keys', { key: other.record, name: 'a program', answer: await other.answer('t2-author'), password: PASSWORD, code: app.fresh() })).status).toBe(201);
    expect((await signIn('t2-author', { device: await other.answer('t2-author') })).status).toBe(201);
    expect((await caller.delete(`/api/session/keys/${other.record.keyId}`)).status).toBe(204);
    expect((await caller.delete(`/api/session/keys/${other.record.keyId}`)).status).toBe(404);
    expect((await signIn('t2-author', { device: await other.answer('t2-author') })).body.code).toBe('AUTH_FAILED');
  });

  it('is over after 90 days, and does not open the way to a new app then', async () => {
    server.clock.advance(90 * DAY);
    expect((await signIn('t2-author', { device: await phone.answer('t2-author') })).body.code).toBe('AUTH_FAILED');
    expect((await signIn('t2-author', {})).body.code).toBe('SECOND_FACTOR_WANTED');
    expect((await signIn('t2-author', { code: app.fresh() })).status).toBe(201);
  });
});

describe('a session', () => {
  it('ends after 30 minutes in which nobody does anything; a page that only looks again does not count', async () => {
    const app = await enrolApp(server, 'v2-author');
    const caller = app.session;
    server.clock.advance(29 * MINUTE);
    expect((await caller?.get('/api/session'))?.body).toMatchObject({ idleAt: server.clock.now() + 30 * MINUTE });
    server.clock.advance(29 * MINUTE);
    const looking = { authorization: `Bearer ${caller?.token ?? ''}`, 'clarion-unattended': '1' };
    expect((await server.call('GET', '/api/areas', undefined, looking)).status).toBe(200);
    server.clock.advance(1 * MINUTE);
    expect((await caller?.get('/api/session'))?.body.code).toBe('UNAUTHENTICATED');
  });

  it('is listed for officers of the platform and above, and ended by them with its factors', async () => {
    const author = await enrolApp(server, 'v3-author');
    const officer = (await enrolApp(server, 't2-officer-1')).session;
    const foreign = (await enrolApp(server, 't1-officer-1')).session;
    const row = (await officer?.get('/api/accounts'))?.body.find(({ account }: { account: string }) => account === 'v3-author');
    expect(row).toEqual({ account: 'v3-author', platform: 'v3', person: 'v3-author', title: 'v3 author', sessions: 1, lastSeenAt: expect.any(Number), totp: true, keys: 0 });
    expect((await foreign?.post('/api/accounts/v3-author/revoke', { factors: true }))?.status).toBe(404);
    expect((await author.session?.post('/api/accounts/v3-author/revoke', { factors: true }))?.status).toBe(403);
    expect((await officer?.post('/api/accounts/v3-author/revoke', { factors: false }))?.body).toEqual({ account: 'v3-author', sessions: 1, keys: 0, totp: false });
    expect((await author.session?.get('/api/session'))?.status).toBe(401);
    expect((await signIn('v3-author', { code: author.fresh() })).status).toBe(201);
    expect((await officer?.post('/api/accounts/v3-author/revoke', { factors: true }))?.body).toEqual({ account: 'v3-author', sessions: 1, keys: 0, totp: true });
    expect(sessionSchema.parse((await signIn('v3-author', {})).body).factor).toBe('enrol');
  });
});
