import { digitGroups } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { FEATURES } from '../../apps/platform/src/app.module';
import { useMessageFlow } from '../support/message-flow';
import { usePlatform } from '../support/platform-server';
import { useDatabase } from '../support/postgres';
import { useSignPages, withBrowser, type SignTab } from '../support/sign-pages';
import { buildWorld, digestOf } from '../support/trust-builder';

// A browser on a busy machine is slow, and nothing here is about time.
jest.setTimeout(60_000);

withBrowser('the district\'s root on the signing pages', () => {
  const pages = useSignPages();
  const db = useDatabase();
  const server = usePlatform(db, { features: FEATURES, settings: pages.settings });
  const flow = useMessageFlow(server);
  let tab: SignTab;

  beforeAll(async () => {
    tab = await pages.open(server.base);
    await tab.page.clock.setFixedTime(server.clock.now());
    await tab.signIn('t1-approver-a');
  }, 60_000);
  afterAll(async () => {
    await tab?.close();
    expect(tab.complaints).toEqual([]);
  });

  async function show(message: string): Promise<void> {
    await tab.goTo('#/');
    await tab.goTo(`#/approve/${message}`);
    await tab.page.waitForSelector('#paper, .refused .fault');
  }

  it('the root is shown and remembered; another one is a red page under which nothing is signed until its digits come from an officer', async () => {
    const rootDigits = (root: Envelope): string => digitGroups(digestOf(root)).join(' ');
    const ours = server.world.expected.rootEnvelope;
    const theirs = await buildWorld();
    const swapped = (): Promise<unknown> => tab.page.route('**/api/trust?platform=t1', async (route) => {
      const answer = await route.fetch();
      const of = (word: string): readonly Envelope[] => theirs.expected.documents.filter(({ payloadType }) => payloadType.includes(`.${word}.`));
      await route.fulfill({ response: answer, json: { ...(await answer.json()), root: theirs.expected.rootEnvelope, charters: of('charter'), rosters: of('roster') } });
    });
    const look = async (state: 'same' | 'changed'): Promise<string | null> => {
      await tab.goTo('#/');
      await tab.goTo('#/root');
      await tab.page.waitForSelector(`#root[data-state=${state}]`);
      return tab.page.textContent('#root-digits');
    };
    expect(await look('same')).toBe(rootDigits(ours));
    await tab.goTo('#/keys');
    // Beside the digits that a person reads to an officer stand no others.
    expect(await (await tab.page.waitForSelector('#root-line')).textContent()).not.toMatch(/\d{5}/);
    await tab.page.click('#root-line a');
    await tab.page.waitForSelector('#root[data-state=same]');
    await tab.page.setViewportSize({ width: 360, height: 740 });
    const lines = "(() => { const digits = document.querySelector('#root-digits'); return Math.round(digits.getBoundingClientRect().height / parseFloat(getComputedStyle(digits).lineHeight)); })()";
    expect(await tab.page.evaluate(lines)).toBe(2);

    const made = await flow.submit('t1');
    await swapped();
    await show(made.id);
    await tab.page.click('.refused .fault[data-code=PAGE_ROOT_CHANGED] a');
    await tab.page.waitForSelector('#root[data-state=changed]');
    expect(await tab.page.textContent('#root-digits')).toBe(rootDigits(ours));
    // Whoever would only copy from the screen finds nothing to copy.
    expect((await tab.page.content()).replace(/\s/g, '')).not.toContain(rootDigits(theirs.expected.rootEnvelope).replaceAll(' ', ''));
    await tab.page.fill('#root-typed', rootDigits(ours));
    await tab.page.click('#root-confirm');
    await tab.page.waitForSelector('#root-wrong');
    expect(await look('changed')).toBe(rootDigits(ours));
    expect(tab.posted.filter(({ path }) => path.endsWith('/approvals'))).toEqual([]);

    await tab.page.fill('#root-typed', rootDigits(theirs.expected.rootEnvelope).replaceAll(' ', '-'));
    await tab.page.click('#root-confirm');
    await tab.page.waitForSelector('#root[data-state=same]');
    expect(await tab.page.textContent('#root-digits')).toBe(rootDigits(theirs.expected.rootEnvelope));
    // It is remembered as the first was: after a reload the old root is the other one.
    await tab.page.unrouteAll({ behavior: 'wait' });
    await tab.page.reload();
    await tab.signIn('t1-approver-a');
    expect(await look('changed')).toBe(rootDigits(theirs.expected.rootEnvelope));
    await tab.page.fill('#root-typed', rootDigits(ours));
    await tab.page.click('#root-confirm');
    await tab.page.waitForSelector('#root[data-state=same]');
    await show(made.id);
    // Everything was verified again; without a key of the roster there is only why not.
    await tab.page.waitForSelector('#paper');
  });
});
