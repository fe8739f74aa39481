import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { LONG, threat, useAttacked } from './attacker';
import { PASSWORD } from '../support/platform-server';

/** Needs the system's Chromium; without it these tests are skipped, and the summary says so. */
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const attacked = useAttacked({ CLARION_REQUESTS_PER_SECOND: '1000' });
const { flow } = attacked;

/** 200 ways to be a script, each telling which one it was. */
const SHAPES: readonly ((n: number) => string)[] = [
  (n) => `<script>hit(${n})</script>`, (n) => `<img src=x onerror=hit(${n})>`, (n) => `"><svg onload=hit(${n})>`, (n) => `'><b onmouseover=hit(${n})>`, (n) => `<iframe srcdoc="<script>top.hit(${n})</script>">`,
  (n) => `javascript:hit(${n})`, (n) => `<a href="javascript:hit(${n})" autofocus onfocus=hit(${n})>`, (n) => `{{hit(${n})}}`, (n) => `\${hit(${n})}`, (n) => `<style>@import 'javascript:hit(${n})'</style>`,
  (n) => `<math><mtext><script>hit(${n})`, (n) => `<body onload=hit(${n})>`, (n) => `</title><script>hit(${n})</script>`, (n) => `<details open ontoggle=hit(${n})>`, (n) => `<input autofocus onfocus=hit(${n})>`,
  (n) => `<video src onerror=hit(${n})>`, (n) => `<object data="javascript:hit(${n})">`, (n) => `<base href="//x/${n}">`, (n) => `<meta http-equiv=refresh content="0;javascript:hit(${n})">`, (n) => `&lt;script&gt;hit(${n})`,
];
const PAYLOADS = Array.from({ length: 200 }, (_, n) => SHAPES[n % SHAPES.length]?.(n) ?? '');

(executablePath === undefined ? describe.skip : describe)('in a browser', () => {
  let browser: Browser;
  let page: Page;
  const hits: unknown[] = [];
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
    page = await browser.newPage();
    await page.exposeFunction('hit', (n: unknown) => void hits.push(n));
    page.on('dialog', (dialog) => void dialog.dismiss().then(() => hits.push('dialog')));
    page.on('pageerror', ({ message }) => void complaints.push(message));
  }, 60_000);
  afterAll(() => browser?.close());

  threat(attacked, 'T15', 'stored script', () => {
    it('in titles of messages, drills and terminals is text on the page, and runs nowhere', async () => {
      // A browser has the time of this machine.
      attacked.server.clock.advance(Date.now() - attacked.server.clock.now());
      const titles = PAYLOADS.filter((payload) => payload.length <= 60).slice(0, LONG ? 60 : 3);
      for (const title of titles) {
        attacked.server.clock.advance(1_000);
        await flow.submit('t1', { title });
      }
      // Everything else that the page shows, with every payload in every text.
      const text = (n: number): string => PAYLOADS[n % PAYLOADS.length] ?? '';
      const tally = { targeted: 3, queued: 1, sent: 0, acked: 0, audible: 1, done: 0, failed: 1, reasons: { [text(5)]: 1 } };
      const messages = PAYLOADS.map((title, n) => ({ id: String(n), messageDigest: 'a'.repeat(64), platform: text(n + 1), class: 'emergency', severity: 'red', mode: n % 2 === 0 ? 'drill' : 'actual', title, state: n % 3 === 0 ? text(n + 2) : 'dispatched', startAt: 1, endsAt: null, areas: ['t1-area', text(n + 3)], tally }));
      const areas = ['t1-area', 'v1-area', 'v2-area'];
      await page.route('**/api/areas', (route) => route.fulfill({ json: areas.map((id, n) => ({ id, parent: null, name: text(n), codes: [], platform: 'p', tier: 'township', terminals: 1, online: 1 })) }));
      await page.route('**/api/map', (route) => route.fulfill({ json: { note: text(7), shapes: areas.map((area, n) => ({ area, polygon: [[n, 0], [n + 1, 0], [n + 1, 1]] })) } }));
      await page.route('**/api/events*', (route) => route.fulfill({ json: PAYLOADS.slice(0, 30).map((payload, n) => ({ id: String(n), at: 1, receivedAt: 1, terminal: payload, platform: payload, kind: payload, code: payload, subject: null, keyIds: [], count: 2 })) }));
      await page.goto(attacked.server.base);
      await page.fill('#account', 't1-stopper');
      await page.fill('#password', PASSWORD);
      await page.click('#enter');
      await page.waitForSelector('.card');
      expect((await page.locator('.card .title').allTextContents()).sort()).toEqual([...titles].sort());
      // Without the live feed the page asks for its picture, and gets this one.
      await page.route('**/live-client.js', (route) => route.abort());
      await page.route('**/api/on-air', (route) => route.fulfill({ json: { at: Number.MAX_SAFE_INTEGER, terminals: { total: 1, online: 1, sounding: 1 }, messages, areas: areas.map((id) => ({ id, online: 1, total: 1, sounding: 1 })), drills: PAYLOADS.slice(0, 50).map((name, n) => ({ id: String(n), platform: 'p', name, kind: 'terminal', areas: [], opensAt: 1, closesAt: 2, phase: 'running' })) } }));
      await page.reload();
      await page.waitForSelector('.card:nth-of-type(200)');
      expect(await page.locator('.card .title').count()).toBe(200);
      await page.hover('.card .title');
      await page.click('#messages summary');
      await page.keyboard.press('Tab');
      expect([hits, complaints]).toEqual([[], []]);
      expect(await page.evaluate("[...document.querySelectorAll('script')].filter((one) => !one.src || new URL(one.src).origin !== location.origin).length + document.querySelectorAll('iframe, object, embed, base, [onerror], [onload]').length")).toBe(0);
    });
  });

  it('the policy of every page and route forbids whatever is not our own file', async () => {
    const pages = ['/', '/app.js', '/enrol.js', '/api/openapi.json', '/nothing', ...attacked.routes.filter(({ method }) => method === 'get').map(({ path }) => `/api${path.replace(/:[a-zA-Z0-9]+/g, 'x')}`)];
    for (const at of pages) {
      const { headers, text } = await attacked.ask('GET', at);
      const policy = String(headers['content-security-policy']);
      expect([at, /default-src 'none'/.test(policy), /unsafe|\*|data:(?! *;)[^;]*script|http:\/\/(?!localhost|127)/.test(policy.replace(/img-src[^;]*/, ''))]).toEqual([at, true, false]);
      for (const directive of ["script-src 'self'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"]) expect([at, policy]).toEqual([at, expect.stringContaining(directive)]);
      expect([at, headers['x-content-type-options'], headers['x-frame-options'] ?? 'SAMEORIGIN', headers['referrer-policy']]).toEqual([at, 'nosniff', 'SAMEORIGIN', 'no-referrer']);
      if (String(headers['content-type']).startsWith('text/html')) expect([at, /<script(?![^>]*\bsrc=)|\son[a-z]+=|<style|javascript:/i.test(text)]).toEqual([at, false]);
    }
  });
});
