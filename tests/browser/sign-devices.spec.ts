/** docs/signing-pages.md says which kind of key works where; here the table is read and tried, cell by cell. */
import { randomBytes } from 'node:crypto';
import { createServer, type Server as TlsServer } from 'node:https';
import { request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { keyRecordSchema } from '#libs/contracts';
import { encodePayload, pae, payloadTypeOf } from '#libs/envelope';
import { createDistrictCa, generateRsaKey, issueServerCertificate } from '#libs/pki';
import { checkKeyRecord, generateKey, signEnvelope, verify } from '#libs/suites';
import { loadBundle } from '../../apps/sign/src/bundle';
import { createSignServer, pageHeaders, WORKER_POLICY } from '../../apps/sign/src/server';
import { freePort } from '../support/ports';
import { BUNDLE, CHROMIUM, withBrowser } from '../support/sign-pages';
import { makeKey } from '../support/trust-builder';

const docs = readFileSync(path.join(__dirname, '../../docs/signing-pages.md'), 'utf8');
const NAME = 'sign.clarion.test';

type Cells = ReadonlyMap<string, ReadonlyMap<string, boolean>>;

/** By column, then by key: yes or no. */
function table(): Cells {
  const lines = docs.split('\n').map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
  const head = lines.find(([first, second]) => first === 'key' && second?.startsWith('browser') === true) ?? [];
  const at = lines.indexOf(head);
  const rows = lines.slice(at + 2, at + 5);
  return new Map(head.slice(1).map((column, index) => [column, new Map(rows.map((row) => [row[0] ?? '', row[index + 1] === 'yes']))]));
}

// A browser on a busy machine is slow, and nothing here is about time.
jest.setTimeout(90_000);

withBrowser('which kind of key works on which device', () => {
  let browser: Browser;
  let server: Server;
  let tls: TlsServer;
  let [port, tlsPort] = [0, 0];
  const cells = table();

  beforeAll(async () => {
    [port, tlsPort] = [await freePort(), await freePort()];
    const config = { origins: [`http://${NAME}:${port}`, `https://${NAME}:${tlsPort}`], api: 'http://127.0.0.1:1', apiPorts: { http: 1, https: 1 }, behindProxy: false };
    server = createSignServer(loadBundle(BUNDLE), config).listen(port, 'localhost');
    const { cert, key } = await certificate();
    tls = createServer({ cert, key }, pass).listen(tlsPort, '127.0.0.1');
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox', '--ignore-certificate-errors', `--host-resolver-rules=MAP ${NAME} 127.0.0.1`] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    for (const one of [server, tls]) {
      one?.closeAllConnections();
      one?.close();
    }
  });

  /** The pages over TLS, as a proxy in front of them gives them. */
  function pass(incoming: IncomingMessage, response: ServerResponse): void {
    const outgoing = request({ host: 'localhost', port, path: incoming.url, headers: { host: `localhost:${port}` } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.end();
  }

  const SESSION = { token: 'x'.repeat(40), expiresAt: 9_999_999_999_999, account: 'a', person: 'p', platform: 'p', tier: 'village', roles: ['approver'], title: '签发人', demo: true };

  /** What can be made on the keys page of such a browser. */
  async function tried(origin: string, prepare: (context: BrowserContext) => Promise<unknown> = async () => undefined): Promise<{ readonly made: ReadonlyMap<string, boolean>; readonly warned: boolean; readonly page: Page }> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    await prepare(context);
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('WebAuthn.enable');
    await session.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
    await page.route('**/api/session', (route) => route.fulfill({ status: 201, json: SESSION, headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' } }));
    await page.goto(`${origin}/#/keys`);
    await page.fill('#account', 'a');
    await page.fill('#password', 'b');
    await page.click('#enter');
    await page.waitForSelector('#make-software');
    const made = new Map<string, boolean>();
    for (const [row, kind] of [['software key', 'software'], ['passkey', 'passkey']] as const) made.set(row, await makes(page, kind));
    const warned = (await page.locator('#insecure, #no-secure-context, #no-passkeys').count()) > 0;
    return { made, warned, page };
  }

  async function makes(page: Page, kind: 'software' | 'passkey'): Promise<boolean> {
    if (await page.locator(`#make-${kind}`).isDisabled()) return false;
    await page.click(`#make-${kind}`);
    // Only the page's own fault: a card has one, too, where no platform answers.
    await page.waitForSelector(`.key[data-kind=${kind}], section > .fault`);
    const record = page.locator(`.key[data-kind=${kind}] .record`);
    return (await record.count()) === 1 && checkKeyRecord(keyRecordSchema.parse(JSON.parse(await record.textContent() ?? ''))).ok;
  }

  const expected = (column: string): unknown => [...(cells.get(column) ?? new Map())].filter(([row]) => row !== 'key file');

  it('has a column for each device and a row for each kind', () => {
    expect([...cells.keys()]).toEqual(['browser on localhost', 'phone over https', 'phone over http on a LAN', 'in-app web view without WebAuthn', 'command line', 'program']);
    expect([...cells.values()].every((column) => [...column.keys()].join() === 'software key,passkey,key file')).toBe(true);
    // A page has no place to put a key file in.
    expect([...cells].slice(0, 4).map(([, column]) => column.get('key file'))).toEqual([false, false, false, false]);
  });

  it('a browser on localhost', async () => {
    const { made, warned } = await tried(`http://localhost:${port}`);
    expect([...made]).toEqual(expected('browser on localhost'));
    expect(warned).toBe(false);
  });

  it('a phone over https, under a name', async () => {
    const { made } = await tried(`https://${NAME}:${tlsPort}`);
    expect([...made]).toEqual(expected('phone over https'));
  });

  it('a phone over http on a LAN: the page says what is missing before anybody types a password', async () => {
    const { made, warned, page } = await tried(`http://${NAME}:${port}`);
    expect([...made]).toEqual(expected('phone over http on a LAN'));
    expect(warned).toBe(true);
    await page.click('#leave');
    expect(await page.textContent('#insecure')).toContain('不加密');
  });

  it('an in-app web view without WebAuthn', async () => {
    const { made, warned } = await tried(`http://localhost:${port}`, (context) => context.addInitScript('delete window.PublicKeyCredential; Object.defineProperty(navigator, "credentials", { value: undefined })'));
    expect([...made]).toEqual(expected('in-app web view without WebAuthn'));
    expect(warned).toBe(true);
  });

  it.each(['command line', 'program'])('%s: a key file of each suite that a program may hold', async (column) => {
    expect([...(cells.get(column) ?? [])]).toEqual([['software key', false], ['passkey', false], ['key file', true]]);
    for (const alg of ['ed25519', 'es256', 'sm2-sm3'] as const) {
      const key = await makeKey(alg);
      const payload = encodePayload({ a: 1 });
      const { signatures } = await signEnvelope('approval', payload, [key.signer]);
      expect(verify(key.record, pae(payloadTypeOf('approval'), payload), Buffer.from(signatures[0]?.sig ?? '', 'base64'))).toBe(true);
      // What a program has is a file's bytes: no browser takes them, and none gives its own out.
      expect((await generateKey(alg)).pkcs8.length).toBeGreaterThan(30);
    }
  });

  it('the headers that the docs and the nginx example name are those of our own process', () => {
    const nginx = readFileSync(path.join(__dirname, '../../deploy/nginx/clarion.conf'), 'utf8');
    for (const [name, value] of Object.entries(pageHeaders('https://eb.example.org'))) {
      expect(docs).toContain(`\n${name}: ${value}\n`);
      // nginx has one policy for the pages and one for their worker.
      expect(nginx).toContain(name === 'Content-Security-Policy' ? `    default "${value}";\n` : `add_header ${name} "${value}" always;`);
    }
    expect(docs).toContain(`\nContent-Security-Policy: ${WORKER_POLICY}\n`);
    expect(nginx).toContain(`    "~^/assets/opus-worker-[\\w-]+\\.js$" "${WORKER_POLICY}";\n`);
    expect(nginx).toContain('add_header Content-Security-Policy $clarion_sign_policy always;');
  });

  it('what a phone loads first is small', () => {
    const { files } = loadBundle(BUNDLE);
    const index = files.get('/index.html')?.body.toString() ?? '';
    const text = (file: string): string => files.get(file)?.body.toString() ?? '';
    const first = new Set([...index.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, file = '']) => file));
    // And what those load themselves before anything is shown; a set may grow while it is walked.
    for (const file of first) for (const [, name = ''] of text(file).matchAll(/(?:from|import)"\.\/([^"]+\.js)"/g)) first.add(`/assets/${name}`);
    expect(first.size).toBeGreaterThan(1);
    const bytes = ['/index.html', ...first].reduce((sum, file) => sum + gzipSync(text(file), { level: 9 }).length, 0);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(125_000);
  });
});

/** Of a district's own CA, as under `--lan`; the browser here is told not to mind. */
async function certificate(): Promise<{ readonly cert: string; readonly key: string }> {
  const now = Date.now();
  const [ca, pair] = await Promise.all([createDistrictCa({ districtId: 'd', now, serial: randomBytes(16) }), generateRsaKey(2048)]);
  return { cert: issueServerCertificate({ ca, names: { dns: [NAME], ip: [] }, publicKeyPem: pair.publicKeyPem, now, serial: randomBytes(16) }), key: pair.privateKeyPem };
}
