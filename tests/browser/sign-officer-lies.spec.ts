import type { KeyRecord, KeyRequestView, PaperView } from '#libs/contracts';
import { fingerprintOf } from '#libs/domain';
import { FEATURES } from '../../apps/platform/src/app.module';
import { Trust } from '../../apps/platform/src/features/authority';
import { giveAuthenticator, makeKeyIn } from '../support/browser-key';
import { draftPaper, keepPapers, keyRequest, requestId, rostersInForce, signPaper, type DraftedPaper } from '../support/key-life';
import { enterOfficers, makeVillages, withSecondOfficer, withVillages, type Village } from '../support/many-villages';
import { usePlatform, type Caller } from '../support/platform-server';
import { useDatabase } from '../support/postgres';
import { useSignPages, withBrowser, type SignTab } from '../support/sign-pages';
import { makeKey, personOf, platformOf } from '../support/trust-builder';

jest.setTimeout(90_000);

withBrowser('officers who are lied to', () => {
  const pages = useSignPages();
  const db = useDatabase();
  let villages: readonly Village[] = [];
  const server = usePlatform(db, {
    features: FEATURES, settings: pages.settings,
    bootstrap: async (bootstrap, world) => {
      villages = await makeVillages(2);
      return withVillages(await withSecondOfficer(bootstrap, world), world, villages);
    },
  });
  let tabs: readonly SignTab[] = [];
  const tabAt = (at: number): SignTab => {
    const tab = tabs[at];
    if (tab === undefined) throw new Error('two officers');
    return tab;
  };
  const show = async (tab: SignTab): Promise<void> => {
    await tab.goTo('#/');
    await tab.goTo('#/officer');
    await tab.page.waitForSelector('#requests');
  };
  async function open(account: string): Promise<SignTab> {
    const tab = await pages.open(server.base);
    tab.page.setDefaultTimeout(8_000);
    await tab.page.clock.setFixedTime(server.clock.now());
    await tab.signIn(account);
    return tab;
  }
  const asked = async (village: string, replaces: KeyRecord['keyId'] | null = null) => {
    const request = await keyRequest(village, `${village}-clerk`, await makeKey('es256'), { replaces, reason: replaces === null ? 'new' : 'changed', madeAt: server.clock.now() });
    expect((await (await server.signIn(`${village}-clerk`)).post('/api/keys/requests', request)).status).toBe(201);
    return { request, id: requestId(request) };
  };
  /** A paper that gives an approver of the township a thief's key. */
  async function thiefsPaper(officer: Caller): Promise<DraftedPaper> {
    const held = (await rostersInForce(officer)).get('t1');
    if (held === undefined) throw new Error('no roster of t1');
    return draftPaper(held, [{ person: personOf('t1-approver-b'), key: (await makeKey('es256')).record, replaces: null, reason: 'new' }], server.clock.now());
  }
  const lying = async <T>(tab: SignTab, at: string, lie: (listed: readonly T[]) => readonly T[]): Promise<void> => {
    await tab.page.route(at, async (route) => {
      if (route.request().method() !== 'GET') return route.continue();
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: lie(await answer.json() as T[]) });
    });
  };

  beforeAll(async () => {
    tabs = [await open('t1-officer-1'), await open('t1-officer-2')];
    // The first signs with passkeys, the second with a software key.
    await giveAuthenticator(tabAt(0));
    await enterOfficers(server, { 't1-officer-1': await makeKeyIn(tabAt(0), 'passkey'), 't1-officer-2': await makeKeyIn(tabAt(1), 'software') }, villages.map(({ id }) => id));
  }, 60_000);
  afterAll(async () => {
    for (const tab of tabs) await tab.close();
  });
  afterEach(async () => {
    for (const tab of tabs) {
      await tab.page.unrouteAll({ behavior: 'wait' });
      expect(tab.complaints).toEqual([]);
    }
  });

  it('a paper that no officer has signed is not signed on the platform\'s word that one has', async () => {
    const officer = await server.signIn('t1-officer-1');
    const paper = await thiefsPaper(officer);
    expect((await keepPapers(officer, [paper])).status).toBe(201);
    const stranger = await signPaper(paper, server.world.stranger.signer);
    for (const lie of [
      (one: PaperView) => ({ ...one, signedBy: [personOf('t1-officer-1')] }),
      (one: PaperView) => ({ ...one, signedBy: [personOf('t1-officer-1')], signatures: server.app.get(Trust).state().charters.get(platformOf('t1'))?.value.officers.map(({ key: { keyId } }) => ({ keyid: keyId, sig: stranger.sig })) ?? [] }),
    ]) {
      await lying<PaperView>(tabAt(1), '**/api/papers', (listed) => listed.map((one) => (one.digest === paper.digest ? lie(one) : one)));
      await show(tabAt(1));
      expect(await tabAt(1).page.waitForSelector(`[data-paper="${paper.digest}"]`).then((card) => card.getAttribute('data-status'))).toBe('unvouched');
      expect(await tabAt(1).page.locator('#papers .sign-all').count()).toBe(0);
      await tabAt(1).page.unrouteAll({ behavior: 'wait' });
    }
    // An officer's real signature is another matter.
    const [real] = server.world.officers('t1');
    if (real === undefined) throw new Error('no officer');
    expect((await officer.post('/api/papers/signatures', { signatures: [await signPaper(paper, real)] })).status).toBe(200);
    await show(tabAt(1));
    await tabAt(1).page.waitForSelector(`[data-paper="${paper.digest}"][data-status=mine]`);
    await tabAt(1).page.click(`[data-paper="${paper.digest}"] .discard`);
  });

  it('a phone shows digits of what it signed and of nothing else', async () => {
    const phone = await open('w01-clerk');
    await phone.goTo('#/keys');
    await phone.page.click('#make-software');
    await phone.page.click('.reasons input[value=lost]');
    await phone.page.click('.ask-officers');
    await phone.page.waitForSelector('.request-fingerprint');
    expect(await phone.page.textContent('.asked')).toContain('w01-clerk');
    const changes: readonly Partial<KeyRequestView['request']>[] = [{ person: personOf('w01-approver') }, { platform: platformOf('w02') }, { reason: 'changed' }, { madeAt: 1 }];
    for (const change of changes) {
      await lying<KeyRequestView>(phone, '**/api/keys/requests', (listed) => listed.map((one) => ({ ...one, request: { ...one.request, ...change } })));
      await phone.goTo('#/');
      await phone.goTo('#/keys');
      await phone.page.waitForSelector('.key .fault[data-code=PAGE_REQUEST]');
      expect(await phone.page.locator('.request-fingerprint, .asked svg').count()).toBe(0);
      await phone.page.unrouteAll({ behavior: 'wait' });
    }
    await phone.page.click('#leave');
    await phone.close();
  });

  it('an officer signs with a passkey, one confirmation for each paper, and a software key completes them', async () => {
    const { id } = await asked('w02', villages[1]?.clerk.record.keyId);
    await show(tabAt(0));
    await tabAt(0).page.fill(`[data-request="${id}"] .digits`, fingerprintOf(id).join(' '));
    const own = await server.signIn('t1-stopper');
    const request = await keyRequest('t1', 't1-stopper', await makeKey('es256'), { madeAt: server.clock.now() });
    expect((await own.post('/api/keys/requests', request)).status).toBe(201);
    await tabAt(0).page.click('#refresh');
    await tabAt(0).page.fill(`[data-request="${requestId(request)}"] .digits`, JSON.stringify(request));
    await tabAt(0).page.waitForSelector(`[data-request="${requestId(request)}"][data-compared=true]`);
    await tabAt(0).page.click('#draft');
    await tabAt(0).page.waitForSelector('#drafts .paper[data-status=mine]');
    expect(await tabAt(0).page.textContent('#drafts .confirmations')).toContain('2');
    await tabAt(0).page.click('#drafts .sign-all');
    await tabAt(0).page.locator('#papers .paper[data-status=signed]').nth(1).waitFor();
    await show(tabAt(1));
    await tabAt(1).page.locator('#papers .paper[data-status=mine]').nth(1).waitFor();
    await tabAt(1).page.click('#papers .sign-all');
    await tabAt(1).page.waitForSelector('#said');
    expect(server.app.get(Trust).state().rosters.get(platformOf('w02'))?.value.version).toBe(2);
  });

  it('reads the person\'s code from a picture and through the camera, and says what it could not see', async () => {
    const tab = tabAt(1);
    await tab.page.addInitScript('window.BarcodeDetector = class { async detect() { return window.seen === undefined ? [] : [{ rawValue: window.seen }]; } }');
    await tab.page.reload();
    await tab.signIn('t1-officer-2');
    const { request, id } = await asked('w02');
    await show(tab);
    const row = `[data-request="${id}"]`;
    const picture = { name: 'code.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64') };
    await tab.page.setInputFiles(`${row} input[type=file]`, picture);
    await tab.page.waitForSelector(`${row} .compare[data-verdict=unseen]`);
    // No camera is allowed.
    await tab.page.click(`${row} .camera-on`);
    await tab.page.waitForSelector(`${row} .compare[data-verdict=no-camera]`);
    await tab.context.grantPermissions(['camera'], { origin: pages.origin });
    await tab.page.click(`${row} .camera-on`);
    await tab.page.waitForSelector(`${row} video`);
    await tab.page.clock.runFor(400);
    await tab.page.evaluate(`window.seen = ${JSON.stringify(JSON.stringify({ ...request, request: { ...request.request, madeAt: 1 } }))}`);
    await tab.page.clock.runFor(400);
    await tab.page.waitForSelector(`${row} .compare[data-verdict=other]`);
    await tab.page.evaluate(`window.seen = ${JSON.stringify(JSON.stringify(request))}`);
    await tab.page.setInputFiles(`${row} input[type=file]`, { ...picture, name: 'again.png' });
    await tab.page.waitForSelector(`${row}[data-compared=true]`);
  });
});
