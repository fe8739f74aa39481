import { threat, useAttacked, many, MINUTE } from './attacker';
import { enrolApp, Phone, type AuthenticatorApp } from '../support/second-factor';
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
});
