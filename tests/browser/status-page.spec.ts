import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import express from 'express';
import { chromium, type Browser, type Page } from 'playwright-core';
import { statusPage } from '../../apps/platform/src/features/monitoring/status-page';
import { freePort } from '../support/ports';
import { until } from '../support/until';

/** Needs the system's Chromium; without it these tests are skipped, and the summary says so. */
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const withBrowser = executablePath === undefined ? describe.skip : describe;

const HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
const tally = (set: object) => ({ targeted: 0, queued: 0, sent: 0, acked: 0, audible: 0, done: 0, failed: 0, reasons: {}, ...set });

withBrowser('the status page', () => {
  let browser: Browser;
  let api: Server;
  let stopServer: Server;
  let page: Page;
  let origin = '';
  let apiIsDead = false;
  let stopHangs = false;
  let diskHangs = false;
  let wanted: 'nothing' | 'code' | 'enrol' | 'waiting' = 'nothing';
  let isEnded = false;
  const asked: { readonly path: string; readonly body: string; readonly unattended: boolean }[] = [];
  let roles = ['duty'];
  let drills: readonly object[] = [];
  const stopped: { readonly body: unknown; readonly authorization: string | undefined }[] = [];
  const complaints: string[] = [];

  const picture = () => ({
    at: Date.now(), terminals: { total: 600, online: 540, sounding: 318 }, drills,
    areas: [{ id: 'a', total: 7, online: 6, sounding: 5 }, { id: 'b', total: 7, online: 7, sounding: 0 }],
    messages: [
      { id: '1', messageDigest: 'a'.repeat(64), platform: 'p', class: 'emergency', severity: 'red', mode: 'actual', title: HOSTILE, state: 'dispatched', startAt: Date.now(), endsAt: null, areas: ['a'],
        tally: tally({ targeted: 7, audible: 5, failed: 2, reasons: { AMP_FAULT: 2 } }) },
      { id: '2', messageDigest: 'b'.repeat(64), platform: 'p', class: 'notice', severity: 'none', mode: 'drill', title: '防汛演练', state: 'submitted', startAt: null, endsAt: null, areas: ['b'], tally: tally({}), live: true },
    ],
  });
  const answers: Readonly<Record<string, () => unknown>> = {
    'POST /api/session/totp': () => ({ secret: 'A'.repeat(32), uri: 'otpauth://x', qr: ['10', '01'] }),
    'POST /api/session/totp/confirm': () => ({ recoveryCodes: Array.from({ length: 10 }, (_, n) => `${n}-AAAAA-AAAAA`), session: answers['session']?.() }),
    'POST /api/session': () => ({ ...(answers['session']?.() as object), ...(wanted === 'enrol' ? { factor: 'enrol', roles: [] } : wanted === 'waiting' ? { known: 'K'.repeat(43) } : {}) }),
    session: () => ({ token: 'x'.repeat(40), expiresAt: Date.now() + 3_600_000, account: 'd', person: 'p', platform: 'p', tier: 'district', roles, title: '值机员', demo: true }),
    'GET /api/areas': () => [{ id: 'a', parent: null, name: '东坪村', codes: [], platform: 'p', tier: 'village', terminals: 7, online: 6 }, { id: 'b', parent: null, name: '乐化镇', codes: [], platform: 'p', tier: 'township', terminals: 7, online: 7 }],
    'GET /api/map': () => ({ note: '示意图, 非行政区域界线', shapes: [{ area: 'a', polygon: [[0, 0], [1, 0], [1, 1], [0, 1]] }, { area: 'b', polygon: [[1, 0], [2, 0], [2, 1], [1, 1]] }] }),
    'GET /api/on-air': picture,
    'GET /api/incidents': () => [{ id: '1', platform: 'p', kind: 'misused-key', cause: 'd', state: 'open', firstAt: 1, lastAt: Date.now(), count: 14, terminals: ['t-1', 't-2'], codes: ['REJ_APPROVAL_MISSING'], subjects: [], keyIds: [], postureUntil: Date.now() + 1_000, handledBy: null, handledAt: null, note: '' }],
    'GET /api/events': () => [{ id: '1', at: 1, receivedAt: Date.now(), terminal: 't-1', platform: 'p', kind: 'refused', code: 'REJ_SIGNATURE', subject: null, keyIds: [], count: 3 }],
    'GET /api/messages/1/deliveries': () => [{ name: '东坪村上屋1号', state: 'failed', reason: 'AMP_FAULT', refusal: null }, { name: '好的', state: 'audible', reason: null, refusal: null }],
  };

  beforeAll(async () => {
    const [port, stopPort] = [await freePort(), await freePort()];
    origin = `http://localhost:${port}`;
    const app = express();
    app.use(statusPage({ ports: { console: port, sign: 0, consoleTls: 0, devices: 0, links: 0, ebd: 0, stop: stopPort }, demo: true, signOrigins: ['http://localhost:8081'] }));
    app.use(express.text({ type: '*/*' }));
    app.use((request, response) => {
      const answer = answers[`${request.method} ${request.path}`];
      const body: unknown = request.body;
      asked.push({ path: request.path, body: typeof body === 'string' ? body : '', unattended: request.headers['clarion-unattended'] !== undefined });
      if (isEnded && request.path !== '/api/session') {
        response.status(401).json({ code: 'UNAUTHENTICATED', message: 'Sign in first.' });
        return;
      }
      if (wanted === 'waiting' && request.path === '/api/session' && !String(body).includes('known')) {
        response.status(429).json({ code: 'TOO_MANY_REQUESTS', message: 'Too many failed attempts.' });
        return;
      }
      if (wanted === 'code' && request.path === '/api/session') {
        response.status(401).json({ code: 'SECOND_FACTOR_WANTED', message: 'A second factor is wanted.' });
        return;
      }
      if (apiIsDead) response.destroy();
      else if (answer === undefined) response.status(404).json({ code: 'NOT_FOUND', message: 'There is nothing here.' });
      else response.json(answer());
    });
    api = app.listen(port, '127.0.0.1');
    stopServer = createServer((request, response) => {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-allow-headers', 'authorization, content-type');
      if (request.method === 'OPTIONS') {
        response.end();
        return;
      }
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        stopped.push({ body: JSON.parse(text), authorization: request.headers.authorization });
        response.setHeader('content-type', 'application/json');
        if (!stopHangs) response.end(JSON.stringify({ stopId: '1', issuedAt: Date.now(), written: 548, kept: !diskHangs }));
      });
    }).listen(stopPort, '127.0.0.1');
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    api?.close();
    stopServer?.close();
  });
  beforeEach(async () => {
    apiIsDead = false;
    isEnded = false;
    wanted = 'nothing';
    stopped.length = 0;
    asked.length = 0;
    complaints.length = 0;
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (line) => {
      if (/Content Security Policy|TrustedHTML|Uncaught/i.test(line.text())) complaints.push(line.text());
    });
    await page.goto(origin);
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  async function signIn(): Promise<void> {
    await page.fill('#account', 'd');
    await page.fill('#password', 'secret');
    await page.click('#enter');
    await page.waitForSelector('.card');
  }

  it('speaks Chinese first and English at a press, and says that it is a demonstration', async () => {
    expect(await page.textContent('#demo')).toContain('演示系统');
    expect(await page.getAttribute('html', 'lang')).toBe('zh-CN');
    await page.click('#language');
    expect([await page.textContent('#enter'), await page.getAttribute('html', 'lang')]).toEqual(['Sign in', 'en']);
    await page.click('#language');
    expect(await page.textContent('#enter')).toBe('登录');
  });

  it('says above everything that a drill is planned, about to begin, or under way', async () => {
    const drill = (name: string, phase: string) => ({ id: name, platform: 'p', name, kind: 'terminal', areas: ['a'], opensAt: 0, closesAt: 1, phase });
    drills = [drill(`防汛演练${HOSTILE}`, 'running'), drill('学校疏散演练', 'soon'), drill('消防演练', 'planned')];
    await signIn();
    const shown = await page.locator('#drills li').allTextContents();
    expect(shown.map((text) => text.slice(0, 6))).toEqual(['演练进行中：', '演练即将开始', '计划演练：消']);
    expect(shown[0]).toContain(HOSTILE);
    drills = [];
  });

  it('shows what sounds where, states, counts as x/y and the reasons of failures', async () => {
    await signIn();
    expect(await page.textContent('#figure-online')).toBe('540/600');
    expect(await page.textContent('#map-note')).toContain('示意图, 非行政区域界线');
    expect(await page.locator('.area.sounding').count()).toBe(1);
    expect(await page.textContent('.card .counts')).toContain('正在响 5/7');
    expect(await page.locator('.card .flags', { hasText: '喊话' }).count()).toBe(1);
    await page.click('.failures summary');
    await page.waitForSelector('.failures li');
    expect(await page.locator('.failures li').allTextContents()).toEqual(['东坪村上屋1号：功放无电流']);
    expect(await page.textContent('#events')).toContain('REJ_SIGNATURE');
    expect(await page.textContent('#incidents')).toMatch(/有人冒用有效密钥.*REJ_APPROVAL_MISSING.*14 次.*已自动收紧/);
  });

  it('asks for a code where the server wants one, and leads through setting one up', async () => {
    wanted = 'code';
    await page.fill('#account', 'd');
    await page.fill('#password', 'secret');
    expect(await page.isVisible('#code')).toBe(false);
    await page.click('#enter');
    await page.waitForSelector('#code');
    expect(await page.textContent('#sign-in-problem')).toContain('动态码');
    wanted = 'enrol';
    await page.fill('#code', '123456');
    await page.click('#enter');
    await page.waitForSelector('#enrol .qr path');
    expect(await page.textContent('#enrol .secret')).toBe('A'.repeat(32));
    await page.fill('#enrol-code', '654321');
    await page.click('#enrol button');
    await page.waitForSelector('#enrol .recovery');
    expect(await page.locator('#enrol .recovery li').count()).toBe(10);
    expect(await page.isVisible('#board')).toBe(false);
    await page.click('#enrol button');
    await page.waitForSelector('.card');
    expect(asked.filter(({ body }) => body !== '').map(({ path, body }) => [path, body])).toEqual([
      ['/api/session', '{"account":"d","password":"secret"}'], ['/api/session', '{"account":"d","password":"secret","code":"123456"}'], ['/api/session/totp', '{}'], ['/api/session/totp/confirm', '{"code":"654321"}'],
    ]);
    wanted = 'nothing';
  });

  it('takes an officer\'s unlock code where too many attempts failed, and is a known device from then on', async () => {
    wanted = 'waiting';
    const enter = async () => {
      await page.fill('#account', 'd');
      await page.fill('#password', 'secret');
      await page.click('#enter');
    };
    expect(await page.isVisible('#unlock')).toBe(false);
    await enter();
    await page.fill('#unlock', 'ABCDE-FGHJK-MNPQR');
    await page.click('#enter');
    await page.waitForSelector('.card');
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain('KKK');
    await page.click('#leave');
    await enter();
    await page.waitForSelector('.card');
    const sent = asked.filter(({ path, body }) => path === '/api/session' && body !== '').map(({ body }) => (JSON.parse(body) as { readonly known?: string }).known);
    expect(sent).toEqual([undefined, 'ABCDE-FGHJK-MNPQR', 'K'.repeat(43)]);
    await page.evaluate('localStorage.clear()');
    wanted = 'nothing';
  });

  it('says of what it asks by itself that nobody is there, and of what a person does nothing of the kind', async () => {
    await signIn();
    await until(() => asked.some(({ path, unattended }) => path.startsWith('/api/events') && unattended));
    asked.length = 0;
    await page.click('.failures summary');
    await until(() => asked.some(({ path }) => path.startsWith('/api/messages')));
    expect(asked[0]?.unattended).toBe(false);
  });

  it('keeps the STOP button when the session ended because nobody was there', async () => {
    await signIn();
    isEnded = true;
    await page.waitForSelector('#sign-in:not([hidden])');
    expect(await page.textContent('#sign-in-problem')).toContain('登录已过期');
    await page.click('#stop');
    await page.locator('#stop-result', { hasText: '已停止' }).waitFor();
    expect(stopped.at(-1)?.authorization).toBe(`Bearer ${'x'.repeat(40)}`);
  });

  it('shows hostile text as text and runs none of it', async () => {
    await signIn();
    expect(await page.locator('.card .title').first().textContent()).toBe(HOSTILE);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('img[src="x"]').count()).toBe(0);
  });

  it('allows no inline script and no foreign address', async () => {
    const response = await page.goto(origin);
    const policy = response?.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(await page.content()).not.toMatch(/<script(?![^>]*\bsrc=)|\son[a-z]+=/);
  });

  it('stops at one press of F9, everything unless a message is chosen, without asking', async () => {
    page.on('dialog', () => complaints.push('a dialog'));
    await signIn();
    await page.keyboard.press('F9');
    await page.waitForSelector('#stop-result:has-text("548")');
    await page.click('.card .choose >> nth=0');
    await page.click('#stop');
    await page.waitForSelector('#stop-scope:has-text("只停")');
    for (let tries = 0; stopped.length < 2 && tries < 100; tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(stopped).toEqual([
      { body: {}, authorization: `Bearer ${'x'.repeat(40)}` }, { body: { messages: ['a'.repeat(64)] }, authorization: `Bearer ${'x'.repeat(40)}` },
    ]);
  });

  it('stops while the API server is dead, and says how old its picture is', async () => {
    await signIn();
    apiIsDead = true;
    await page.waitForSelector('.is-stale', { timeout: 15_000 });
    expect(await page.textContent('#stale')).toContain('数据截至');
    await page.click('#stop');
    await page.waitForSelector('#stop-result:has-text("548")');
    expect(stopped).toHaveLength(1);
    apiIsDead = false;
    await page.waitForSelector('body:not(.is-stale)', { timeout: 15_000 });
  }, 40_000);

  it('says after three seconds without an answer which other way there is, and when a stop was not kept', async () => {
    await signIn();
    stopHangs = true;
    await page.click('#stop');
    await page.waitForSelector('#stop-result.bad:has-text("三秒内没有回应")');
    expect(await page.textContent('#stop-result')).toContain('./clarion stop');
    [stopHangs, diskHangs] = [false, true];
    await page.click('#stop');
    await page.waitForSelector('#stop-result.bad:has-text("未能保存")');
    diskHangs = false;
  });

  it('gives no STOP button to who may not stop', async () => {
    roles = ['author'];
    await signIn();
    expect([await page.isDisabled('#stop'), await page.textContent('#stop-scope')]).toEqual([true, '您没有停播权限']);
    await page.keyboard.press('F9');
    expect(stopped).toEqual([]);
    roles = ['duty'];
  });

  it('leads who may write to the microphone page on the signing origin, and nobody else', async () => {
    await signIn();
    expect(await page.isVisible('#speak')).toBe(false);
    roles = ['author'];
    await page.click('#leave');
    await signIn();
    expect([await page.textContent('#speak'), await page.getAttribute('#speak', 'href')]).toEqual(['喊话', 'http://localhost:8081/#/live']);
    roles = ['duty'];
  });

  it('fits a phone: nothing wider than the screen, buttons large enough for a thumb', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await signIn();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    const stop = await page.locator('#stop').boundingBox();
    expect(stop?.height).toBeGreaterThanOrEqual(48);
    expect(stop?.width).toBeGreaterThanOrEqual(300);
  });
});
