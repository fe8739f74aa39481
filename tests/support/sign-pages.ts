/**
 * The signing pages as people open them: the built bundle on an origin of its own, in headless Chromium, in front of the
 * real API server of `platform-server`.
 *
 *   const pages = useSignPages();                       // before usePlatform: the server must know the origin
 *   const server = usePlatform(db, { features: FEATURES, settings: pages.settings });
 *   const tab = await pages.open(server.base);          // a browser of its own; `tab.page` is playwright's
 *   await tab.signIn('t1-approver-a');
 *
 * `dist/pages/sign` must be there: `node tools/build.mjs` makes it.
 */
import type { Server } from 'node:http';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { loadBundle } from '../../apps/sign/src/bundle';
import { createSignServer } from '../../apps/sign/src/server';
import { CHROMIUM } from './chromium';
import { PASSWORD } from './platform-server';
import { freePort } from './ports';

export { CHROMIUM };
export const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
export const BUNDLE = path.resolve(__dirname, '../../dist/pages/sign');

/** One person's browser: storage of its own, and a memory of everything that must not happen in it. */
export class SignTab {
  /** Refusals of the page's policy, uncaught errors. */
  readonly complaints: string[] = [];
  /** Origins that the browser spoke to. */
  readonly spokenTo = new Set<string>();
  /** What was posted, by path. */
  readonly posted: { readonly path: string; readonly body: string; readonly headers: Readonly<Record<string, string>> }[] = [];

  private constructor(readonly context: BrowserContext, readonly page: Page, readonly origin: string) {}

  static async open(context: BrowserContext, origin: string): Promise<SignTab> {
    const tab = new SignTab(context, await context.newPage(), origin);
    tab.watch(tab.page);
    await tab.page.goto(origin);
    return tab;
  }

  watch(page: Page): void {
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (line) => {
      if (/Content Security Policy|Trusted|Uncaught/i.test(line.text())) this.complaints.push(line.text());
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http')) this.spokenTo.add(url.origin);
      if (request.method() === 'POST') this.posted.push({ path: url.pathname, body: request.postData() ?? '', headers: request.headers() });
    });
  }

  /** With account and password; a demo wants no second factor. Ends where the address says. */
  async signIn(account: string, page: Page = this.page): Promise<void> {
    await page.fill('#account', account);
    await page.fill('#password', PASSWORD);
    await page.click('#enter');
    await page.waitForSelector('.who');
  }

  async goTo(hash: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

export interface SignPages {
  /** For `usePlatform`; filled in before the server starts. */
  readonly settings: Record<string, string>;
  readonly origin: string;
  readonly browser: Browser;
  /** A fresh browser context at the signing origin, whose API is `api`. */
  open(api: string): Promise<SignTab>;
}

/** Registers the hooks: one browser, with these flags besides, and one signing origin for the file. */
export function useSignPages(flags: readonly string[] = []): SignPages {
  const settings: Record<string, string> = {};
  let [origin, api] = ['', ''];
  let browser: Browser | undefined;
  let server: Server | undefined;
  beforeAll(async () => {
    origin = `http://localhost:${await freePort()}`;
    settings['CLARION_SIGN_ORIGIN'] = origin;
    const config = { origins: [origin], apiPorts: { http: 0, https: 0 }, behindProxy: false, get api() { return api; } };
    server = createSignServer(loadBundle(BUNDLE), config).listen(Number(new URL(origin).port), 'localhost');
    await new Promise<void>((resolve) => server?.once('listening', resolve));
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox', '--use-fake-device-for-media-stream', ...flags] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  });
  const launched = (): Browser => {
    if (browser === undefined) throw new Error('useSignPages: the browser is there from beforeAll on');
    return browser;
  };
  return {
    settings,
    get origin() { return origin; },
    get browser() { return launched(); },
    open: async (base) => {
      api = base;
      return SignTab.open(await launched().newContext(), origin);
    },
  };
}

