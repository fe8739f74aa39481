import { threat, useAttacked, many, MINUTE } from './attacker';
import { enrolApp, Phone, type AuthenticatorApp } from '../support/second-factor';
import { toBase64 } from '#libs/envelope';
import { signInBytes } from '../../apps/platform/src/features/access/key-answer';
import { makePasskey, type Lies } from '../support/passkey';
import { PASSWORD } from '../support/platform-server';

/** A server that wants a second factor, as every real one does. */
const attacked = useAttacked({ CLARION_SECOND_FACTOR: 'required' }, false);
const { server } = attacked;

const signIn = async (account: string, more: object, from = '127.17.0.1') => attacked.ask('POST', '/api/session', { body: { account, password: PASSWORD, ...more }, from });
const codeOf = async (account: string, more: object, from?: string): Promise<string> => {
  const { body } = await signIn(account, more, from);
  return body.code ?? 'OPEN';
};

threat(attacked, 'T17', 'a second factor used again', () => {
  let app: AuthenticatorApp;
  beforeAll(async () => {
    app = await enrolApp(server, 't1-author');
    for (const code of app.recoveryCodes) attacked.secrets.add(code);
  });
  beforeEach(() => server.clock.advance(60 * MINUTE));

  it('opens nothing: the same code twice, an older one, one that comes later', async () => {
    const code = app.code();
    expect(await codeOf('t1-author', { code })).toBe('OPEN');
    expect(await codeOf('t1-author', { code })).toBe('AUTH_FAILED');
    expect(await codeOf('t1-author', { code: app.code(-1) })).toBe('AUTH_FAILED');
    server.clock.advance(60 * MINUTE);
    for (const steps of [-120, -2, 2, 120]) {
      server.clock.advance(MINUTE);
      expect([steps, await codeOf('t1-author', { code: app.code(steps) }, `127.17.1.${steps + 121}`)]).toEqual([steps, 'AUTH_FAILED']);
    }
  });

  it('opens one session when it comes ten times at the same moment', async () => {
    const code = app.code();
    const answers = await many(10, 10, async (n) => codeOf('t1-author', { code }, `127.17.2.${n + 1}`));
    expect(answers.filter((answer) => answer === 'OPEN')).toHaveLength(1);
    const [recovery = ''] = app.recoveryCodes;
    server.clock.advance(60 * MINUTE);
    const again = await many(10, 10, async (n) => codeOf('t1-author', { code: recovery }, `127.17.3.${n + 1}`));
    expect(again.filter((answer) => answer === 'OPEN')).toHaveLength(1);
  });

  it('is guessed by nobody: so many tries as the password has, and no more', async () => {
    const answers = await many(60, 30, async (n) => (await signIn('t1-author', { code: String(100_000 + n) }, `127.17.4.${n + 1}`)).status);
    expect(answers.filter((status) => status === 401).length).toBeLessThanOrEqual(20);
    expect(answers.filter((status) => status === 201)).toEqual([]);
  });

  it('opens nothing by a phone\'s answer to a challenge that was used, is over, or was given to another account', async () => {
    const caller = await server.signIn('t1-author', { code: app.code() });
    const phone = await Phone.make(server);
    expect((await caller.post('/api/session/keys', { key: phone.record, name: 'phone', answer: await phone.answer('t1-author'), password: PASSWORD, code: app.fresh() })).status).toBe(201);
    const device = await phone.answer('t1-author');
    const answers = await many(6, 6, async (n) => codeOf('t1-author', { device }, `127.17.5.${n + 1}`));
    expect(answers.filter((answer) => answer === 'OPEN')).toHaveLength(1);
    expect(await codeOf('t1-stopper', { device: await phone.answer('t1-stopper') })).toBe('AUTH_FAILED');
    const old = await phone.answer('t1-author');
    server.clock.advance(2 * MINUTE);
    expect(await codeOf('t1-author', { device: old }, '127.17.6.1')).toBe('AUTH_FAILED');
    // A phone is a second factor, never a first.
    expect((await attacked.ask('POST', '/api/session/passkey', { body: { account: 't1-author', passkey: await phone.answer('t1-author') } })).body.code).toBe('AUTH_FAILED');
  });

  it('opens nothing by a passkey used again, copied, of another page, or without its owner\'s finger', async () => {
    const caller = await server.signIn('t1-author', { code: app.code() });
    const page = { id: 'localhost', origins: ['http://localhost:8080'] };
    const passkey = await makePasskey(page);
    const phone = await Phone.make(server);
    const answer = async (lies: Lies = {}, account = 't1-author', challenge?: string) => {
      const given = challenge ?? (await phone.challenge());
      return { keyId: passkey.key.keyId, challenge: given, sig: toBase64(passkey.signLying(signInBytes(account, given), lies)) };
    };
    const enrol = async (key: unknown) => caller.post('/api/session/keys', { key, name: 'passkey', answer: await answer(), password: PASSWORD, code: app.fresh() });
    expect((await enrol({ ...passkey.key, rp: { id: 'evil.example', origins: ['https://evil.example'] } })).body.code).toBe('KEY_UNUSABLE');
    expect((await enrol(passkey.key)).status).toBe(201);
    const open = async (given: unknown, n: number): Promise<string> => {
      const { body } = await attacked.ask('POST', '/api/session/passkey', { body: { account: 't1-author', passkey: given }, from: `127.17.7.${n}` });
      return body.code ?? body.factor;
    };
    const good = await answer();
    expect(await open(good, 1)).toBe('passkey');
    expect(await open(good, 2)).toBe('AUTH_FAILED');
    const lies: Readonly<Record<string, Lies>> = {
      'a count that went back': { counter: 1 }, 'the same count': { counter: 2 }, 'no count after one': { counter: 0 }, 'another page': { clientData: { origin: 'http://localhost.evil.example:8080' } }, 'another site': { rpId: 'evil.example' },
      'a frame of another site': { clientData: { crossOrigin: true } }, 'no finger': { flags: 0x01 }, 'nobody there': { flags: 0x04 }, 'another challenge': { clientData: { challenge: 'A'.repeat(43) } }, 'a registration': { clientData: { type: 'webauthn.create' } },
    };
    for (const [at, [name, lie]] of Object.entries(lies).entries()) expect([name, await open(await answer(lie), at + 10)]).toEqual([name, 'AUTH_FAILED']);
    expect(await open(await answer({}, 't1-stopper'), 30)).toBe('AUTH_FAILED');
    // A passkey is no phone: beside a password it is not asked for.
    expect(await codeOf('t1-author', { device: await answer() }, '127.17.7.40')).toBe('AUTH_FAILED');
    expect(await open(await answer(), 41)).toBe('passkey');
  });
});
