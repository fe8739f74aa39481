import { FEATURES } from '../../apps/platform/src/app.module';
import { approvalSchema, approveSchema, type KeyRecord } from '#libs/contracts';
import { verifyApproval, verifyMessage } from '#libs/trust';
import { Trust } from '../../apps/platform/src/features/authority';
import { enterKeys, giveAuthenticator, makeKeyIn } from '../support/browser-key';
import { readPayload, useMessageFlow, type Submitted } from '../support/message-flow';
import { usePlatform } from '../support/platform-server';
import { useDatabase } from '../support/postgres';
import { useSignPages, withBrowser, type SignTab } from '../support/sign-pages';

withBrowser('the approve page', () => {
  const pages = useSignPages();
  const db = useDatabase();
  const server = usePlatform(db, { features: FEATURES, settings: pages.settings });
  const flow = useMessageFlow(server);
  let tab: SignTab;
  let record: KeyRecord;

  beforeAll(async () => {
    tab = await pages.open(server.base);
    await giveAuthenticator(tab);
    await tab.page.clock.setFixedTime(server.clock.now());
    await tab.signIn('t1-approver-a');
    record = await makeKeyIn(tab, 'software');
    const passkey = await makeKeyIn(tab, 'passkey');
    await enterKeys(server, 't1', { 'approver-a': [record], 'approver-c': [passkey] });
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
  }

  async function hold(): Promise<void> {
    await tab.page.locator('#approve-hold').hover();
    await tab.page.mouse.down();
    await tab.page.waitForSelector('#done, .decide .fault', { timeout: 15_000 });
    await tab.page.mouse.up();
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
});
