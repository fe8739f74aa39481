import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type Server } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { loadBundle } from '../../../../apps/sign/src/bundle';
import { readConfig } from '../../../../apps/sign/src/config';
import { createSignServer, pageHeaders, WORKER_POLICY } from '../../../../apps/sign/src/server';
import { freePort } from '../../../support/ports';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const FILES = { 'assets/index-1.js': 'let a = 1;', 'assets/opus-worker-1_-a.js': 'let w;', 'index.html': '<!doctype html>' };
/** As `sha256sum` prints them, sorted by path. */
const HASH = sha256(Object.entries(FILES).map(([name, text]) => `${sha256(text)}  ${name}\n`).join(''));

describe('the process that serves the signing pages', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'clarion-pages-'));
    mkdirSync(path.join(folder, 'assets'));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(path.join(folder, name), text);
    told(HASH);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function told(hash: string): void {
    writeFileSync(path.join(folder, 'build.json'), JSON.stringify({ format: 'clarion-pages.v1', hash, files: Object.entries(FILES).map(([name, text]) => ({ path: name, sha256: sha256(text), bytes: text.length })) }));
  }

  it('computes the hash from what it serves; where.json beside them is no part of it', () => {
    writeFileSync(path.join(folder, 'where.json'), '{"api":"https://x"}');
    expect(loadBundle(folder).build.hash).toBe(HASH);
  });

  it('does not start with files that are not those of the manifest, nor with strange ones, nor without pages', () => {
    writeFileSync(path.join(folder, 'assets/index-1.js'), 'let a = 2;');
    expect(() => loadBundle(folder)).toThrow('PAGES_ALTERED');
    writeFileSync(path.join(folder, 'assets/index-1.js'), FILES['assets/index-1.js']);
    writeFileSync(path.join(folder, 'assets/more.js'), '');
    expect(() => loadBundle(folder)).toThrow('PAGES_ALTERED');
    writeFileSync(path.join(folder, 'assets/more.exe'), '');
    expect(() => loadBundle(folder)).toThrow('PAGES_FOREIGN');
    rmSync(path.join(folder, 'index.html'));
    rmSync(path.join(folder, 'assets/more.exe'));
    expect(() => loadBundle(folder)).toThrow('PAGES_MISSING');
  });

  it('refuses settings that are no origins, naming them all', () => {
    expect(() => readConfig({ CLARION_SIGN_ORIGIN: 'https://sign.example.cn/path', CLARION_API_ORIGIN: 'ftp://x' })).toThrow(/CLARION_SIGN_ORIGIN.*CLARION_API_ORIGIN/);
  });

  describe('answers', () => {
    let server: Server;
    let base: string;
    beforeEach(async () => {
      const port = await freePort();
      base = `http://127.0.0.1:${port}`;
      const config = readConfig({ CLARION_SIGN_ORIGIN: 'https://sign.example.cn', CLARION_PORT_OFFSET: '12000', CLARION_TRUSTED_PROXIES: '1' });
      server = createSignServer(loadBundle(folder), config).listen(port, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
    });
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    it('with a policy that lets the page speak to the API and to nobody else, and makes no markup of data', async () => {
      const { headers, status } = await fetch(base);
      expect(status).toBe(200);
      for (const [name, value] of Object.entries(pageHeaders('http://127.0.0.1:20080'))) expect(headers.get(name)).toBe(value);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' http://127.0.0.1:20080 ws://127.0.0.1:20080;");
      expect(headers.get('content-security-policy')).toContain("require-trusted-types-for 'script'");
      expect([headers.get('cache-control'), (await fetch(`${base}/assets/index-1.js`)).headers.get('cache-control')]).toEqual(['no-cache', 'public, max-age=31536000, immutable']);
    });

    it('with another policy at the one worker: it may compile WebAssembly, which no page may, and reaches nobody', async () => {
      const policies = await Promise.all(['/', '/assets/index-1.js', '/assets/opus-worker-1_-a.js'].map(async (at) => (await fetch(`${base}${at}`)).headers.get('content-security-policy') ?? ''));
      expect(policies.map((policy) => policy.includes('wasm-unsafe-eval'))).toEqual([false, false, true]);
      expect(policies[2]).toBe(WORKER_POLICY);
      expect(WORKER_POLICY).not.toContain('self');
    });

    it('where the platform is by the name it was asked under, and over https behind a proxy', async () => {
      expect(await (await fetch(`${base}/where.json`)).json()).toEqual({ api: 'http://127.0.0.1:20080' });
      expect(await (await fetch(`${base}/where.json`, { headers: { 'x-forwarded-proto': 'https' } })).json()).toEqual({ api: 'https://127.0.0.1:20443' });
      expect(await (await fetch(`${base}/build.json`)).json()).toMatchObject({ hash: HASH });
    });

    it('nothing under a name that is not its own', async () => {
      const ask = (host: string): Promise<number | undefined> => new Promise((resolve) => get(base, { headers: { host } }, (response) => resolve(response.resume().statusCode)));
      expect(await Promise.all(['evil.cn', 'sign.example.cn', 'localhost:1', 'sign.example.cn.evil.cn', '"><script>'].map(ask))).toEqual([421, 200, 200, 421, 421]);
    });

    it('nothing else: no other file, no other method, nothing outside the folder', async () => {
      const statuses = await Promise.all([fetch(`${base}/nothing`), fetch(`${base}/%2e%2e/etc/passwd`), fetch(`${base}/api/session`), fetch(base, { method: 'POST', body: 'x' })].map(async (asked) => (await asked).status));
      expect(statuses).toEqual([404, 404, 404, 405]);
    });
  });
});
