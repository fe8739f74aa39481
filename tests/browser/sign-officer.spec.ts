import { performance } from 'node:perf_hooks';
import { approveSchema, signedKeyRequestSchema, type KeyRecord, type PaperView } from '#libs/contracts';
import { fingerprintOf } from '#libs/domain';
import { encodePayload, fromBase64, toBase64 } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import { verifyApproval, verifyMessage } from '#libs/trust';
import { joinQr } from '../../apps/cli/src/ceremony/qr-parts';
import { FEATURES } from '../../apps/platform/src/app.module';
import { Trust } from '../../apps/platform/src/features/authority';
import { WatchSigners } from '../../apps/platform/src/features/authority/keys/watch-signers';
import { enterKeys, makeKeyIn } from '../support/browser-key';
import { keyRequest, requestId } from '../support/key-life';
import { enterOfficers, makeVillages, withSecondOfficer, withVillages, type Village } from '../support/many-villages';
import { useMessageFlow } from '../support/message-flow';
import { usePlatform } from '../support/platform-server';
import { useDatabase } from '../support/postgres';
import { useSignPages, withBrowser, type SignTab } from '../support/sign-pages';
import { digestOf, makeKey, personOf, platformOf } from '../support/trust-builder';

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not there yet');
  return value;
}

withBrowser('the officers\' page', () => {
  const pages = useSignPages();
  const db = useDatabase();
  let villages: readonly Village[] = [];
  const server = usePlatform(db, {
    features: FEATURES, settings: pages.settings,
    bootstrap: async (bootstrap, world) => {
      villages = await makeVillages(4);
      return withVillages(await withSecondOfficer(bootstrap, world), world, villages);
    },
  });
  const flow = useMessageFlow(server);
  let [one, two, phone]: SignTab[] = [];

  /** Everything that a person does is counted. */
  const counts = { taps: 0, fields: 0 };
  const tap = async (tab: SignTab, selector: string): Promise<void> => {
    counts.taps += 1;
    await tab.page.click(selector);
  };
  const type = async (tab: SignTab, selector: string, text: string): Promise<void> => {
    counts.fields += 1;
    await tab.page.fill(selector, text);
  };

  async function open(account: string): Promise<SignTab> {
    const tab = await pages.open(server.base);
    tab.page.setDefaultTimeout(8_000);
    await tab.page.clock.setFixedTime(server.clock.now());
    await tab.signIn(account);
    return tab;
  }
  const tabs = (): { readonly one: SignTab; readonly two: SignTab } => {
    if (one === undefined || two === undefined) throw new Error('two officers');
    return { one, two };
  };
  const show = async (tab: SignTab): Promise<void> => {
    await tab.goTo('#/');
    await tab.goTo('#/officer');
    await tab.page.waitForSelector('#requests');
  };
  const times = async (tab: SignTab, selector: string, count: number): Promise<void> => {
    await tab.page.locator(selector).nth(count - 1).waitFor();
    expect(await tab.page.locator(selector).count()).toBe(count);
  };
  /** What a paper says, line by line. */
  const lines = (tab: SignTab, at: string): Promise<readonly string[]> => tab.page.locator(`${at} .differences li`).allTextContents();
  const asked = async (village: Village, reason: 'lost' | 'changed' = 'changed') => {
    const key = await makeKey('es256');
    const request = await keyRequest(village.id, `${village.id}-clerk`, key, { replaces: village.clerk.record.keyId, reason, madeAt: server.clock.now() });
    expect((await (await server.signIn(`${village.id}-clerk`)).post('/api/keys/requests', request)).status).toBe(201);
    return { key, request, id: requestId(request) };
  };
  const villageAt = (at: number): Village => present(villages[at]);

  beforeAll(async () => {
    one = await open('t1-officer-1');
    two = await open('t1-officer-2');
    const keys: Record<string, KeyRecord> = { 't1-officer-1': await makeKeyIn(one, 'software'), 't1-officer-2': await makeKeyIn(two, 'software') };
    await enterOfficers(server, keys, villages.map(({ id }) => id));
  }, 60_000);
  afterAll(async () => {
    for (const tab of [one, two, phone]) await tab?.close();
  });
  afterEach(() => {
    for (const tab of [one, two, phone]) {
      expect(tab?.complaints ?? []).toEqual([]);
      expect([...tab?.spokenTo ?? []].filter((origin) => origin !== pages.origin && origin !== server.base)).toEqual([]);
    }
  });

  it('replaces a lost phone: asked for, compared, signed by two, and a terminal takes the new key and refuses the old', async () => {
    const { one: first, two: second } = tabs();
    const began = performance.now();
    phone = await open('t1-approver-a');
    counts.taps += 1; // its sign-in
    counts.fields += 2;
    await phone.goTo('#/keys');
    await tap(phone, '#make-software');
    // Whoever only taps on asks for one more key and voids nothing; what "lost" does is said before.
    expect(await phone.page.locator('.reasons input:checked').getAttribute('value')).toBe('new');
    expect(await phone.page.locator('.lost-says').count()).toBe(0);
    await tap(phone, '.reasons input[value=lost]');
    expect(await phone.page.textContent('.lost-says')).toContain('用它签过的一律不再算数');
    await tap(phone, '.ask-officers');
    const digits = await phone.page.textContent('.request-fingerprint') ?? '';
    expect(digits).toMatch(/^\d{5} \d{5} \d{5} \d{5}$/);
    // The code on the screen is what the command line reads as well.
    const joined = joinQr([await phone.page.textContent('.request-text') ?? '']);
    if (!joined.ok) throw new Error(joined.code);
    const { request } = signedKeyRequestSchema.parse(JSON.parse(new TextDecoder().decode(joined.bytes)));
    expect(request).toMatchObject({ person: 't1-approver-a', reason: 'lost', replaces: server.world.key('t1', 'approver-a').record.keyId });

    await show(first);
    await type(first, '[data-person=t1-approver-a] .digits', digits);
    await first.page.waitForSelector('[data-person=t1-approver-a][data-compared=true]');
    await tap(first, '#draft');
    await first.page.waitForSelector('#drafts .paper .against');
    const changes = await lines(first, '#drafts .paper');
    expect(changes.join('\n')).toContain(request.key.keyId.slice(0, 16));
    expect(changes.join('\n')).toContain(`吊销 ${request.replaces?.slice(0, 16) ?? ''}`);
    await tap(first, '#drafts .sign-all');
    await first.page.waitForSelector('#papers .paper[data-status=signed]');

    await show(second);
    await second.page.waitForSelector('#papers .paper[data-status=mine]');
    expect(await lines(second, '#papers .paper')).toEqual(changes);
    await tap(second, '#papers .sign-all');
    await second.page.waitForSelector('#said');
    await phone.goTo('#/');
    await phone.goTo('#/keys');
    await phone.page.waitForSelector('.standing[data-state=shown]');
    const replaced = performance.now();

    const made = await flow.submit('t1');
    await phone.goTo(`#/approve/${made.id}`);
    await phone.page.click('#listen');
    await phone.page.waitForSelector('#listened[data-permille="1000"]', { timeout: 15_000 });
    await phone.page.locator('#approve-hold').hover();
    await phone.page.mouse.down();
    await phone.page.waitForSelector('#done, .decide .fault', { timeout: 10_000 });
    await phone.page.mouse.up();
    const posted = phone.posted.filter(({ path }) => path.endsWith('/approvals')).map(({ body }) => approveSchema.parse(JSON.parse(body)).approval);
    // As a terminal judges it.
    const state = server.app.get(Trust).state();
    const message = verifyMessage(state, made.envelope, server.clock.now());
    if (!message.ok) throw new Error(message.code);
    expect(verifyApproval(state, posted[0], message.value, server.clock.now())).toMatchObject({ ok: true, value: { keyId: request.key.keyId } });
    expect(verifyApproval(state, await server.world.approval('t1', made.envelope, 'approver-a'), message.value, server.clock.now())).toMatchObject({ ok: false, code: 'REJ_KEY_UNKNOWN' });
    console.info(`lost phone: ${counts.taps} taps and ${counts.fields} fields of three people, ${((replaced - began) / 1_000).toFixed(1)} s of machines`);
    expect(counts).toEqual({ taps: 7, fields: 3 });
  }, 60_000);

  it('one tap a month shows that the key is still there', async () => {
    const tab = present(phone);
    // The server has seen the new roster.
    await server.app.get(WatchSigners, { strict: false }).check();
    server.clock.advance(31 * 86_400_000);
    await tab.page.clock.setFixedTime(server.clock.now());
    await tab.page.reload();
    await tab.signIn('t1-approver-a');
    await tab.goTo('#/');
    await tab.page.click('#reminder a');
    await tab.page.waitForSelector('.standing[data-state=due]');
    await tab.page.click('.prove');
    await tab.page.waitForSelector('.standing[data-state=shown]');
    for (const officer of [tabs().one, tabs().two]) {
      await officer.page.clock.setFixedTime(server.clock.now());
      await officer.page.reload();
      await officer.signIn(officer === one ? 't1-officer-1' : 't1-officer-2');
    }
  }, 30_000);

  it('a platform that shows another key than the person has is caught by the digits and by the code', async () => {
    const { one: first } = tabs();
    const { request, id } = await asked(villageAt(0));
    const thief = await makeKey('es256');
    await first.page.route('**/api/keys/requests', async (route) => {
      if (route.request().method() !== 'GET') return route.continue();
      const answer = await route.fetch();
      const listed = await answer.json() as { id: string; request: { key: KeyRecord } }[];
      await route.fulfill({ response: answer, json: listed.map((one) => (one.id === id ? { ...one, request: { ...one.request, key: thief.record } } : one)) });
    });
    await show(first);
    const row = `[data-person=${villageAt(0).id}-clerk]`;
    await first.page.fill(`${row} .digits`, fingerprintOf(id).join(' '));
    await first.page.waitForSelector(`${row} .compare[data-verdict=other]`);
    await first.page.fill(`${row} .digits`, JSON.stringify(request));
    await first.page.waitForSelector(`${row} .compare[data-verdict=other]`);
    expect(await first.page.getAttribute(row, 'data-compared')).toBe('false');
    expect(await first.page.isDisabled('#draft')).toBe(true);
    await first.page.unrouteAll({ behavior: 'wait' });
    await show(first);
    await first.page.fill(`${row} .digits`, JSON.stringify(request));
    await first.page.waitForSelector(`${row}[data-compared=true]`);
  }, 30_000);

  it('signs four villages in one tap each, and the second officer reads the very bytes of the first', async () => {
    const { one: first, two: second } = tabs();
    const requests = new Map((await Promise.all([1, 2, 3].map(async (at) => [villageAt(at).id, await asked(villageAt(at))] as const))));
    await show(first);
    for (const [id, { request }] of requests) await first.page.fill(`[data-person=${id}-clerk] .digits`, fingerprintOf(requestId(request)).join('-'));
    await times(first, '[data-compared=true]', 4);
    await first.page.click('#draft');
    await times(first, '#drafts .paper', 4);
    await first.page.click('#drafts .sign-all');
    await times(first, '#papers .paper[data-status=signed]', 4);

    // The platform adds a stopper of its own to one of them: under the old number it is refused, under a new one it is seen.
    const altered = (view: PaperView): PaperView => {
      const payload = new TextEncoder().encode(new TextDecoder().decode(fromBase64(view.payload)).replace('"roles":["author"]', '"roles":["author","stopper"]'));
      return { ...view, payload: toBase64(payload) };
    };
    for (const renumber of [false, true]) {
      await second.page.route('**/api/papers', async (route) => {
        if (route.request().method() !== 'GET') return route.continue();
        const answer = await route.fetch();
        const [view, ...others] = await answer.json() as PaperView[];
        const lie = view === undefined ? [] : [altered(view)].map((one) => (renumber ? { ...one, digest: sha256Hex(fromBase64(one.payload) ?? new Uint8Array()) } : one));
        await route.fulfill({ response: answer, json: [...lie, ...others] });
      });
      await show(second);
      if (renumber) {
        await times(second, '#papers .paper', 4);
        expect((await lines(second, '#papers')).filter((line) => line.includes('角色增加：停播人'))).toHaveLength(1);
      } else await second.page.waitForSelector('#papers .fault[data-code=PAPER_BYTES]');
      await second.page.unrouteAll({ behavior: 'wait' });
    }

    await show(second);
    await times(second, '#papers .paper[data-status=mine]', 4);
    await second.page.click('#papers .sign-all');
    await second.page.waitForSelector('#said');
    const state = server.app.get(Trust).state();
    for (const [id, { key }] of requests) expect(state.rosters.get(platformOf(id))?.value.persons[0]?.keys).toEqual([key.record]);
    expect(villages.map(({ id }) => state.rosters.get(platformOf(id))?.value.version)).toEqual([2, 2, 2, 2]);
  }, 60_000);

  it('a paper that the roster has overtaken cannot be signed any more and is drafted anew in one tap', async () => {
    const { one: first, two: second } = tabs();
    const key = await makeKey('es256');
    const request = await keyRequest('t1', 't1-stopper', key, { madeAt: server.clock.now() });
    expect((await (await server.signIn('t1-stopper')).post('/api/keys/requests', request)).status).toBe(201);
    await show(first);
    await first.page.fill('[data-person=t1-stopper] .digits', fingerprintOf(requestId(request)).join(' '));
    await first.page.waitForSelector('[data-person=t1-stopper][data-compared=true]');
    await first.page.click('#draft');
    await first.page.click('#drafts .sign-all');
    await first.page.waitForSelector('#papers .paper[data-status=signed]');
    await enterKeys(server, 't1', { auditor: [(await makeKey('es256')).record] });
    await show(second);
    await second.page.waitForSelector('#papers .paper[data-status=stale]');
    expect(await second.page.locator('#papers .sign-all').count()).toBe(0);
    await show(first);
    await first.page.click('#papers .anew');
    await first.page.waitForSelector('#drafts .paper[data-status=mine]');
    await first.page.click('#drafts .sign-all');
    await first.page.waitForSelector('#papers .paper[data-status=signed]');
    await show(second);
    await second.page.waitForSelector('#papers .paper[data-status=mine]');
    await second.page.click('#papers .sign-all');
    await second.page.waitForSelector('#said');
    expect(server.app.get(Trust).state().rosters.get(platformOf('t1'))?.value.persons.find(({ id }) => id === 't1-stopper')?.keys).toContainEqual(key.record);
  }, 60_000);

  it('a request that cannot be granted is named and stops nobody else\'s; turned down with a reason, its person reads why', async () => {
    const { one: first } = tabs();
    const village = villageAt(0);
    const now = present(server.app.get(Trust).state().rosters.get(platformOf(village.id))).value.persons[0]?.keys[0]?.keyId ?? null;
    // Twice in the place of the same key: whichever comes second finds it gone.
    const ask = async () => {
      const request = await keyRequest(village.id, `${village.id}-clerk`, await makeKey('es256'), { replaces: now, reason: 'changed', madeAt: server.clock.now() });
      expect((await (await server.signIn(`${village.id}-clerk`)).post('/api/keys/requests', request)).status).toBe(201);
      return request;
    };
    const [good, bad] = [await ask(), await ask()];
    const stopper = await keyRequest('t1', 't1-stopper', await makeKey('es256'), { madeAt: server.clock.now() });
    expect((await (await server.signIn('t1-stopper')).post('/api/keys/requests', stopper)).status).toBe(201);
    await show(first);
    for (const request of [good, bad, stopper]) {
      const row = `[data-request="${requestId(request)}"]`;
      await first.page.fill(`${row} .digits`, fingerprintOf(requestId(request)).join(' '));
      await first.page.waitForSelector(`${row}[data-compared=true]`);
    }
    await first.page.click('#draft');
    await times(first, '#drafts .paper', 2);
    await times(first, '.left-out[data-code=KEY_UNKNOWN]', 1);
    const row = first.page.locator('.request', { has: first.page.locator('.left-out') });
    expect(await row.locator('.left-out').textContent()).toContain(`${village.id}-clerk（${village.id}）`);
    const id = await row.getAttribute('data-request') ?? '';
    await row.locator('.turn-down summary').click();
    await row.locator('.turn-down-reason').fill('旧密钥已经换过');
    await row.locator('.turn-down-sure').click();
    await first.page.locator(`[data-request="${id}"]`).waitFor({ state: 'detached' });
    expect((await (await server.signIn(`${village.id}-clerk`)).get('/api/keys/requests')).body).toContainEqual(expect.objectContaining({ id, refused: expect.objectContaining({ by: 't1-officer-1', reason: '旧密钥已经换过' }) as unknown }));
  }, 30_000);

  it('ends a live permit at the loudspeakers: drafted from the permit\'s page, signed by two, and listed no more', async () => {
    const { one: first, two: second } = tabs();
    const { id } = villageAt(3);
    const held = () => present(server.app.get(Trust).state().rosters.get(platformOf(id))).value;
    const permit = await server.world.permit('v1', { set: { platform: platformOf(id), clerk: personOf(`${id}-clerk`), notBefore: server.clock.now(), notAfter: server.clock.now() + 30 * 86_400_000, issuedAt: server.clock.now() }, by: [server.world.key('t1', 'approver-b').signer, server.world.key('t1', 'approver-c').signer] });
    const digest = digestOf(permit);
    expect((await (await server.signIn('t1-approver-b')).post('/api/permits', { permit })).status).toBe(201);
    const listing = await signEnvelope('roster', encodePayload({ ...held(), version: held().version + 1, permits: [digest] }), server.world.officers('t1').slice(0, 2));
    expect((await (await server.signIn('d-officer-1')).post('/api/trust/documents', { documents: [listing] })).status).toBe(200);

    await first.goTo(`#/permits/${digest}`);
    await first.page.click('.end-permit');
    await first.page.click('#draft-end');
    await first.page.waitForSelector('#end-permit .paper .against');
    const changes = await lines(first, '#end-permit');
    expect(changes.filter((line) => line.includes('喊话授权'))).toEqual([expect.stringContaining(digest.slice(0, 16))]);
    await first.page.click('#end-permit .sign-all');
    const paper = `#papers .paper[data-platform=${id}]`;
    await first.page.waitForSelector(`${paper}[data-status=signed]`);
    expect(held().permits).toEqual([digest]);

    await show(second);
    await second.page.waitForSelector(`${paper}[data-status=mine]`);
    expect(await lines(second, paper)).toEqual(changes);
    await second.page.click('#papers .sign-all');
    await second.page.waitForSelector('#said');
    expect(held().permits).toEqual([]);
    await show(first);
    await first.goTo(`#/officer/permits/${digest}`);
    await first.page.waitForSelector('#not-listed');
  }, 60_000);
});
