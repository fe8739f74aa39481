import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { z } from 'zod';
import { writeWav } from '#libs/audio';
import { keyRecordSchema, type KeyRecord } from '#libs/contracts';
import { CHROMIUM } from '../../support/chromium';
import { chirps } from './chirp';
import { EAR, type Taken } from './ear';

const RATE = 48_000;
/** Longer than any voice of the benchmark: where a file begins anew it is not cut cleanly. */
const FILE_SECONDS = 90;
const PHONE = { width: 390, height: 844 };
const takenSchema = z.object({ rate: z.number(), pieces: z.array(z.object({ at: z.number(), frames: z.number() })), samples: z.array(z.number()) });

/** A village's clerk before the microphone page, in headless Chromium, whose microphone hears a chirp each second. */
export class MicrophonePage {
  private delayMs = 0;

  private constructor(private readonly browser: Browser, private readonly page: Page, private readonly folder: string) {}

  static async open(origin: string): Promise<MicrophonePage> {
    if (CHROMIUM === undefined) throw new Error('no Chromium here: apt-get install chromium');
    const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-chirps-'));
    const voice = path.join(folder, 'chirps.wav');
    writeFileSync(voice, writeWav({ sampleRate: RATE, samples: chirps(FILE_SECONDS, RATE) }));
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${voice}`],
    });
    const page = await (await browser.newContext({ viewport: PHONE })).newPage();
    page.setDefaultTimeout(30_000);
    await page.addInitScript(EAR);
    await page.goto(origin);
    const made = new MicrophonePage(browser, page, folder);
    // The page asks for the delay of mobile telephony and offers no other: a shorter one is asked for on the draft's way.
    await page.route('**/api/messages/draft', (route) => {
      const asked: unknown = JSON.parse(route.request().postData() ?? '{}');
      const { live, ...rest } = z.looseObject({ live: z.looseObject({}) }).parse(asked);
      return route.continue({ postData: JSON.stringify({ ...rest, live: { ...live, delayMs: made.delayMs } }) });
    });
    return made;
  }

  async signIn(account: string, password: string): Promise<void> {
    await this.page.fill('#account', account);
    await this.page.fill('#password', password);
    await this.page.click('#enter');
    await this.page.waitForSelector('.who');
  }

  async makeKey(): Promise<KeyRecord> {
    await this.goTo('#/keys');
    await this.page.click('#make-software');
    const card = this.page.locator('.key[data-kind=software]').last();
    await card.waitFor();
    return keyRecordSchema.parse(JSON.parse(await card.locator('.record').textContent() ?? ''));
  }

  /** Speaks for so long under the permit that the page found, or, where there is none to use at this hour, under a grant that `approve` lets somebody sign. What came to the page meanwhile. */
  async speak(lengthMs: number, delayMs: number, approve: (message: string) => Promise<void>): Promise<Taken> {
    const { page } = this;
    this.delayMs = delayMs;
    await this.goTo('#/');
    await this.goTo('#/live');
    await page.waitForSelector('#speak:not([disabled]), #why-ask');
    if (await page.locator('#why-ask').count() > 0) {
      await page.fill('#ask-title', '喊话');
      await page.fill('#ask-text', '现场喊话。');
      await page.click('#ask-read');
      await this.hold('#ask-hold', '#waiting');
      await approve(/approve\/([0-9a-f-]+)/.exec(await page.textContent('#share') ?? '')?.[1] ?? '');
      await page.waitForSelector('#release');
      await this.hold('#release', '#doing, #on-air');
    } else await this.hold('#speak', '#doing, #on-air');
    await page.waitForSelector('#on-air[data-phase=speaking]');
    await new Promise((resolve) => { setTimeout(resolve, lengthMs); });
    await page.click('#end');
    await page.waitForSelector('#ended');
    await page.evaluate('window.clarionDeaf()');
    return takenSchema.parse(await page.evaluate('window.clarionTaken'));
  }

  async close(): Promise<void> {
    await this.browser.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async hold(selector: string, then: string): Promise<void> {
    await this.page.locator(selector).hover();
    await this.page.mouse.down();
    await this.page.waitForSelector(then);
    await this.page.mouse.up();
  }

  private async goTo(hash: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  }
}
