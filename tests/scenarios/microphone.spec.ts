import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { z } from 'zod';
import { decodeOggOpus, evanOpus, writeWav } from '#libs/audio';
import { documentsAnswerSchema, keyRecordSchema, LIMITS, receiptSchema, rosterSchema, soundViewSchema, trustViewSchema } from '#libs/contracts';
import { encodePayload, PACKET_MS, readLiveBlocks, unverifiedPayload } from '#libs/envelope';
import { signEnvelope } from '#libs/suites';
import { DemoKeyFolder, detailOf, systemClock } from '../../apps/cli/src';
import { actor, type Actor } from '../../apps/scripted-day/src/actor';
import { postApproval } from '../../apps/scripted-day/src/attacks/api';
import { castOf } from '../../apps/scripted-day/src/cast';
import { makeSetting, type Setting } from '../../apps/scripted-day/src/config';
import { percentiles } from '../../apps/scripted-day/src/figures';
import { Simulator } from '../../apps/scripted-day/src/simulator';
import { deliveriesOf, isFinal, receiptsOf } from '../../apps/scripted-day/src/steps/publish';
import { until } from '../../apps/scripted-day/src/until';
import { heardAt, packetsDigest, saidPackets, spreadMs, type HeardPackets } from '../../apps/scripted-day/src/voice/heard-packets';
import { startSystem, type RunningSystem } from '../../apps/supervisor/src/system';
import { LOOK_RATE, placeOf, thinned } from '../support/likeness';
import { CHROMIUM } from '../support/chromium';

/*
 * The whole way of a voice: a page in a real browser before a microphone that hears spoken words, the real platform and
 * gateway, every simulated loudspeaker of the demo district, and back: what loudspeakers sounded beside what went in.
 * CLARION_LONG=1: all 600; CLARION_LONG=small: one township of 12. It lasts, so it does not run by itself.
 */
const SIZE = process.env['CLARION_LONG'];
const whenLong = CHROMIUM !== undefined && (SIZE === '1' || SIZE === 'small') ? describe : describe.skip;
const IS_SMALL = SIZE === 'small';
const PORT_OFFSET = 17_000;
const DIST = path.resolve(__dirname, '../../dist');
const SPEAK_MS = 12_000;
const AT_ONCE = 100;
const PART_MS = 1_000;
/** The device levels and cleans what it hears before the page has it. */
const ALIKE = 0.6;

whenLong('a page before a microphone, heard by a district', () => {
  const cast = castOf(IS_SMALL);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-microphone-'));
  let setting: Setting;
  let system: RunningSystem;
  let simulator: Simulator;
  let author: Actor;
  let approver: Actor;
  let browser: Browser | undefined;
  let page: Page;
  /** What the microphone hears, over and over, 48 kHz. */
  let spoken: Float32Array;

  const cli = (): Setting['cli'] => setting.cli;
  async function hold(selector: string, then: string): Promise<void> {
    await page.locator(selector).hover();
    await page.mouse.down();
    await page.waitForSelector(then);
    await page.mouse.up();
  }
  const goTo = (hash: string): Promise<unknown> => page.evaluate(`location.hash = ${JSON.stringify(hash)}`);

  /** The phrases that the platform's own voice has spoken, one after the other. */
  async function stockPhrases(): Promise<Float32Array> {
    const sounds = await until(90_000, async () => {
      const all = await author.context.api.get('/api/sounds', z.array(soundViewSchema));
      return all.some(({ id }) => id === 'phrase-drill-closing') ? all : undefined;
    }, 500) ?? [];
    const phrases = sounds.filter(({ id }) => id.startsWith('phrase-')).map(({ sha256: name }) => decodeOggOpus(readFileSync(path.join(cli().dataDir, 'media', name.slice(0, 2), name))).samples);
    return Float32Array.from(phrases.flatMap((samples) => [...samples]).slice(0, 8 * 48_000));
  }

  async function logsOf(terminals: readonly string[], since: number): Promise<ReadonlyMap<string, HeardPackets>> {
    const logs = new Map<string, HeardPackets>();
    for (let from = 0; from < terminals.length; from += AT_ONCE) {
      for (const [terminal, log] of await simulator.voices(since, terminals.slice(from, from + AT_ONCE))) logs.set(terminal, log);
    }
    return logs;
  }

  /** The browser's key comes into the district's roster, signed by its officers. */
  async function enterKey(): Promise<void> {
    await goTo('#/keys');
    await page.click('#make-software');
    const card = page.locator('.key[data-kind=software]').last();
    await card.waitFor();
    const key = keyRecordSchema.parse(JSON.parse(await card.locator('.record').textContent() ?? ''));
    const officer = await actor(cli(), cast.district, cast.officer);
    const { rosters } = await officer.context.api.get('/api/trust', trustViewSchema);
    const held = rosters.map((one) => rosterSchema.parse(unverifiedPayload(one))).find(({ platform }) => platform === cast.district);
    if (held === undefined) throw new Error('no roster of the district');
    const persons = held.persons.map((one) => (one.id === cast.noticeAuthor ? { ...one, keys: [...one.keys, key] } : one));
    const keys = await DemoKeyFolder.open(cli().demoKeysDir, systemClock);
    const names = readdirSync(path.join(cli().demoKeysDir, 'officers', cast.district)).map((name) => name.replace('.key.json', ''));
    const signers = await Promise.all(names.slice(0, 2).map((name) => keys.signer(`officers/${cast.district}/${name}`)));
    const document = await signEnvelope('roster', encodePayload({ ...held, persons, version: held.version + 1, issuedAt: systemClock.now() }), signers);
    await officer.context.api.post('/api/trust/documents', documentsAnswerSchema, { documents: [document] });
  }

  beforeAll(async () => {
    setting = makeSetting(PORT_OFFSET);
    system = await startSystem({ config: setting.supervisor, dist: DIST, small: IS_SMALL });
    simulator = new Simulator(cli());
    const isWhole = await until(180_000, async () => {
      const { terminals, assigned, online } = await simulator.status();
      return terminals > 0 && assigned === terminals && online === terminals ? true : undefined;
    }, 500);
    expect(isWhole).toBe(true);
    author = await actor(cli(), cast.district, cast.noticeAuthor);
    approver = await actor(cli(), cast.district, cast.noticeApprover);
    spoken = await stockPhrases();
    const voice = path.join(folder, 'voice.wav');
    writeFileSync(voice, writeWav({ sampleRate: 48_000, samples: spoken }));
    browser = await chromium.launch({
      executablePath: CHROMIUM ?? '', args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${voice}`],
    });
    page = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(`http://localhost:${setting.supervisor.platform.ports.sign}`);
    await page.fill('#account', cast.noticeAuthor);
    await page.fill('#password', readFileSync(path.join(cli().demoKeysDir, 'passphrase'), 'utf8').trim());
    await page.click('#enter');
    await page.waitForSelector('.who');
    await enterKey();
  }, 400_000);
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    setting?.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('every loudspeaker sounds the very packets that the page signed, in step and proved, and they are the words that went in', async () => {
    await goTo('#/live');
    await page.waitForSelector('#ask-title');
    await page.selectOption('#class', 'notice');
    await page.fill('#ask-title', '全区喊话');
    await page.fill('#ask-text', '现场喊话。');
    for (const box of await page.locator('fieldset.areas input').all()) await box.setChecked(await box.inputValue() === cast.wholeDistrict[0]);
    await page.click('#ask-read');
    await hold('#ask-hold', '#waiting');
    const id = /approve\/([0-9a-f-]+)/.exec(await page.textContent('#share') ?? '')?.[1] ?? '';
    await postApproval(approver, await detailOf(approver.context, id), approver.person, approver.signer);
    await page.waitForSelector('#release');
    const pressedAt = systemClock.now();
    await hold('#release', '#doing, #on-air');
    await page.waitForSelector('#on-air[data-phase=speaking]');
    const firstWordMs = systemClock.now() - pressedAt;
    await new Promise((resolve) => { setTimeout(resolve, SPEAK_MS); });
    const provedWhile = [await page.getAttribute('#heard', 'data-proved'), await page.getAttribute('#heard', 'data-targeted')].map(Number);
    await page.click('#end');
    await page.waitForSelector('#ended');
    const endedAt = systemClock.now();
    expect(await page.getAttribute('#ended', 'data-code')).toBe('LIVE_SAID');

    const view = await detailOf(author.context, id);
    const published = { id, digest: view.messageDigest, author, view };
    const { terminals } = await simulator.status();
    const record = readFileSync(path.join(cli().dataDir, 'live', `${published.digest.slice(0, 32)}.clr`));
    const packets = saidPackets(readLiveBlocks(record, LIMITS.liveBlockBytes)?.blocks ?? []);
    expect(packets.length).toBeGreaterThan(0.9 * (SPEAK_MS / PACKET_MS));
    // When each packet left each card, by the simulator's own log, which reaches back a minute.
    const everywhere = (await deliveriesOf(published)).map(({ terminal }) => terminal);
    const cards = await until(15_000, async () => {
      const logs = await logsOf(everywhere, pressedAt);
      return everywhere.every((terminal) => logs.get(terminal)?.length === packets.length) ? logs : undefined;
    }, 1_000) ?? await logsOf(everywhere, pressedAt);

    const rows = await until(60_000, async () => {
      const all = await deliveriesOf(published);
      return all.every(isFinal) ? all : undefined;
    }, 500) ?? await deliveriesOf(published);
    const provedMs = systemClock.now() - endedAt;
    const fates = new Map<string, number>();
    for (const { state, reason } of rows) fates.set(`${state} ${reason ?? ''}`, (fates.get(`${state} ${reason ?? ''}`) ?? 0) + 1);
    const refusals = new Set((await simulator.refusals(pressedAt)).map(({ code }) => code));
    process.stdout.write(`microphone: first word ${firstWordMs} ms after the press; proved while speaking ${provedWhile.join(' of ')}; ${JSON.stringify([...fates])}, refused ${[...refusals].join(' ') || 'nothing'}, ${packets.length} packets\n`);
    expect([...fates]).toEqual([['done ', terminals]]);

    // What the platform wrote down is what every unit signed that it sounded.
    const played = packetsDigest(packets);
    const ends = (await receiptsOf(published)).map(({ terminal, envelope }) => ({ terminal, receipt: receiptSchema.parse(unverifiedPayload(envelope)) })).filter(({ receipt }) => receipt.live !== undefined && receipt.messageDigest === published.digest);
    const whole = ends.filter(({ receipt }) => receipt.playedDigest === played);
    const spread = percentiles(spreadMs([...cards.values()].map((log) => heardAt(packets, log))));
    process.stdout.write(`microphone: ${terminals} loudspeakers; first word ${firstWordMs} ms after the press; proved while speaking ${provedWhile.join(' of ')}, all by ${provedMs} ms after the end; ${whole.length} sounded every packet; first to last of all ${JSON.stringify(spread)} ms\n`);
    expect([new Set(ends.map(({ terminal }) => terminal)).size, whole.length]).toEqual([terminals, terminals]);

    // One unit's sound, from its own log, beside what went into the microphone.
    const [named] = z.looseObject({ terminals: z.array(z.looseObject({ id: z.string(), named: z.boolean() })) }).parse(JSON.parse(readFileSync(path.join(cli().dataDir, 'simulator', 'fleet.json'), 'utf8'))).terminals.filter((one) => one.named);
    const log = cards.get(named?.id ?? '') ?? [];
    expect(log.map(([, name]) => name)).toEqual(packets.map(({ digest }, n) => digest.slice(0, log[n]?.[1].length)));
    const decoder = evanOpus.createDecoder();
    const sounded = thinned(Float32Array.from(packets.flatMap(({ opus }) => [...decoder.decode(opus)])));
    const said = thinned(spoken);
    const length = (PART_MS / 1_000) * LOOK_RATE;
    const places = [2, 5, 8].map((second) => ({ second, ...placeOf(sounded.subarray(second * LOOK_RATE, second * LOOK_RATE + length), said) }));
    process.stdout.write(`microphone: likeness ${places.map(({ likeness }) => likeness.toFixed(3)).join(', ')}\n`);
    for (const { likeness } of places) expect(likeness).toBeGreaterThan(ALIKE);
    // The same words at the same pace: each second lies as far behind the first as it was said later.
    const [first] = places;
    for (const { second, at } of places) {
      const offMs = 1_000 * (((at - (first?.at ?? 0) - (second - (first?.second ?? 0)) * LOOK_RATE) % said.length + said.length * 1.5) % said.length - said.length / 2) / LOOK_RATE;
      expect(Math.abs(offMs)).toBeLessThan(60);
    }
  }, 200_000);
});
