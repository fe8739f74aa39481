import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Page, WebSocketRoute } from 'playwright-core';
import { z } from 'zod';
import { evanOpus, writeWav } from '#libs/audio';
import { dispatchSchema, messageSchema, permitIdSchema, rosterSchema, submitSchema, type LiveServerFrame, type Message, type Permit } from '#libs/contracts';
import { encodePayload, unverifiedPayload, type Envelope } from '#libs/envelope';
import { sha256Hex, signEnvelope } from '#libs/suites';
import { liveGrantOf, verifyLiveRecord, type LiveRecord } from '#libs/trust';
import { FEATURES } from '../../apps/platform/src/app.module';
import { Trust } from '../../apps/platform/src/features/authority';
import { enterKeys, makeKeyIn } from '../support/browser-key';
import { HELD_MICROPHONE } from '../support/held-microphone';
import { LiveGatewayDouble } from '../support/live-gateway';
import { readPayload, useMessageFlow } from '../support/message-flow';
import { usePlatform } from '../support/platform-server';
import { useDatabase } from '../support/postgres';
import { useSignPages, withBrowser, type SignTab } from '../support/sign-pages';
import { digestOf, platformOf } from '../support/trust-builder';
import { until } from '../support/until';

// A browser on a busy machine is slow; nothing here asserts how fast it is.
jest.setTimeout(60_000);
/** What lasts: CLARION_LONG=1. */
const whenLong = process.env['CLARION_LONG'] === '1' ? it : it.skip;
const PHONE = { width: 390, height: 844 };

const FOLDER = mkdtempSync(path.join(os.tmpdir(), 'clarion-voice-'));
const VOICE = path.join(FOLDER, 'voice.wav');
/** What the microphone hears, over and over: a rising tone, 300 to 700 Hz in two seconds. */
const [LOWEST, HIGHEST] = [300, 700];

function tone(): Float32Array {
  return Float32Array.from({ length: 2 * 48_000 }, (_, n) => {
    const at = n / 48_000;
    return 0.25 * Math.sin(2 * Math.PI * (LOWEST + ((HIGHEST - LOWEST) / 4) * at) * at);
  });
}

/** How high it sounds in each fifth of a second that is not silent, by its crossings of zero. */
function tonesOf(packets: readonly (Uint8Array | null)[]): readonly number[] {
  const decoder = evanOpus.createDecoder();
  const samples = packets.flatMap((packet) => [...(packet === null ? decoder.conceal() : decoder.decode(packet))]);
  const part = 9_600;
  const parts = Array.from({ length: Math.floor(samples.length / part) }, (_, n) => samples.slice(n * part, (n + 1) * part));
  return parts.filter((one) => Math.max(...one) > 0.05).map((one) => one.filter((sample, n) => n > 0 && sample >= 0 && (one[n - 1] ?? 0) < 0).length * 5);
}

withBrowser('the microphone page', () => {
  const pages = useSignPages(['--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${VOICE}`]);
  const db = useDatabase();
  const server = usePlatform(db, { features: FEATURES, settings: pages.settings });
  const flow = useMessageFlow(server);
  let gateway: LiveGatewayDouble;
  let tab: SignTab;
  let page: Page;
  let running: NodeJS.Timeout;
  /** The page's connections to the source link, newest last; between the two the test cuts, and says what no platform said. */
  const links: { readonly link: WebSocketRoute; readonly beyond: WebSocketRoute }[] = [];

  /** No way to the platform: what is open was closed, and what is opened is closed at once. */
  let isCut = false;
  async function cut(forMs: number): Promise<void> {
    isCut = true;
    await links.at(-1)?.beyond.close();
    await links.at(-1)?.link.close();
    await shows('#on-air[data-away=true]');
    await passed(forMs);
    isCut = false;
  }
  /** What is tried lasts, and a page measures it by its own clock. */
  const passed = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

  const tell = (frame: LiveServerFrame): void => links.at(-1)?.link.send(JSON.stringify(frame));
  const shows = (selector: string): Promise<unknown> => page.waitForSelector(selector);
  const posted = (): readonly string[] => tab.posted.filter(({ path: at }) => at === '/api/messages').map(({ body }) => body);
  const newest = (): Message => messageSchema.parse(unverifiedPayload(submitSchema.parse(JSON.parse(posted().at(-1) ?? '')).message));

  async function listPermit(terms: Partial<Permit> = {}): Promise<Envelope> {
    const now = server.clock.now();
    const permit = await server.world.permit('v1', { set: { permitId: permitIdSchema.parse(server.clock.uuid()), notBefore: now - 3_600_000, issuedAt: now - 3_600_000, perDay: 20, ...terms } });
    expect((await (await flow.as('v1-approver-a')).post('/api/permits', { permit: { ...permit, signatures: permit.signatures.slice(0, 1) } })).status).toBe(201);
    expect((await (await flow.as('t1-approver-b')).post('/api/permits', { permit: { ...permit, signatures: permit.signatures.slice(1) } })).status).toBe(201);
    const held = server.app.get(Trust).state().rosters.get(platformOf('v1'))?.value;
    const next = rosterSchema.parse({ ...held, version: (held?.version ?? 0) + 1, permits: [digestOf(permit)] });
    const document = await signEnvelope('roster', encodePayload(next), server.world.officers('v1').slice(0, 2));
    expect((await (await flow.as('d-officer-1')).post('/api/trust/documents', { documents: [document] })).status).toBe(200);
    return permit;
  }
  /** Finger down on a hold button until something else is shown. */
  async function hold(selector: string, then: string): Promise<void> {
    await page.locator(selector).hover();
    await page.mouse.down();
    await shows(then);
    await page.mouse.up();
  }
  async function open(at = '#/live'): Promise<void> {
    await page.evaluate('location.hash = "#/"');
    await page.evaluate(`location.hash = ${JSON.stringify(at)}`);
  }
  /** From the hold to the moment from which every word is heard. */
  async function speak(): Promise<void> {
    await shows('#speak:not([disabled])');
    await hold('#speak', '#doing, #on-air');
    await shows('#on-air[data-phase=speaking]');
  }
  async function end(): Promise<string | null> {
    await page.click('#end');
    await shows('#ended');
    return page.getAttribute('#ended', 'data-code');
  }
  /** What the platform wrote down of a voice, verified under its grant. */
  async function recordOf(message: Message): Promise<LiveRecord> {
    const digest = sha256Hex(encodePayload(message));
    const dispatch = flow.gateway.frames('order').map(({ frame }) => dispatchSchema.parse(readPayload(frame.order.dispatch))).find((one) => one.messageDigest === digest);
    if (dispatch === undefined || !('live' in message.body)) throw new Error('nothing live was dispatched');
    const verified = verifyLiveRecord(liveGrantOf(digest, message.body.live, dispatch), readFileSync(path.join(server.dataDir, 'live', `${digest.slice(0, 32)}.clr`)));
    if (!verified.ok) throw new Error(JSON.stringify(verified));
    return verified.value;
  }
  /** The same browser in a tab of its own, whose connections and microphone the test holds: the keys are there, the session is not. */
  async function cutInTab(): Promise<Page> {
    await tab.context.unrouteAll({ behavior: 'ignoreErrors' });
    await tab.context.routeWebSocket(/\/live$/, (link) => {
      if (isCut) void link.close();
      else links.push({ link, beyond: link.connectToServer() });
    });
    const fresh = await tab.context.newPage();
    tab.watch(fresh);
    await fresh.addInitScript(HELD_MICROPHONE);
    fresh.setDefaultTimeout(20_000);
    await fresh.setViewportSize(PHONE);
    await fresh.clock.setFixedTime(server.clock.now());
    await fresh.goto(pages.origin);
    await tab.signIn('v1-author', fresh);
    return fresh;
  }

  beforeAll(async () => {
    writeFileSync(VOICE, writeWav({ sampleRate: 48_000, samples: tone() }));
    gateway = await LiveGatewayDouble.start(server.dataDir, flow.gateway);
    // A voice lasts; the platform's clock stands still unless somebody moves it.
    let before = performance.now();
    running = setInterval(() => {
      const passed = Math.floor(performance.now() - before);
      server.clock.advance(passed);
      before += passed;
    }, 5);
    tab = await pages.open(server.base);
    page = tab.page;
    page.setDefaultTimeout(20_000);
    await page.setViewportSize(PHONE);
    await page.clock.setFixedTime(server.clock.now());
    await tab.signIn('v1-author');
    await enterKeys(server, 'v1', { author: [await makeKeyIn(tab, 'software')] });
    await listPermit();
  }, 90_000);
  afterAll(async () => {
    clearInterval(running);
    await tab?.close();
    await gateway?.close();
    rmSync(FOLDER, { recursive: true, force: true });
  });
  afterEach(() => {
    expect(tab.complaints).toEqual([]);
  });

  it('speaks under a permit after one hold: what goes to the loudspeakers is what the microphone heard', async () => {
    await open();
    await shows('#reach');
    const pressed = performance.now();
    await speak();
    const firstWordMs = performance.now() - pressed;
    await until(() => gateway.blocks.length > 15);
    expect(await end()).toBe('LIVE_SAID');
    const record = await recordOf(newest());
    expect(record).toMatchObject({ firstSeq: 1, ended: true, gaps: [] });
    expect(gateway.blocks.map((block) => sha256Hex(block))).toEqual(record.digests);
    // The device levels and cleans what it hears, and the file begins anew somewhere.
    const tones = tonesOf(record.packets);
    expect(tones.filter((hertz) => hertz > LOWEST - 50 && hertz < HIGHEST + 50).length).toBeGreaterThan(tones.length / 2);
    expect(newest()).toMatchObject({ class: 'governance', permit: expect.any(String), repeats: 1, corrections: [], targets: { areas: ['v1-area'], terminals: [] } });
    // Told, not asserted: a clerk's budget is six seconds, three taps.
    process.stdout.write(`sign-live: ${Math.round(firstWordMs)} ms from the press to the first word that is heard\n`);
  });

  whenLong('goes on after a broken connection with every block, tells who has the loudspeakers, and lets nobody leave by mistake', async () => {
    page = await cutInTab();
    await open();
    await speak();
    tell({ kind: 'preempted', by: { title: '暴雨红色预警', holder: '区应急局', until: server.clock.now() + 60_000, terminals: 1 } });
    await shows('#preempted');
    expect(await page.textContent('#preempted')).toMatch(/区应急局.*暴雨红色预警/);
    tell({ kind: 'preempted', by: null });
    await page.waitForSelector('#preempted', { state: 'detached' });
    await page.evaluate('location.hash = "#/keys"');
    await shows('#stay');
    expect(await page.evaluate('location.hash')).toBe('#/live');
    await links.at(-1)?.beyond.close();
    await links.at(-1)?.link.close();
    await shows('#on-air[data-away=true]');
    await shows('#on-air[data-away=false]');
    expect(links).toHaveLength(2);
    expect(await end()).toBe('LIVE_SAID');
    const record = await recordOf(newest());
    expect([record.ended, record.gaps.filter(({ lostBlocks }) => lostBlocks > 0)]).toEqual([true, []]);
  });

  describe('in trouble', () => {
    beforeAll(async () => {
      if (process.env['CLARION_LONG'] === '1') page = await cutInTab();
    });
    beforeEach(() => page.setDefaultTimeout(30_000));

    whenLong('of two seconds without a connection nothing is missing in the record', async () => {
      await open();
      await speak();
      await cut(2_000);
      await shows('#on-air[data-away=false]');
      expect(await end()).toBe('LIVE_SAID');
      const record = await recordOf(newest());
      expect([record.ended, record.gaps.filter(({ lostBlocks }) => lostBlocks > 0)]).toEqual([true, []]);
    });

    whenLong('without a connection for twenty seconds it counts down, ends by itself, and what was said stays in the record', async () => {
      await open();
      await speak();
      await until(() => gateway.blocks.length > 5);
      const cutting = cut(23_000);
      await shows('#away');
      await page.locator('#away', { hasText: /\d+ (s|秒)/ }).waitFor();
      await shows('#ended');
      expect(await page.getAttribute('#ended', 'data-code')).toBe('LIVE_AWAY');
      await cutting;
      expect((await recordOf(newest())).ended).toBe(false);
    });

    whenLong('a microphone that is taken away is asked for until it is back, and the part between stays a gap at its time', async () => {
      await open();
      await speak();
      await passed(1_000);
      await page.evaluate('window.clarionNoMicrophone = true; window.clarionTrack.stop()');
      await shows('#on-air[data-microphone=lost]');
      expect(await page.locator('#mic-lost').count()).toBe(1);
      await passed(2_000);
      await page.evaluate('window.clarionNoMicrophone = false');
      await shows('#on-air[data-microphone=open]');
      await passed(1_000);
      expect(await end()).toBe('LIVE_SAID');
      const record = await recordOf(newest());
      const [gap, ...more] = record.gaps;
      expect([record.ended, more, gap?.lostBlocks]).toEqual([true, [], 0]);
      expect(gap?.packets).toBeGreaterThan(100);
    });

    whenLong('a microphone that gives nothing but zeros is gone too, and another is asked for', async () => {
      await open();
      await speak();
      await page.evaluate('window.clarionNoMicrophone = true; window.clarionTrack.enabled = false');
      await shows('#on-air[data-microphone=lost]');
      await passed(2_000);
      await page.evaluate('window.clarionNoMicrophone = false');
      await shows('#on-air[data-microphone=open]');
      await passed(1_000);
      expect(await end()).toBe('LIVE_SAID');
      const { gaps } = await recordOf(newest());
      expect(gaps.map(({ lostBlocks, packets }) => [lostBlocks, packets > 50])).toEqual([[0, true]]);
    });

    whenLong('whom no loudspeaker has proved to sound is never told just to speak', async () => {
      await open();
      await speak();
      await shows('#on-air[data-unheard=true]');
      expect(await page.textContent('#now')).not.toMatch(/^(请讲|Speak now)$/);
      expect(await end()).toBe('LIVE_SAID');
    });

    whenLong('silence is reminded of after twelve seconds and holds the voice after twenty, until one press', async () => {
      await open();
      await page.evaluate('window.clarionSoft = true');
      await speak();
      await shows('#on-air[data-silence=reminded]');
      await shows('#on-air[data-silence=held]');
      // What the encoder had is out; nothing more comes.
      await passed(500);
      const before = gateway.blocks.length;
      await passed(1_000);
      expect(gateway.blocks.length).toBe(before);
      await page.evaluate('window.clarionSoft = false; window.clarionGain.value = 1');
      await page.click('#resume');
      await shows('#on-air[data-silence=speaking]');
      await until(() => gateway.blocks.length > before + 5);
      expect(await end()).toBe('LIVE_SAID');
    });

    whenLong('a permit that is shorter than ten minutes shortens it; half a minute before its end the page says so, and ends it', async () => {
      await listPermit({ maxDurationMs: 40_000 });
      await open();
      expect(await page.textContent('#under-permit')).toMatch(/0 (分|minutes?) \d\d/);
      await speak();
      await page.locator('#now', { hasText: /[12]\d (s|秒)/ }).waitFor();
      await page.waitForSelector('#ended', { timeout: 45_000 });
      expect(await page.getAttribute('#ended', 'data-code')).toMatch(/^LIVE_(SAID|OVER)$/);
      const { live } = z.object({ live: z.object({ maxDurationMs: z.number() }) }).parse(newest().body);
      expect(live.maxDurationMs).toBeLessThanOrEqual(40_000);
      await listPermit();
    }, 90_000);
  });

  whenLong('has what is wider signed by others, and begins it with the speaker\'s press', async () => {
    await open();
    await page.click('#wider summary');
    await page.fill('#ask-title', '防汛喊话');
    await page.fill('#ask-text', '书记现场讲防汛安排。');
    await page.click('#ask-read');
    await hold('#ask-hold', '#waiting');
    await shows('#share');
    const made = submitSchema.parse(JSON.parse(posted().at(-1) ?? ''));
    expect(made.hold).toBe(true);
    const approved = await flow.approve('v1', { id: newest().id, envelope: made.message }, 'approver-a');
    expect([approved.status, approved.body.state]).toEqual([201, 'approved']);
    await shows('#release');
    await hold('#release', '#doing, #on-air');
    await shows('#on-air[data-phase=speaking]');
    expect(await end()).toBe('LIVE_SAID');
    expect((await recordOf(newest())).firstSeq).toBe(1);
    // Its key was kept while it waited, and no longer.
    await open();
    await shows('#speak');
    expect(await page.locator('#kept').count()).toBe(0);
  });

  whenLong('whoever speaks there already is named, and nothing is begun', async () => {
    await open();
    await shows('#speak:not([disabled])');
    await page.route('**/api/messages', (route) => route.fulfill({
      status: 409, headers: { 'access-control-allow-origin': pages.origin }, contentType: 'application/json',
      body: JSON.stringify({ code: 'LIVE_TAKEN', message: 'taken', fields: [{ path: 'holder', code: 'LIVE_TAKEN', message: '村书记' }, { path: 'until', code: 'LIVE_TAKEN', message: new Date(server.clock.now() + 60_000).toISOString() }] }),
    }));
    await hold('#speak', '#taken');
    expect(await page.textContent('#taken')).toContain('村书记');
    await page.unrouteAll({ behavior: 'wait' });
    await page.click('#taken-again');
    await shows('#speak:not([disabled])');
  });

  whenLong('plays to the own ear alone, and says how loud it was', async () => {
    await open();
    await shows('#own-ear');
    const before = links.length;
    await page.click('#own-ear');
    await shows('#loudness[data-loudness]');
    expect(links).toHaveLength(before);
  });

  whenLong('speaks where the browser has neither an encoder nor Ed25519: libopus in a worker that alone may compile it, a key in memory that waits for nobody', async () => {
    const older = await tab.context.newPage();
    tab.watch(older);
    await older.addInitScript(`delete window.AudioEncoder;
      const make = SubtleCrypto.prototype.generateKey;
      SubtleCrypto.prototype.generateKey = function (algorithm, ...more) { return algorithm.name === 'Ed25519' ? Promise.reject(new DOMException('', 'NotSupportedError')) : make.call(this, algorithm, ...more); };`);
    older.setDefaultTimeout(20_000);
    await older.setViewportSize(PHONE);
    await older.clock.setFixedTime(server.clock.now());
    await older.goto(pages.origin);
    await tab.signIn('v1-author', older);
    page = older;
    await open();
    await page.click('#wider summary');
    await shows('#cannot-wait');
    const before = gateway.blocks.length;
    await speak();
    await until(() => gateway.blocks.length > before + 15);
    expect(await end()).toBe('LIVE_SAID');
    const record = await recordOf(newest());
    expect(record).toMatchObject({ firstSeq: 1, ended: true, gaps: [] });
    const tones = tonesOf(record.packets);
    expect(tones.filter((hertz) => hertz > LOWEST - 50 && hertz < HIGHEST + 50).length).toBeGreaterThan(tones.length / 2);
    expect(tab.complaints).toEqual([]);
    // The page itself may not.
    expect(await page.evaluate('WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => "compiled", ({ name }) => name)')).toBe('CompileError');
    tab.complaints.length = 0;
  });

  whenLong('records first and plays then, under the same permit', async () => {
    await open();
    await shows('#recorded');
    await page.click('#recorded');
    await page.click('#record');
    await shows('#record-stop');
    await passed(2_500);
    await page.click('#record-stop');
    await shows('#recorded-audio');
    await hold('#play-recorded', '#recorded-sent, .fault');
    expect(await page.locator('.fault').allTextContents()).toEqual([]);
    expect(newest().body).toMatchObject({ segments: [{ role: 'recording' }] });
  });
});
