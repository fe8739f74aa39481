import { sessionSchema, unlockedAccountSchema, type Session } from '#libs/contracts';
import { toBase64 } from '#libs/envelope';
import { OWN_FAILURES_PER_HOUR } from '../../../../../apps/platform/src/features/access/throttle';
import { signInBytes } from '../../../../../apps/platform/src/features/access/key-answer';
import { Caller, PASSWORD, usePlatform } from '../../../../support/platform-server';
import { useDatabase } from '../../../../support/postgres';
import { makePasskey } from '../../../../support/passkey';
import { Phone } from '../../../../support/second-factor';

const db = useDatabase();
const PAGE = 'http://localhost:8081';
const server = usePlatform(db, { settings: { CLARION_ORIGINS: PAGE } });
const MINUTE = 60_000;
const DAY = 24 * 3_600_000;
const LEADER = 't1-approver-a';

const tried = (account: string, password: string, more: object = {}) => server.call('POST', '/api/session', { account, password, ...more });
const statusOf = async (...of: Parameters<typeof tried>) => (await tried(...of)).status;
const sessionOf = async (...of: Parameters<typeof tried>): Promise<Session> => sessionSchema.parse((await tried(...of)).body);
/** A new device signs in: what it keeps. */
const knownTo = async (account: string): Promise<string> => (await sessionOf(account, PASSWORD)).known ?? '';
/** Somebody behind the same address guesses until nobody there is asked for this account any more. */
const guessed = async (account = LEADER): Promise<void> => {
  let status = 0;
  for (let n = 0; n < 12 && status !== 429; n += 1) status = await statusOf(account, `wrong ${n}`);
  expect(status).toBe(429);
};

beforeEach(() => server.clock.advance(2 * 60 * MINUTE));

describe('a device that signed in before', () => {
  it('is let in while somebody else behind the same address guesses, for as long as the guessing goes on', async () => {
    const known = await knownTo(LEADER);
    for (let n = 0; n < 3; n += 1) {
      await guessed();
      expect(await statusOf(LEADER, PASSWORD)).toBe(429);
      expect(await statusOf(LEADER, PASSWORD, { known })).toBe(201);
      server.clock.advance(15 * MINUTE);
    }
  });

  it('is told its token once, and goes on being known for thirty days after it was last there', async () => {
    const first = await sessionOf('t1-author', PASSWORD);
    expect(first.known).toMatch(/^[A-Za-z0-9_-]{43}$/);
    for (let n = 0; n < 3; n += 1) {
      server.clock.advance(29 * DAY);
      expect((await sessionOf('t1-author', PASSWORD, { known: first.known })).known).toBeUndefined();
    }
    server.clock.advance(30 * DAY);
    const later = await sessionOf('t1-author', PASSWORD, { known: first.known });
    expect([later.known, later.known === first.known]).toEqual([expect.any(String), false]);
    const kept = JSON.stringify(await db.asOwner("SELECT * FROM known_device, audit_leaf WHERE account = 't1-author'"));
    expect([first.known, later.known].filter((token) => kept.includes(token ?? ''))).toEqual([]);
  });

  it('opens nothing by its token alone, and a thief of it tries ten passwords in an hour beside what anybody may', async () => {
    const known = await knownTo('t1-author');
    await guessed('t1-author');
    expect((await new Caller(server.base, known).get('/api/session')).status).toBe(401);
    const statuses: number[] = [];
    for (let n = 0; n < OWN_FAILURES_PER_HOUR + 5; n += 1) statuses.push(await statusOf('t1-author', `thief ${n}`, { known }));
    expect([statuses.filter((status) => status === 401).length, statuses.at(-1)]).toEqual([OWN_FAILURES_PER_HOUR, 429]);
    // Many at the same moment are many.
    server.clock.advance(61 * MINUTE);
    await guessed('t1-author');
    const atOnce = await Promise.all(Array.from({ length: 30 }, (_, n) => statusOf('t1-author', `thief ${n}`, { known })));
    expect(atOnce.filter((status) => status === 401)).toHaveLength(OWN_FAILURES_PER_HOUR);
  });

  it('is no device of another account, and a token that is none changes nothing', async () => {
    const [mine, others] = [await knownTo(LEADER), await knownTo('t1-author')];
    await guessed();
    for (const known of [others, 'A'.repeat(43), `${mine}x`, 'ABCDE-FGHJK-MNPQR']) expect([known === mine, await statusOf(LEADER, PASSWORD, { known })]).toEqual([false, 429]);
    expect((await tried(LEADER, PASSWORD, { known: 'x' })).body.code).toBe('INVALID');
    expect(await statusOf(LEADER, PASSWORD, { known: mine })).toBe(201);
  });

  it('is one of sixteen; devices that never came back make room first', async () => {
    const phone = await knownTo('t2-author');
    await sessionOf('t2-author', PASSWORD, { known: phone });
    const plant = "INSERT INTO known_device (account, hash, made_at, expires_at, once) SELECT 't2-author', 'h' || n, $1::bigint + n, $1::bigint + 1000000, false FROM generate_series(1, 20) AS n";
    await db.asOwner(plant, [server.clock.now()]);
    await sessionOf('t2-author', PASSWORD);
    expect(await db.asOwner("SELECT account FROM known_device WHERE account = 't2-author'")).toHaveLength(16);
    expect((await sessionOf('t2-author', PASSWORD, { known: phone })).known).toBeUndefined();
  });

  it('is known no more after a password was set, an officer ended the sessions, or an officer made a setup code', async () => {
    const officer = await server.signIn('t1-officer-1');
    const gone: Readonly<Record<string, () => Promise<unknown>>> = {
      't1-approver-b': () => officer.post('/api/accounts/t1-approver-b/revoke', { factors: false }),
      't1-stopper': () => officer.post('/api/accounts/t1-stopper/setup', {}),
      't1-auditor': async () => (await server.signIn('t1-auditor')).post('/api/session/password', { password: PASSWORD, next: 'nine quiet otters' }),
    };
    for (const [account, end] of Object.entries(gone)) {
      await knownTo(account);
      await end();
      expect([account, await db.asOwner('SELECT 1 FROM known_device WHERE account = $1 AND NOT once', [account])]).toEqual([account, []]);
    }
  });
});

describe('whom somebody\'s guessing keeps out', () => {
  it('changes the own password all the same where a session is open, and a thief of the session tries ten in an hour', async () => {
    const inside = await server.signIn('v1-auditor');
    await guessed('v1-auditor');
    const change = async (password: string) => (await inside.post('/api/session/password', { password, next: 'nine quiet otters' })).status;
    const statuses: number[] = [];
    for (let n = 0; n < OWN_FAILURES_PER_HOUR + 2; n += 1) statuses.push(await change(`thief ${n}`));
    expect([statuses.filter((status) => status === 401).length, statuses.at(-1)]).toEqual([OWN_FAILURES_PER_HOUR, 429]);
    server.clock.advance(60 * MINUTE);
    await guessed('v1-auditor');
    expect(await change(PASSWORD)).toBe(204);
  });

  it('signs in by passkey all the same: nobody guesses a signature', async () => {
    const passkey = await makePasskey({ id: 'localhost', origins: [PAGE] });
    const challenges = await Phone.make(server);
    const answer = async () => {
      const challenge = await challenges.challenge();
      return { keyId: passkey.key.keyId, challenge, sig: toBase64(passkey.signLying(signInBytes('v1-approver-a', challenge), {})) };
    };
    const caller = await server.signIn('v1-approver-a');
    expect((await caller.post('/api/session/keys', { key: passkey.key, name: 'phone', answer: await answer(), password: PASSWORD })).status).toBe(201);
    await guessed('v1-approver-a');
    for (let n = 0; n < 15; n += 1) expect((await server.call('POST', '/api/session/passkey', { account: 'v1-approver-a', passkey: { ...(await answer()), sig: 'AAAA' } })).body.code).toBe('AUTH_FAILED');
    const { status, body } = await server.call('POST', '/api/session/passkey', { account: 'v1-approver-a', passkey: await answer() });
    expect([status, body.factor]).toEqual([201, 'passkey']);
    // And the device is known from then on.
    expect(await statusOf('v1-approver-a', PASSWORD, { known: body.known })).toBe(201);
  });

  it('gets an officer\'s unlock code, which is good once, against any guessing, and opens nothing by itself', async () => {
    const officer = await server.signIn('t1-officer-1');
    await guessed();
    const unlock = async () => unlockedAccountSchema.parse((await officer.post(`/api/accounts/${LEADER}/unlock`, {})).body);
    const { unlock: code, expiresAt } = await unlock();
    expect(expiresAt).toBe(server.clock.now() + DAY);
    // What failed is forgotten, and the guesser spoils it again.
    expect(await statusOf(LEADER, PASSWORD)).toBe(201);
    await guessed();
    expect(await statusOf(LEADER, 'wrong', { known: code })).toBe(401);
    const { known } = await sessionOf(LEADER, PASSWORD, { known: code.toLowerCase().replaceAll('-', ' ') });
    expect(known).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect([await statusOf(LEADER, PASSWORD, { known: code }), await statusOf(LEADER, PASSWORD, { known })]).toEqual([429, 201]);
    const leaves = await db.asOwner<{ kind: string }>("SELECT kind FROM audit_leaf WHERE subject = $1 AND kind = 'account.unlocked'", [LEADER]);
    expect(leaves).toHaveLength(1);
    const second = await unlock();
    server.clock.advance(DAY);
    await guessed();
    expect(await statusOf(LEADER, PASSWORD, { known: second.unlock })).toBe(429);
  });

  it('is unlocked by officers of the platform or above alone', async () => {
    const by = async (account: string) => (await server.signIn(account)).post(`/api/accounts/${LEADER}/unlock`, {});
    expect([(await by('t2-officer-1')).body.code, (await by('t1-admin')).body.code, (await by('t1-author')).body.code]).toEqual(['NOT_FOUND', 'FORBIDDEN', 'FORBIDDEN']);
    expect([(await by('d-officer-1')).status, (await by('t1-officer-1')).status]).toEqual([201, 201]);
  });

  it('sets a password with an officer\'s setup code all the same', async () => {
    const { body } = await (await server.signIn('t1-officer-1')).post('/api/accounts/v1-author/setup', {});
    await guessed('v1-author');
    expect((await server.call('POST', '/api/session/setup', { account: 'v1-author', setup: body.setup, password: 'seven grey herons' })).status).toBe(204);
  });
});
