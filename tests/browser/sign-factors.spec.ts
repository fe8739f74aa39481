/** From a password alone to a passkey that opens the pages by itself: everything as a person does it, in the browser. */
import type { CDPSession } from 'playwright-core';
import { passkeySignInSchema, sessionSchema } from '#libs/contracts';
import { PASSWORD, usePlatform } from '../support/platform-server';
import { useDatabase } from '../support/postgres';
import { AuthenticatorApp, enrolApp, fromBase32 } from '../support/second-factor';
import { useSignPages, withBrowser, type SignTab } from '../support/sign-pages';

// A browser on a busy machine is slow, and nothing here is about time.
jest.setTimeout(60_000);

const ACCOUNT = 't1-approver-a';

withBrowser('what one signs in with, on the signing pages', () => {
  const pages = useSignPages();
  const db = useDatabase();
  const server = usePlatform(db, { settings: Object.assign(pages.settings, { CLARION_SECOND_FACTOR: 'required' }) });
  let tab: SignTab;
  let device: CDPSession;
  let authenticator = '';
  let app: AuthenticatorApp;

  beforeAll(async () => {
    tab = await pages.open(server.base);
    tab.page.setDefaultTimeout(10_000);
    device = await tab.context.newCDPSession(tab.page);
    await device.send('WebAuthn.enable');
    const added = await device.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
    authenticator = added.authenticatorId;
  }, 60_000);
  afterAll(() => tab?.close());
  afterEach(() => {
    expect(tab.complaints).toEqual([]);
    expect([...tab.spokenTo].filter((origin) => origin !== pages.origin && origin !== server.base)).toEqual([]);
  });

  const opened = async (): Promise<readonly unknown[]> => (await db.asOwner("SELECT body FROM audit_leaf WHERE body::text LIKE '%session.opened%'")).map((row) => JSON.stringify(row));
  async function fresh(): Promise<void> {
    await tab.page.goto(`${pages.origin}/#/`);
    await tab.page.reload();
    await tab.page.fill('#account', ACCOUNT);
  }
  async function withCode(): Promise<void> {
    await fresh();
    await tab.page.fill('#password', PASSWORD);
    await tab.page.click('#enter');
    await tab.page.fill('#code', app.fresh());
    await tab.page.click('#enter');
    await tab.page.waitForSelector('.who');
  }
  /** Makes a key, and enrols it for signing in. */
  async function enrol(kind: 'software' | 'passkey'): Promise<string> {
    await tab.goTo('#/keys');
    await tab.page.click(`#make-${kind}`);
    const card = tab.page.locator(`.key[data-kind=${kind}]`).last();
    await card.locator('.use-to-sign-in summary').click();
    await card.locator('.again-password').fill(PASSWORD);
    await card.locator('.again-code').fill(app.fresh());
    await card.locator('.enrol').click();
    await card.locator('.signs-in').waitFor();
    return await card.getAttribute('data-key') ?? '';
  }

  it('a first sign-in sets up an authenticator app, shows ten recovery codes once, and goes on with every role', async () => {
    await tab.signIn(ACCOUNT);
    await tab.page.waitForSelector('#enrol');
    expect(await tab.page.locator('.waiting').count()).toBe(0);
    await tab.page.click('#app-set');
    const secret = (await tab.page.textContent('#app-secret') ?? '').replace(/\s/g, '');
    app = new AuthenticatorApp(server, fromBase32(secret));
    await tab.page.fill('#app-code', '000000' === app.code() ? '000001' : '000000');
    await tab.page.click('#app-confirmed');
    await tab.page.waitForSelector('.fault[data-code=AUTH_FAILED]');
    await tab.page.fill('#app-code', app.fresh());
    await tab.page.click('#app-confirmed');
    await tab.page.waitForSelector('#recovery');
    expect(new Set(await tab.page.locator('.recovery-codes li').allTextContents()).size).toBe(10);
    await tab.page.click('#codes-kept');
    await tab.page.waitForSelector('#enrol', { state: 'detached' });
    await tab.goTo('#/keys');
    await tab.page.waitForSelector('#factors');
    expect(await tab.page.textContent('#app')).toContain('10');
  });

  it('a passkey made on the page is enrolled with password and code, and opens the pages after a reload without either', async () => {
    const keyId = await enrol('passkey');
    await fresh();
    const before = tab.posted.length;
    const [answer] = await Promise.all([tab.page.waitForResponse((response) => response.url().endsWith('/api/session/passkey')), tab.page.click('.by-passkey')]);
    await tab.page.waitForSelector('.who');
    expect(sessionSchema.parse(await answer.json())).toMatchObject({ account: ACCOUNT, factor: 'passkey', roles: ['approver'] });
    const posted = tab.posted.slice(before);
    expect(posted.map(({ path }) => path)).toEqual(['/api/session/challenge', '/api/session/passkey']);
    expect(passkeySignInSchema.parse(JSON.parse(posted[1]?.body ?? '')).passkey.keyId).toBe(keyId);
    expect((await opened()).join()).toContain('passkey');
    // It is a whole session.
    await tab.goTo('#/keys');
    await tab.page.waitForSelector(`.enrolled[data-key="${keyId}"]`);
  });

  it('who is not verified by the device is not let in, and a passkey that was never enrolled is told as that', async () => {
    await device.send('WebAuthn.setUserVerified', { authenticatorId: authenticator, isUserVerified: false });
    await fresh();
    await tab.page.click('.by-passkey');
    await tab.page.waitForSelector('.fault[data-code=key-cancelled]');
    await device.send('WebAuthn.setUserVerified', { authenticatorId: authenticator, isUserVerified: true });
    await tab.page.fill('#account', 't1-author');
    await tab.page.click('.by-passkey');
    const fault = await tab.page.waitForSelector('.fault[data-code=AUTH_FAILED]');
    expect(await fault.textContent()).toContain('登记');
    expect(await tab.page.locator('.who').count()).toBe(0);
    server.clock.advance(3_600_000);
  });

  it('a software key stands in for the code, with the password', async () => {
    await withCode();
    await enrol('software');
    await fresh();
    await tab.page.fill('#password', PASSWORD);
    await tab.page.click('#enter');
    await tab.page.click('.by-device');
    await tab.page.waitForSelector('.who');
    expect(tab.posted.at(-1)?.body).toContain('"device"');
  });

  it('a passkey that was taken off the list opens nothing any more', async () => {
    await tab.goTo('#/keys');
    const keyId = await tab.page.locator('.key[data-kind=passkey]').getAttribute('data-key');
    const row = tab.page.locator(`.enrolled[data-key="${keyId ?? ''}"]`);
    await row.locator('.remove').click();
    await row.locator('.remove-sure').click();
    await row.waitFor({ state: 'detached' });
    await fresh();
    await tab.page.click('.by-passkey');
    await tab.page.waitForSelector('.fault[data-code=AUTH_FAILED]');
    expect(await tab.page.locator('.who').count()).toBe(0);
  });

  it('this browser is let in while somebody\'s guessing keeps others out, and a new one by an officer\'s unlock code', async () => {
    const officer = (await enrolApp(server, 't1-officer-1')).session;
    const guessed = () => db.asOwner('UPDATE sign_in_attempts SET failures = 40, last_failure_at = $2 WHERE account = $1', [ACCOUNT, server.clock.now()]);
    await guessed();
    await withCode();
    await tab.page.evaluate('localStorage.clear()');
    const unlock = (await officer?.post(`/api/accounts/${ACCOUNT}/unlock`, {}))?.body.unlock;
    await guessed();
    await fresh();
    await tab.page.fill('#password', PASSWORD);
    await tab.page.click('#enter');
    await tab.page.waitForSelector('.fault[data-code=TOO_MANY_REQUESTS]');
    await tab.page.fill('#unlock', unlock);
    await tab.page.click('#enter');
    await tab.page.fill('#code', app.fresh());
    await tab.page.click('#enter');
    await tab.page.waitForSelector('.who');
    await guessed();
    await withCode();
    expect(await tab.page.evaluate(`localStorage.getItem('clarion-known:${ACCOUNT}')`)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});
