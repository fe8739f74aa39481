import type { Route } from 'playwright-core';
import { permitRequestSchema, permitSchema, permitViewSchema, rosterSchema, type KeyRecord, type Permit, type PermitView } from '#libs/contracts';
import { sayPermit } from '#libs/domain';
import { encodePayload, toBase64, unverifiedPayload, type Envelope } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import { verifyPermit } from '#libs/trust';
import { FEATURES } from '../../apps/platform/src/app.module';
import { Trust } from '../../apps/platform/src/features/authority';
import { enterKeys, giveAuthenticator, makeKeyIn } from '../support/browser-key';
import { usePlatform } from '../support/platform-server';
import { useDatabase } from '../support/postgres';
import { useSignPages, withBrowser, type SignTab } from '../support/sign-pages';
import { digestOf, platformOf } from '../support/trust-builder';

// A browser on a busy machine is slow, and nothing here is about time.
jest.setTimeout(60_000);

withBrowser('the live permits\' page', () => {
  const pages = useSignPages();
  const db = useDatabase();
  const server = usePlatform(db, { features: FEATURES, settings: pages.settings });
  /** The village's approver with a software key; the township's two, one with a passkey and one with a software key. */
  let village: SignTab;
  let township: SignTab;
  let software: KeyRecord;
  let passkey: KeyRecord;
  /** As the platform tells of it after the first signature. */
  let half: PermitView;

  async function open(account: string): Promise<SignTab> {
    const tab = await pages.open(server.base);
    tab.page.setDefaultTimeout(20_000);
    await tab.page.clock.setFixedTime(server.clock.now());
    await giveAuthenticator(tab);
    await tab.signIn(account);
    return tab;
  }
  async function show(tab: SignTab, at = '#/permits'): Promise<void> {
    await tab.page.unrouteAll({ behavior: 'wait' });
    await reload(tab, at);
  }
  async function reload(tab: SignTab, at = '#/permits'): Promise<void> {
    await tab.goTo('#/');
    await tab.goTo(at);
    await tab.page.waitForSelector('#all, #mine, #none, #permit .permit, .refused .fault');
  }
  async function become(tab: SignTab, account: string): Promise<void> {
    await tab.page.click('#leave');
    await tab.signIn(account);
  }
  async function fill(tab: SignTab, set: Readonly<Record<string, string>> = {}): Promise<void> {
    const { clerk, volume, ...typed } = { clerk: 'v1-author', volume: 'normal', from: '08:00', to: '18:00', seconds: '300', 'per-day': '5', ...set };
    await tab.page.waitForSelector('#clerk');
    await tab.page.selectOption('#clerk', clerk);
    await tab.page.selectOption('#volume', volume);
    for (const [id, text] of Object.entries(typed)) await tab.page.fill(`#${id}`, text);
  }
  async function hold(tab: SignTab): Promise<void> {
    await tab.page.locator('#permit-hold').hover();
    await tab.page.mouse.down();
    await tab.page.waitForSelector('#done, .decide .fault');
    await tab.page.mouse.up();
  }
  const posted = (tab: SignTab): readonly Envelope[] => tab.posted.filter(({ path }) => path === '/api/permits').map(({ body }) => permitRequestSchema.parse(JSON.parse(body)).permit);
  const terms = (tab: SignTab, at: string): Promise<readonly string[]> => tab.page.locator(`${at} .terms li`).allTextContents();
  const permitOf = (envelope: Envelope): Permit => permitSchema.parse(unverifiedPayload(envelope));
  async function told(account = 'v1-author'): Promise<readonly PermitView[]> {
    return permitViewSchema.array().parse((await (await server.signIn(account)).get('/api/permits')).body);
  }
  /** The platform, or somebody in between, tells this instead. */
  async function lie(tab: SignTab, views: readonly object[]): Promise<void> {
    await tab.page.route('**/api/permits?*', (route) => answerWith(route, views));
  }
  async function list(permits: readonly Envelope[]): Promise<void> {
    const held = server.app.get(Trust).state().rosters.get(platformOf('v1'))?.value;
    const next = rosterSchema.parse({ ...held, version: (held?.version ?? 0) + 1, permits: permits.map(digestOf) });
    const document = await signEnvelope('roster', encodePayload(next), server.world.officers('v1').slice(0, 2));
    expect((await (await server.signIn('d-officer-1')).post('/api/trust/documents', { documents: [document] })).status).toBe(200);
  }

  beforeAll(async () => {
    village = await open('v1-approver-a');
    township = await open('t1-approver-b');
    software = await makeKeyIn(village, 'software');
    passkey = await makeKeyIn(township, 'passkey');
    const weak = await makeKeyIn(township, 'software');
    await enterKeys(server, 'v1', { 'approver-a': [software] });
    // The clerk's own key stands under an approver's name, too.
    await enterKeys(server, 't1', { 'approver-b': [passkey, server.world.key('v1', 'author').record], 'approver-a': [weak] });
  }, 60_000);
  afterAll(async () => {
    for (const tab of [village, township]) await tab?.close();
  });
  afterEach(() => {
    for (const tab of [village, township]) {
      expect(tab.complaints).toEqual([]);
      expect([...tab.spokenTo].filter((origin) => origin !== pages.origin && origin !== server.base)).toEqual([]);
    }
  });

  it('says at the field what goes beyond a limit, and drafts nothing', async () => {
    await show(village);
    await fill(village, { to: '22:30', seconds: '601', 'per-day': '21', until: '2031-01-01' });
    await village.page.click('#read-back');
    await village.page.waitForSelector('.field-fault');
    expect(await village.page.locator('label.wrong').evaluateAll((found) => found.map((one) => one.getAttribute('data-field')))).toEqual(['to', 'seconds', 'perDay', 'until']);
    expect(await village.page.locator('#draft-paper, #permit-hold').count()).toBe(0);
  });

  it('reads a draft back from its bytes and signs those with a software key', async () => {
    await show(village);
    await fill(village);
    await village.page.click('#read-back');
    await village.page.waitForSelector('#draft-paper');
    const lines = await terms(village, '#draft-paper');
    expect(await village.page.textContent('#software-first')).toContain('通行密钥');
    await hold(village);
    expect(await village.page.getAttribute('#done', 'data-state')).toBe('half-signed');
    const [envelope] = posted(village);
    if (envelope === undefined) throw new Error('nothing was posted');
    expect(permitOf(envelope)).toMatchObject({ clerk: 'v1-author', platform: 'v1', dayBand: { fromMinute: 480, toMinute: 1_080 }, maxDurationMs: 300_000, perDay: 5, volume: 'normal' });
    expect(lines).toEqual(sayPermit(permitOf(envelope)).map(({ zh }) => zh));
    expect(envelope.signatures.map(({ keyid }) => keyid)).toEqual([software.keyId]);
    const [kept] = await told();
    if (kept === undefined) throw new Error('nothing was kept');
    half = kept;
    expect(await village.page.textContent('#share')).toBe(`${pages.origin}/#/permits/${half.digest}`);
  });

  it('gives nobody a second signature, and the clerk none', async () => {
    await show(village, `#/permits/${half.digest}`);
    expect(await village.page.getAttribute('#no-part', 'data-why')).toBe('has-signed');
    await become(village, 'v1-author');
    await show(village, `#/permits/${half.digest}`);
    expect(await village.page.getAttribute('#no-part', 'data-why')).toBe('is-clerk');
    expect(await village.page.locator('#permit-hold, #withdraw, #draft').count()).toBe(0);
    await become(village, 'v1-approver-a');
  });

  it('refuses whatever somebody changed between the two signatures', async () => {
    const value = half.permit;
    const rewritten = (set: Partial<Permit>): Pick<PermitView, 'digest' | 'permit' | 'envelope'> => {
      const bytes = encodePayload({ ...value, ...set });
      return { envelope: { ...half.envelope, payload: toBase64(bytes) }, digest: sha256Hex(bytes) as PermitView['digest'], permit: { ...value, ...set } };
    };
    const wide = { dayBand: { fromMinute: 360, toMinute: 1_320 } };
    const other = { clerk: 'v1-stopper' as Permit['clerk'] };
    const [byClerk, byStopper, bySame] = await Promise.all(['author', 'stopper', 'approver-a'].map((who) => signEnvelope('permit', encodePayload(value), [server.world.key('v1', who).signer])));
    const lies: readonly (readonly [string, string, object])[] = [
      ['the clerk that it tells', 'PAGE_WORDS_DIFFER', { permit: { ...value, ...other } }],
      ['the day band that it tells', 'PAGE_WORDS_DIFFER', { permit: { ...value, ...wide } }],
      ['who has signed', 'PAGE_WORDS_DIFFER', { signedBy: ['v1-approver-a', 't1-approver-a'] }],
      ['the bytes and the words', 'PAGE_DIGEST', { ...rewritten(wide), digest: half.digest }],
      ['the bytes, the words and the digest', 'PAGE_SIGNER', rewritten(wide)],
      ['the clerk everywhere', 'PAGE_PERMIT', rewritten(other)],
      ['a signature of the clerk under another name', 'PAGE_SIGNER', { envelope: byClerk, signedBy: ['t1-approver-b'] }],
      ['a signature of no approver', 'PAGE_SIGNER', { envelope: byStopper }],
      ['one person with two keys', 'PAGE_SIGNER', { envelope: { ...half.envelope, signatures: [...half.envelope.signatures, ...bySame?.signatures ?? []] } }],
      ['another kind of bytes', 'PAGE_ENVELOPE', { envelope: { ...half.envelope, payloadType: 'application/vnd.clarion.message.v1+json' } }],
    ];
    const seen: string[] = [];
    for (const [what, , changed] of lies) {
      const view = permitViewSchema.parse({ ...half, ...changed });
      await township.page.unrouteAll({ behavior: 'wait' });
      await lie(township, [view]);
      await reload(township, `#/permits/${view.digest}`);
      const codes = await township.page.locator('.refused .fault').evaluateAll((found) => found.map((one) => one.getAttribute('data-code')));
      seen.push(`${what}: ${codes.join()}, ${await township.page.locator('#permit-hold, .terms').count()} to sign`);
    }
    expect(seen).toEqual(lies.map(([what, code]) => `${what}: ${code}, 0 to sign`));
    // A whole other permit under the link that the first approver sent.
    await township.page.unrouteAll({ behavior: 'wait' });
    await lie(township, [{ ...half, ...rewritten(wide) }]);
    await reload(township, `#/permits/${half.digest}`);
    expect(await township.page.getAttribute('.refused .fault', 'data-code')).toBe('PAGE_OTHER_PERMIT');
    expect(posted(township)).toEqual([]);
  });

  it('two software keys are one user verification too few: said before anybody signs', async () => {
    await become(township, 't1-approver-a');
    await show(township, `#/permits/${half.digest}`);
    expect(await township.page.getAttribute('#no-part', 'data-why')).toBe('needs-verification');
    expect(await township.page.locator('#permit-hold').count()).toBe(0);
    await become(township, 't1-approver-b');
  });

  it('the second approver reads the same sentences and signs the same bytes with a passkey; it counts once the roster lists it', async () => {
    await show(township, `#/permits/${half.digest}`);
    expect(await terms(township, '.permit')).toEqual(sayPermit(half.permit).map(({ zh }) => zh));
    expect(await township.page.textContent('.signed-by')).toContain('v1-approver-a');
    await hold(township);
    expect(await township.page.getAttribute('#done', 'data-state')).toBe('signed');
    const [envelope] = posted(township);
    if (envelope === undefined) throw new Error('nothing was posted');
    expect([envelope.payload, envelope.signatures.map(({ keyid }) => keyid)]).toEqual([half.envelope.payload, [software.keyId, passkey.keyId]]);
    expect(verifyPermit(server.app.get(Trust).state(), envelope, server.clock.now())).toMatchObject({ ok: true, value: { digest: half.digest } });
    await become(village, 'v1-author');
    await show(village);
    expect(await village.page.getAttribute('#mine .permit', 'data-state')).toBe('signed');
    await list([envelope]);
    await show(village);
    expect(await village.page.getAttribute('#mine .permit', 'data-state')).toBe('in-force');
    expect(await village.page.textContent('#mine .told')).toMatch(/平台称.*5 次（共 5 次）/);
    // That it is in force is the roster's word and not the platform's.
    const [view] = await told();
    await lie(village, [{ ...view, digest: half.digest, state: 'in-force', listed: true, envelope: half.envelope, signedBy: half.signedBy }]);
    await reload(village);
    expect(await village.page.getAttribute('#mine .permit', 'data-state')).toBe('half-signed');
    await become(village, 'v1-approver-a');
  });

  it('what somebody writes into names and refusals is text', async () => {
    const markup = '<img src=x onerror=window.hacked=1>';
    const charter = await server.world.charter('v1', { set: { name: markup } });
    await show(village);
    await village.page.route('**/api/trust', async (route) => {
      const given = await (await route.fetch()).json() as { charters: Envelope[] };
      await answerWith(route, { ...given, charters: given.charters.map((one) => ((unverifiedPayload(one) as { platform: string }).platform === 'v1' ? charter : one)) });
    });
    await reload(village);
    expect(await village.page.textContent('.permit .village')).toContain(markup);
    expect(await village.page.locator('#permits img, #permits script').count()).toBe(0);
    expect(await village.page.evaluate('window.hacked')).toBeUndefined();
  });

  it('is withdrawn with a reason by who may, and then nobody signs it', async () => {
    await show(village, `#/permits/${half.digest}`);
    expect(await village.page.isDisabled('#withdraw')).toBe(true);
    // Characters are counted as the contracts count them, also rare ones.
    await village.page.fill('#reason', '长'.repeat(201));
    expect([await village.page.isDisabled('#withdraw'), await village.page.textContent('.withdraw .warning')]).toEqual([true, '201 / 200']);
    await village.page.fill('#reason', '𠮷'.repeat(200));
    expect([await village.page.isDisabled('#withdraw'), await village.page.locator('.withdraw .warning').count()]).toEqual([false, 0]);
    await village.page.fill('#reason', '换人');
    await village.page.click('#withdraw');
    await village.page.waitForSelector('.permit[data-state=withdrawn]');
    expect(await told()).toMatchObject([{ state: 'withdrawn', withdrawnBy: 'v1-approver-a' }]);
    expect(await village.page.getAttribute('#no-part', 'data-why')).toBe('withdrawn');
  });
});

function answerWith(route: Route, body: unknown): Promise<void> {
  const { origin } = route.request().headers();
  return route.fulfill({ json: body, headers: { 'access-control-allow-origin': origin ?? '*' } });
}
