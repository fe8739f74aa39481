import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { chromium, type Browser } from 'playwright-core';
import { measureLoudness, readAudioFile, readWebmOpus } from '#libs/audio';
import { ChildWorkshop, hasChild, InlineWorkshop } from '../../apps/platform/src/features/media/recording-workshop';
import { freePort } from '../support/ports';
import { seededRandom } from '../support/seeded-random';

/** Needs the system's Chromium; without it these tests are skipped, and the summary says so. */
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const withBrowser = executablePath === undefined ? describe.skip : describe;
const FLAGS = ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required'];
const RECORD_MS = 2_500;

/** Runs in the page, where there is a DOM that this project's types do not know. */
const RECORD = `(async () => {
  const recorder = new MediaRecorder(await navigator.mediaDevices.getUserMedia({ audio: true }), { mimeType: 'audio/webm;codecs=opus' });
  const parts = [];
  recorder.ondataavailable = ({ data }) => { parts.push(data); };
  const ended = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start(250);
  await new Promise((resolve) => { setTimeout(resolve, ${RECORD_MS}); });
  recorder.stop();
  await ended;
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
})()`;

withBrowser('a recording made by the browser', () => {
  let browser: Browser;
  let server: Server;
  let recording: Uint8Array;

  beforeAll(async () => {
    const port = await freePort();
    server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>record</title>')).listen(port, '127.0.0.1');
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: FLAGS });
    const page = await browser.newPage();
    await page.goto(`http://localhost:${port}`);
    // The browser's fake microphone beeps; its recorder is the real one.
    recording = Uint8Array.from(await page.evaluate<number[]>(RECORD));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it('is read whole: as long as it was recorded, and its beeps are heard', () => {
    const read = readAudioFile(recording);
    if (!read.ok) throw new Error(`${read.code} ${read.sentence}`);
    expect(read.format).toBe('webm-opus');
    expect(Math.abs(read.pcm.samples.length / 48 - RECORD_MS)).toBeLessThan(700);
    expect(measureLoudness(read.pcm).truePeakDbtp).toBeGreaterThan(-40);
  });

  it('becomes what the horns play, in a process that is killed when it misbehaves', async () => {
    const prepared = await (hasChild() ? new ChildWorkshop() : new InlineWorkshop()).prepare(recording);
    if (!prepared.ok) throw new Error(prepared.code);
    expect(prepared.truePeakCentiDbtp).toBeLessThanOrEqual(-200);
  });

  it('cannot be changed into anything that throws or stalls: 400 mutations with a printed seed', async () => {
    const seed = Number(process.env['CLARION_SEED'] ?? 20_261_122);
    const random = seededRandom(seed);
    for (let round = 0; round < 400; round += 1) {
      const bad = Uint8Array.from(recording);
      for (let change = random.int(6); change >= 0; change -= 1) bad[random.int(bad.length)] = random.int(256);
      const cut = random.int(10) < 3 ? bad.subarray(0, random.int(bad.length)) : bad;
      // The container for every one, the decoder for one in ten: that is where the time goes.
      const read = round % 10 === 0 ? readAudioFile(cut) : readWebmOpus(cut);
      if (!read.ok && !/^AUDIO_/.test(read.code)) throw new Error(`seed ${seed}, round ${round}: ${read.code}`);
    }
  });
});
