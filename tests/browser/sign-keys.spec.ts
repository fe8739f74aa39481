import { keyRecordSchema } from '#libs/contracts';
import { keyFingerprint } from '#libs/domain';
import { encodePayload } from '#libs/envelope';
import { checkKeyRecord, signEnvelope } from '#libs/suites';
import { Trust } from '../../apps/platform/src/features/authority';
import { usePlatform } from '../support/platform-server';
import { useDatabase } from '../support/postgres';
import { useSignPages, withBrowser, type SignTab } from '../support/sign-pages';
import { platformOf } from '../support/trust-builder';

// A browser on a busy machine is slow, and nothing here is about time.
jest.setTimeout(90_000);

withBrowser('keys in the signing pages', () => {
  const pages = useSignPages();
  const db = useDatabase();
  const server = usePlatform(db, { settings: pages.settings });
  let tab: SignTab;

  beforeEach(async () => {
    tab = await pages.open(server.base);
  });
  afterEach(async () => {
    const { complaints, spokenTo } = tab;
    await tab.close();
    expect(complaints).toEqual([]);
    expect([...spokenTo].filter((origin) => origin !== pages.origin && origin !== server.base)).toEqual([]);
  });

  async function makeSoftwareKey(): Promise<string> {
    await tab.signIn('t1-approver-a');
    await tab.goTo('#/keys');
    await tab.page.click('#make-software');
    return (await tab.page.waitForSelector('.key[data-kind=software]')).getAttribute('data-key').then((id) => id ?? '');
  }

  it('makes a software key, shows its record and its fingerprint, and says whether the browser promised to keep it', async () => {
    const keyId = await makeSoftwareKey();
    const record = keyRecordSchema.parse(JSON.parse(await tab.page.locator('.record').textContent() ?? ''));
    expect(checkKeyRecord(record)).toEqual({ ok: true });
    expect([record.keyId, record.alg]).toEqual([keyId, 'es256']);
    expect(await tab.page.textContent('.fingerprint')).toBe(keyFingerprint(record.keyId).join(' '));
    expect(await tab.page.locator('.qr path').getAttribute('d')).toContain('h1v1');
    expect(['promised', 'refused', 'unknown']).toContain(await tab.page.getAttribute('#persistence', 'data-promise'));
  });

  it('a software key cannot be taken out of the browser, survives a reload, and is seen by another tab', async () => {
    const keyId = await makeSoftwareKey();
    const taken = await tab.page.evaluate(`(async () => {
      const database = await new Promise((resolve) => { const opening = indexedDB.open('clarion-sign'); opening.onsuccess = () => resolve(opening.result); });
      const [held] = await new Promise((resolve) => { const asked = database.transaction('keys').objectStore('keys').getAll(); asked.onsuccess = () => resolve(asked.result); });
      const { privateKey } = held.secret;
      const tries = await Promise.all(['pkcs8', 'jwk', 'raw'].map((format) => crypto.subtle.exportKey(format, privateKey).then(() => 'out', (error) => error.name)));
      return { tries, extractable: privateKey.extractable, written: JSON.stringify(held.secret) };
    })()`);
    expect(taken).toEqual({ tries: [expect.stringMatching(/Error$/), expect.stringMatching(/Error$/), expect.stringMatching(/Error$/)], extractable: false, written: '{"kind":"software","privateKey":{}}' });
    await tab.page.reload();
    await tab.signIn('t1-approver-a');
    expect(await (await tab.page.waitForSelector('.key')).getAttribute('data-key')).toBe(keyId);
    const other = await tab.context.newPage();
    tab.watch(other);
    await other.goto(`${pages.origin}/#/keys`);
    await tab.signIn('t1-approver-b', other);
    expect(await (await other.waitForSelector('.key')).getAttribute('data-key')).toBe(keyId);
  });

  it('makes a passkey that verifies its user, pinned to this origin', async () => {
    const session = await tab.context.newCDPSession(tab.page);
    await session.send('WebAuthn.enable');
    await session.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
    await tab.signIn('t1-approver-a');
    await tab.goTo('#/keys');
    await tab.page.click('#make-passkey');
    await tab.page.waitForSelector('.key[data-kind=passkey]');
    const record = keyRecordSchema.parse(JSON.parse(await tab.page.locator('.record').textContent() ?? ''));
    expect(checkKeyRecord(record)).toEqual({ ok: true });
    expect(record.alg === 'webauthn-es256' && record.rp).toEqual({ id: 'localhost', origins: [pages.origin] });
  });

  it('says before the choice what a software key signs and what not, by the signed policy, and again at its request', async () => {
    // The test district asks of a township's emergency one verified signature among two.
    await tab.signIn('t1-approver-a');
    await tab.goTo('#/keys');
    const rows = async (): Promise<readonly (string | null)[]> => tab.page.locator('#key-reach li').evaluateAll((found) => found.map((one) => `${one.getAttribute('data-use')}: ${one.getAttribute('data-classes')}`));
    await tab.page.waitForSelector('#key-reach li');
    expect([await tab.page.locator('.key').count(), await rows()]).toEqual([0, ['beside: emergency', 'signs: advisory', 'signs: notice governance daily']]);
    // Once its officers ask it of everybody, such a key loses them the warnings.
    const held = server.app.get(Trust).state().rosters.get(platformOf('t1'))?.value;
    if (held === undefined) throw new Error('no roster of t1');
    const policy = { ...held.policy, version: held.policy.version + 1, rules: held.policy.rules.map((rule) => (rule.classes.includes('emergency') ? { ...rule, verification: 'all' as const } : rule)) };
    const document = await signEnvelope('roster', encodePayload({ ...held, version: held.version + 1, policy }), server.world.officers('t1').slice(0, 2));
    expect((await (await server.signIn('d-officer-1')).post('/api/trust/documents', { documents: [document] })).status).toBe(200);
    await tab.goTo('#/');
    await tab.goTo('#/keys');
    await tab.page.waitForSelector('#key-reach[data-loses=true]');
    expect((await rows())[0]).toMatch(/^verified: emergency/);
    expect(await tab.page.textContent('#key-reach')).toContain('请建通行密钥');
    await tab.page.click('#make-software');
    expect(await (await tab.page.waitForSelector('.not-with-this-key li')).getAttribute('data-classes')).toContain('emergency');
    // And once more to the officer who compares.
    await tab.page.click('.ask-officers');
    await tab.page.waitForSelector('.asked');
    await tab.page.click('#leave');
    await tab.signIn('t1-officer-1');
    await tab.goTo('#/officer');
    expect(await (await tab.page.waitForSelector('.request[data-person=t1-approver-a] .not-with-this-key li')).getAttribute('data-classes')).toContain('emergency');
  });

  it('forgets a key only when it is said twice', async () => {
    await makeSoftwareKey();
    await tab.page.click('.forget');
    expect(await tab.page.locator('.key').count()).toBe(1);
    await tab.page.click('.forget-sure');
    await tab.page.waitForSelector('.key', { state: 'detached' });
  });

  it('speaks Chinese first and English at a press, and the officer page is there for officers alone', async () => {
    expect(await tab.page.textContent('h1')).toBe('登录');
    await tab.page.click('#language');
    await tab.page.waitForSelector('h1:text-is("Sign in")');
    expect([await tab.page.textContent('h1'), await tab.page.getAttribute('html', 'lang')]).toEqual(['Sign in', 'en']);
    await tab.signIn('t1-author');
    await tab.goTo('#/officer');
    expect(await (await tab.page.waitForSelector('main .note')).textContent()).toContain('no such role');
  });
});
