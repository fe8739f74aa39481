import { FEATURES } from '../../apps/platform/src/app.module';
import type { Route } from 'playwright-core';
import { approvalSchema, approveSchema, digestSchema, messageDetailSchema, type Charter, type KeyRecord, type Message, type MessageDetail, type Roster } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import { encodePayload, toBase64, type Envelope } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import { verifyApproval, verifyMessage } from '#libs/trust';
import { SigningPages, Trust } from '../../apps/platform/src/features/authority';
import { ReadMessages } from '../../apps/platform/src/features/messages/read-messages';
import { loadBundle } from '../../apps/sign/src/bundle';
import { enterKeys, giveAuthenticator, makeKeyIn } from '../support/browser-key';
import { readPayload, useMessageFlow, type Submitted } from '../support/message-flow';
import { usePlatform } from '../support/platform-server';
import { makePasskey } from '../support/passkey';
import { useDatabase } from '../support/postgres';
import { BUNDLE, useSignPages, withBrowser, type SignTab } from '../support/sign-pages';
import { areaOf, buildWorld, platformOf } from '../support/trust-builder';

// A browser on a busy machine is slow, and nothing here is about time.
jest.setTimeout(90_000);

withBrowser('the approve page', () => {
  const pages = useSignPages();
  const db = useDatabase();
  const server = usePlatform(db, { features: FEATURES, settings: pages.settings });
  const flow = useMessageFlow(server);
  let tab: SignTab;
  let record: KeyRecord;
  let passkey: KeyRecord;

  beforeAll(async () => {
    tab = await pages.open(server.base);
    await giveAuthenticator(tab);
    await tab.page.clock.setFixedTime(server.clock.now());
    await tab.signIn('t1-approver-a');
    record = await makeKeyIn(tab, 'software');
    passkey = await makeKeyIn(tab, 'passkey');
    await enterKeys(server, 't1', { 'approver-a': [record], 'approver-c': [passkey] });
    // A charter of the township was replaced once.
    const charter = await server.world.charter('t1', { set: { version: 2 } });
    expect((await (await server.signIn('d-officer-1')).post('/api/trust/documents', { documents: [charter] })).status).toBeLessThan(300);
  }, 60_000);
  afterAll(async () => {
    await tab?.close();
  });
  beforeEach(() => {
    tab.complaints.length = 0;
    tab.posted.length = 0;
  });
  afterEach(async () => {
    await tab.page.unrouteAll({ behavior: 'wait' });
    expect(tab.complaints).toEqual([]);
    expect([...tab.spokenTo].filter((origin) => origin !== pages.origin && origin !== server.base)).toEqual([]);
  });

  async function show(made: Submitted): Promise<void> {
    await tab.page.clock.setFixedTime(server.clock.now());
    await tab.goTo('#/');
    await tab.goTo(`#/approve/${made.id}`);
    await tab.page.waitForSelector('#paper, .refused .fault');
  }

  async function hold(): Promise<void> {
    await tab.page.locator('#approve-hold').hover();
    await tab.page.mouse.down();
    await tab.page.waitForSelector('#approve-hold.held');
    await settled();
    await tab.page.mouse.up();
  }

  /** Held long enough, and answered. */
  async function settled(): Promise<void> {
    await tab.page.waitForSelector('#done, #approve-hold:not(.held):not([disabled])', { timeout: 10_000 });
    await tab.page.waitForSelector('#done, .decide .fault', { timeout: 10_000 });
  }

  /** One person after the other at the same device. */
  async function signInAs(account: string): Promise<void> {
    await tab.page.click('#leave');
    await tab.signIn(account);
  }

  function approvals(): ReturnType<typeof approveSchema.parse>[] {
    return tab.posted.filter(({ path }) => path.endsWith('/approvals')).map(({ body }) => approveSchema.parse(JSON.parse(body)));
  }

  it('shows what was signed, lets it be heard, and signs exactly that with a key of the browser', async () => {
    const made = await flow.submit('t1');
    await show(made);
    await tab.page.waitForSelector('#paper');
    expect(await tab.page.getAttribute('#paper', 'data-digest')).toBe(made.digest);
    expect(await tab.page.textContent('.title')).toBe('暴雨红色预警');
    expect(await tab.page.textContent('#mode')).toBe('真实');
    expect(await tab.page.textContent('#approve-hold')).toMatch(/真实.*平台称/);
    expect(await tab.page.textContent('#areas')).toContain('t1-area');
    await tab.page.click('#listen');
    await tab.page.waitForSelector('#listened[data-permille="1000"]', { timeout: 15_000 });
    await hold();
    expect(await tab.page.getAttribute('#done', 'data-state')).toBe('submitted');
    const [posted] = approvals();
    const approval = approvalSchema.parse(readPayload(posted?.approval ?? { payload: '' }));
    expect(approval).toMatchObject({ messageDigest: made.digest, displayedDigest: made.digest, person: 't1-approver-a', step: 'issue', decision: 'approve', listenedPermille: 1000 });
    // As a terminal judges it.
    const state = server.app.get(Trust).state();
    const message = verifyMessage(state, made.envelope, server.clock.now());
    if (!message.ok) throw new Error(message.code);
    expect(verifyApproval(state, posted?.approval, message.value, server.clock.now())).toMatchObject({ ok: true, value: { keyId: record.keyId } });
  });

  it('says which build signed, and the server sees the same build at the signing origin', async () => {
    const { build } = loadBundle(BUNDLE);
    const made = await flow.submit('t1');
    await show(made);
    expect(await tab.page.textContent('#build')).toContain(build.hash.slice(0, 16));
    await hold();
    const auditor = await server.signIn('d-auditor');
    await server.app.get(SigningPages).look();
    await server.app.get(SigningPages).look();
    expect((await auditor.get('/api/signing-pages')).body.watched).toMatchObject({ origin: pages.origin, state: 'told', hash: build.hash });
    const leaves = await db.database.query<{ readonly kind: string; readonly body: string }>("SELECT kind, body FROM audit_leaf WHERE kind = 'pages.build' OR (kind = 'approval.signed' AND subject = $1)", [made.id]);
    expect(leaves.map(({ kind, body }) => [kind, JSON.parse(body).facts])).toEqual(expect.arrayContaining([
      ['pages.build', { origin: pages.origin, hash: build.hash }], ['approval.signed', expect.objectContaining({ person: 't1-approver-a', pageBuild: build.hash })],
    ]));
    expect(leaves).toHaveLength(2);
  });

  it('signs with a passkey, and its signature airs what wants user verification', async () => {
    const made = await flow.submit('t1');
    await flow.approve('t1', made, 'approver-b');
    await signInAs('t1-approver-c');
    await show(made);
    expect(await tab.page.textContent('#key')).toContain('通行密钥');
    await tab.page.focus('#approve-hold');
    await tab.page.keyboard.down('Enter');
    await tab.page.waitForSelector('#approve-hold.held');
    await settled();
    await tab.page.keyboard.up('Enter');
    expect(await tab.page.getAttribute('#done', 'data-state')).toBe('dispatched');
    await signInAs('t1-approver-a');
    const [posted] = approvals();
    expect(posted?.approval.signatures[0]?.keyid).toBe(passkey.keyId);
  });

  it('a short press signs nothing, a double one counts once, and a lost answer is asked for again with the same signature', async () => {
    const made = await flow.submit('t1');
    await show(made);
    await tab.page.locator('#approve-hold').click({ delay: 200 });
    await tab.page.locator('#approve-hold').dblclick({ delay: 50 });
    expect(approvals()).toEqual([]);
    // The platform takes it, and its answer is lost on the way.
    let lost = 0;
    await tab.page.route(`**/api/messages/${made.id}/approvals`, async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      return route.abort();
    });
    await hold();
    expect(await tab.page.getAttribute('.decide .fault', 'data-code')).toBe('NETWORK');
    await hold();
    expect(await tab.page.getAttribute('#done', 'data-state')).toBe('submitted');
    const [first, second] = tab.posted.filter(({ path }) => path.endsWith('/approvals'));
    expect([second?.body, second?.headers['idempotency-key']]).toEqual([first?.body, first?.headers['idempotency-key']]);
    expect((await flow.view(made.id)).approvals).toHaveLength(1);
  });

  it('after a lost answer a return is a return, and never the approval of before', async () => {
    const made = await flow.submit('t1');
    await show(made);
    await tab.page.route(`**/api/messages/${made.id}/approvals`, (route) => route.abort());
    await hold();
    expect(await tab.page.getAttribute('.decide .fault', 'data-code')).toBe('NETWORK');
    await tab.page.unrouteAll({ behavior: 'wait' });
    await tab.page.fill('#reason', '地名读错了');
    await tab.page.click('#return');
    await tab.page.waitForSelector('#done');
    expect(await tab.page.getAttribute('#done', 'data-state')).toBe('returned');
  });

  it('in two tabs one person still approves once', async () => {
    const made = await flow.submit('t1');
    const second = await tab.context.newPage();
    tab.watch(second);
    await second.clock.setFixedTime(server.clock.now());
    await second.goto(`${pages.origin}/#/approve/${made.id}`);
    await tab.signIn('t1-approver-a', second);
    await second.waitForSelector('#approve-hold');
    await show(made);
    await hold();
    await second.focus('#approve-hold');
    await second.keyboard.down(' ');
    expect(await (await second.waitForSelector('#no-part')).getAttribute('data-why')).toBe('has-signed');
    await second.close();
    expect((await flow.view(made.id)).approvals).toHaveLength(1);
  });

  it('sends a message back with a reason', async () => {
    const made = await flow.submit('t1');
    await show(made);
    await tab.page.fill('#reason', '地名读错了');
    await tab.page.click('#return');
    await tab.page.waitForSelector('#done[data-state=returned]');
    expect((await flow.view(made.id)).steps[0].signed[0]).toMatchObject({ person: 't1-approver-a', decision: 'return', reason: '地名读错了' });
  });

  describe('when somebody between page and platform lies', () => {
    let made: Submitted;
    let detail: MessageDetail;
    beforeAll(async () => {
      made = await flow.submit('t1');
      detail = messageDetailSchema.parse(await flow.view(made.id));
    });

    const rewritten = (set: Partial<Message>): MessageDetail['envelope'] => ({ ...detail.envelope, payload: toBase64(encodePayload({ ...made.message, ...set })) });
    const otherText = [{ language: 'zh-CN', title: '解除', text: '没有危险，各自回家。' }];

    async function refusedWith(): Promise<string | null> {
      await show(made);
      await tab.page.waitForSelector('.refused .fault');
      expect(await tab.page.locator('#approve-hold, #paper, audio').count()).toBe(0);
      expect(approvals()).toEqual([]);
      return tab.page.getAttribute('.refused .fault', 'data-code');
    }

    it.each<[string, string, (told: MessageDetail) => object]>([
      ['the words that it tells', 'PAGE_WORDS_DIFFER', (told) => ({ ...told, title: '解除' })],
      ['the mode that it tells', 'PAGE_WORDS_DIFFER', (told) => ({ ...told, mode: 'drill' })],
      ['the text in the bytes', 'PAGE_DIGEST', (told) => ({ ...told, envelope: rewritten({ texts: otherText }) })],
      ['the text in the bytes, its digest and every word about it', 'PAGE_AUTHOR', (told) => ({
        ...told, envelope: rewritten({ texts: otherText }), title: otherText[0]?.title, text: otherText[0]?.text, messageDigest: sha256Hex(encodePayload({ ...made.message, texts: otherText })),
      })],
      ['the digest', 'PAGE_DIGEST', (told) => ({ ...told, messageDigest: 'a'.repeat(64) })],
      ['the steps', 'PAGE_STEP', (told) => ({ ...told, steps: told.steps.map((step) => ({ ...step, name: 'review' })) })],
      ['the policy', 'PAGE_STEP', (told) => ({ ...told, policyVersion: told.policyVersion + 1 })],
      ['the corrections', 'PAGE_CORRECTION', (told) => ({ ...told, correctionEnvelopes: told.correctionEnvelopes.slice(1) })],
      ['a field more in the bytes', 'PAGE_PAYLOAD', (told) => ({ ...told, envelope: rewritten({ shout: true } as object) })],
      ['the kind of the bytes', 'PAGE_ENVELOPE', (told) => ({ ...told, envelope: { ...told.envelope, payloadType: 'application/vnd.clarion.roster.v1+json' } })],
    ])('about %s: %s', async (_, code, lie) => {
      await tab.page.route(`**/api/messages/${made.id}`, (route) => answerWith(route, lie(detail)));
      expect(await refusedWith()).toBe(code);
    });

    it('about which message it is', async () => {
      const other = await flow.submit('t1');
      await tab.page.route(`**/api/messages/${made.id}`, async (route) => answerWith(route, await flow.view(other.id)));
      expect(await refusedWith()).toBe('PAGE_OTHER_MESSAGE');
    });

    it('about the sound, which is not played', async () => {
      await tab.page.route(`**/api/media/${filesOf(made.message.body)[1]?.sha256}`, async (route) => {
        const bytes = await (await route.fetch()).body();
        bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
        await route.fulfill({ body: bytes, headers: { 'access-control-allow-origin': pages.origin, 'content-type': 'audio/ogg' } });
      });
      expect(await refusedWith()).toBe('PAGE_AUDIO');
    });

    it.each<[string, string, () => Promise<Partial<Record<'root' | 'charters' | 'rosters', unknown>>>]>([
      ['a roster with one more approver, which nobody signed', 'PAGE_CHAIN', async () => {
        const roster = { ...server.world.rosterPayload('t1'), version: 9 };
        return { rosters: [await signEnvelope('roster', encodePayload(roster), [server.world.stranger.signer, server.world.device.signer])] };
      }],
      ['the roster of before', 'PAGE_ROSTER_OLD', async () => ({ rosters: [server.world.expected.documents.find((document) => readPayload<Roster>(document).platform === 't1' && document.payloadType.includes('.roster.'))] })],
      ['a whole district of its own', 'PAGE_ROOT_CHANGED', async () => {
        const { expected } = await buildWorld();
        return { root: expected.rootEnvelope, charters: expected.documents.filter(({ payloadType }) => payloadType.includes('.charter.')), rosters: expected.documents.filter(({ payloadType }) => payloadType.includes('.roster.')) };
      }],
      ['a whole district of its own under another district\'s name, so that no root of that name was ever seen', 'PAGE_ROOT_CHANGED', async () => {
        const theirs = await buildWorld();
        const charter = await theirs.charter('t1', { set: { version: 99, parent: platformOf('other') } });
        const roster = await signEnvelope('roster', encodePayload({ ...server.world.rosterPayload('t1'), version: 99 }), theirs.officers('t1').slice(0, 2));
        return { root: await theirs.root({ set: { district: platformOf('other') } }), charters: [await theirs.charter('d', { set: { platform: platformOf('other') } }), charter], rosters: [roster] };
      }],
      ['a district that the root does not name', 'PAGE_CHAIN', async () => ({ root: await server.world.root({ set: { district: platformOf('other') } }) })],
      ['a district of its own under the names of our root\'s keys', 'PAGE_CHAIN', async () => {
        const theirs = await buildWorld();
        const [ours, names] = [server.world.rootKeys.map(({ record: { keyId } }) => keyId), theirs.rootKeys.map(({ record: { keyId } }) => keyId)];
        const renamed = (envelope: Envelope): Envelope => ({ ...envelope, signatures: envelope.signatures.map(({ keyid, sig }) => ({ keyid: ours[names.findIndex((name) => name === keyid)] ?? keyid, sig })) });
        const root = await theirs.root({ set: { keys: theirs.rootKeys.map(({ record }, at) => ({ ...record, keyId: ours[at] ?? record.keyId })) } });
        const roster = await signEnvelope('roster', encodePayload({ ...server.world.rosterPayload('t1'), version: 9 }), theirs.officers('t1').slice(0, 2));
        return { root: renamed(root), charters: [renamed(await theirs.charter('d')), await theirs.charter('t1')], rosters: [roster] };
      }],
      ['a later roster by an officer of a charter that was replaced', 'PAGE_CHARTER_OLD', async () => {
        const officers = server.world.officers('t1').slice(0, 2);
        return { charters: [await server.world.charter('d'), await server.world.charter('t1', { set: { version: 1 } })], rosters: [await signEnvelope('roster', encodePayload({ ...server.world.rosterPayload('t1'), version: 9 }), officers)] };
      }],
      ['our root with its threshold lowered, by one of its keys', 'PAGE_ROOT_CHANGED', async () => {
        const [thief] = server.world.rootKeys;
        return { root: await server.world.root({ set: { threshold: 1, version: 2 }, by: thief === undefined ? [] : [thief.signer] }) };
      }],
    ])('about the documents, with %s', async (_, code, lie) => {
      const lied = await lie();
      await tab.page.route('**/api/trust?platform=t1', async (route) => answerWith(route, { ...(await (await route.fetch()).json()), ...lied }));
      expect(await refusedWith()).toBe(code);
    });

    it('about the name of an area outside the lineage, with a whole district of its own', async () => {
      const { expected, charter } = await buildWorld().then(async (theirs) => ({ ...theirs, charter: await theirs.charter('v1', { set: { areas: theirs.charterPayload('v1').areas.map((area) => ({ ...area, name: '别的村' })) } }) }));
      const other = await flow.submit('t1', { targets: { areas: ['v1-area'], terminals: [] } });
      await tab.page.route('**/api/trust', async (route) => answerWith(route, {
        ...(await (await route.fetch()).json()), root: expected.rootEnvelope, rosters: expected.documents.filter(({ payloadType }) => payloadType.includes('.roster.')),
        charters: [charter, ...expected.documents.filter((document) => document.payloadType.includes('.charter.') && readPayload<Charter>(document).platform !== 'v1')],
      }));
      await show(other);
      await tab.page.waitForSelector('.refused .fault');
      expect(await tab.page.getAttribute('.refused .fault', 'data-code')).toBe('PAGE_ROOT_CHANGED');
    });

    it('about the sound of a correction, which is approved together with the message and can be heard', async () => {
      const [correction] = made.corrections.map((envelope) => readPayload<Message>(envelope));
      const own = new Set(filesOf(made.message.body).map(({ sha256 }) => sha256));
      const sound = (correction === undefined ? [] : filesOf(correction.body)).find(({ sha256 }) => !own.has(sha256));
      await show(made);
      expect(await tab.page.locator('.correction audio').count()).toBe(made.corrections.flatMap((envelope) => filesOf(readPayload<Message>(envelope).body)).length);
      await tab.page.route(`**/api/media/${sound?.sha256 ?? 'none'}`, async (route) => {
        const bytes = await (await route.fetch()).body();
        bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
        await route.fulfill({ body: bytes, headers: { 'access-control-allow-origin': pages.origin, 'content-type': 'audio/ogg' } });
      });
      expect(await refusedWith()).toBe('PAGE_AUDIO');
    });

    it('what is said again says so, as the platform\'s word', async () => {
      await tab.page.route(`**/api/messages/${made.id}`, (route) => answerWith(route, { ...detail, saidBefore: { message: made.id, digest: made.digest, heardAt: made.message.issuedAt, changed: ['repeats'] } }));
      await show(made);
      expect(await tab.page.textContent('#said-before')).toContain('repeats');
    });

    it('and the platform itself lying is seen the same way; told the truth again, the page can sign', async () => {
      const read = server.app.get(ReadMessages);
      const truth = jest.spyOn(read, 'detail').mockImplementation(async () => ({ ...detail, text: '各自回家。' }));
      expect(await refusedWith()).toBe('PAGE_WORDS_DIFFER');
      truth.mockRestore();
      await tab.page.click('#again');
      await tab.page.waitForSelector('#approve-hold');
    });
  });

  it('two hundred attempts at markup are text and nothing else', async () => {
    const base = await flow.submit('t1');
    const detail = messageDetailSchema.parse(await flow.view(base.id));
    const texts = ['zh-CN', 'en', 'bo', 'ug', 'mn', 'za', 'ii', 'ko'].map((language, at) => ({ language, title: hostile(at), text: `${hostile(at + 8)}\n${hostile(at + 16)}` }));
    const readings = Array.from({ length: 64 }, (_, at) => ({ written: hostile(24 + at), read: `${hostile(88 + at)}` }));
    const message: Message = { ...base.message, texts, readings, eventType: hostile(152).slice(0, 40), sourceUnit: hostile(153), sourceRef: hostile(154), saysAgain: digestSchema.parse(base.digest) };
    const envelope = await signEnvelope('message', encodePayload(message), [server.world.key('t1', 'author').signer]);
    const told = { ...detail, envelope, messageDigest: sha256Hex(encodePayload(message)), title: texts[0]?.title, text: texts[0]?.text, readings, eventType: message.eventType, sourceUnit: message.sourceUnit, sourceRef: message.sourceRef };
    const area = server.world.charterPayload('t1').areas[0];
    const charter = await server.world.charter('t1', { set: { version: 2, areas: [{ ...(area ?? { id: areaOf('t1-area'), parent: areaOf('d-area'), codes: ['360100000000'] }), name: hostile(155) }], name: hostile(156) } });
    await tab.page.route(`**/api/messages/${base.id}`, (route) => answerWith(route, told));
    await tab.page.route('**/api/trust?platform=t1', async (route) => {
      const given = await (await route.fetch()).json() as { charters: { payload: string }[] };
      await answerWith(route, { ...given, charters: given.charters.map((one) => (readPayload<Charter>(one).platform === 't1' ? charter : one)) });
    });
    await show(base);
    await tab.page.waitForSelector('#paper');
    const shown = await tab.page.textContent('#paper') ?? '';
    const used = [...texts.flatMap(({ title, text }) => [title, ...text.split('\n')]), ...readings.flatMap(({ written, read }) => [written, read]), hostile(153), hostile(154), hostile(155)];
    expect(used.filter((text) => !shown.includes(text))).toEqual([]);
    expect(new Set(used).size).toBeGreaterThanOrEqual(150);
    // That it is said again stands in its bytes, whatever the platform keeps to itself.
    expect(await tab.page.textContent('#says-again')).toBe(base.digest);
    expect(await tab.page.evaluate('window.hacked')).toBeUndefined();
    expect(await tab.page.locator('#paper script, #paper img, #paper iframe, #paper svg, #paper a').count()).toBe(0);
  });

  it('a passkey made for another origin counts for no terminal', async () => {
    const made = await flow.submit('t1');
    const elsewhere = await makePasskey({ id: 'localhost', origins: ['http://localhost:1'] });
    const signed = await server.world.approval('t1', made.envelope, 'approver-c', { by: [elsewhere], set: { signedAt: server.clock.now() } });
    // The same point under this origin's record, as if somebody had carried the key over.
    const { key } = elsewhere;
    const roster = await enterKeys(server, 't1', { 'approver-c': [{ ...key, rp: { id: 'localhost', origins: [pages.origin] } }] });
    expect(roster.persons.some(({ keys }) => keys.some(({ keyId }) => keyId === key.keyId))).toBe(true);
    const state = server.app.get(Trust).state();
    const message = verifyMessage(state, made.envelope, server.clock.now());
    if (!message.ok) throw new Error(message.code);
    expect(verifyApproval(state, signed, message.value, server.clock.now())).toMatchObject({ ok: false, code: 'REJ_SIGNATURE' });
  });
});

const MARKUP = [
  '<script>window.hacked=1</script>', '<img src=x onerror=window.hacked=1>', '<svg onload=window.hacked=1>', '"><img src=x onerror=hacked=1>', "javascript:window.hacked=1", '<iframe srcdoc="<script>parent.hacked=1</script>">',
  '</p><script>hacked=1</script>', '{{constructor.constructor("hacked=1")()}}', '<a href="javascript:hacked=1">x</a>', '&lt;script&gt;hacked=1&lt;/script&gt;', '<style>@import"//x"</style>', '<math><mtext><script>hacked=1</script>',
  '${hacked=1}', '<b onmouseover=hacked=1>x</b>', '<base href=//evil.cn>', '<link rel=stylesheet href=//evil.cn>', '<meta http-equiv=refresh content=0>', '<form action=//evil.cn>', '<object data=//evil.cn>', '<input autofocus onfocus=hacked=1>',
];

/** The n-th attempt, no two alike. */
function hostile(n: number): string {
  return `${MARKUP[n % MARKUP.length] ?? ''}#${n}`;
}

function answerWith(route: Route, body: unknown): Promise<void> {
  const { origin } = route.request().headers();
  return route.fulfill({ json: body, headers: { 'access-control-allow-origin': origin ?? '*' } });
}
