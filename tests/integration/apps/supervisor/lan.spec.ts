import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { certificateFingerprint, createDistrictCa, generateRsaKey, issueServerCertificate, type DistrictCa } from '#libs/pki';
import { lanAddresses, lanNames } from '../../../../apps/supervisor/src/lan/addresses';
import { IdentityFiles } from '../../../../apps/supervisor/src/lan/identity-files';
import { readableFingerprint } from '../../../../apps/supervisor/src/lan/install-page';
import { LanListeners, type LanIdentity, type LanPorts } from '../../../../apps/supervisor/src/lan/listeners';
import { freePort } from '../../../support/ports';

/** Another address of this machine than the one on which the servers behind listen. */
const ADDRESS = '127.0.0.2';
const NOW = Date.now();

let ca: DistrictCa;
let ports: LanPorts;
let listeners: LanListeners;
let inner: readonly http.Server[];
const seen: http.IncomingMessage[] = [];

async function identity(): Promise<LanIdentity> {
  const pair = await generateRsaKey(2_048);
  const cert = issueServerCertificate({ ca, names: { dns: ['horn.local'], ip: [ADDRESS] }, publicKeyPem: pair.publicKeyPem, now: NOW, serial: new Uint8Array(randomBytes(16)) });
  return { caPem: ca.certPem, cert, key: pair.privateKeyPem };
}

/** What stands behind: says its name, echoes what it was sent, and takes an upgrade. */
function innerServer(name: string): http.Server {
  const server = http.createServer((request, response) => {
    seen.push(request);
    let body = '';
    request.on('data', (chunk: Buffer) => { body += chunk.toString(); });
    request.on('end', () => response.writeHead(200, { 'x-inner': name, connection: 'close' }).end(`${name} ${request.method ?? ''} ${request.url ?? ''} ${body}`));
  });
  server.on('upgrade', (request, socket) => {
    seen.push(request);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n');
    socket.pipe(socket);
  });
  return server;
}

beforeAll(async () => {
  ca = await createDistrictCa({ districtId: 'jingkai', now: NOW, serial: new Uint8Array(randomBytes(16)) });
  ports = { console: await freePort(), consoleTls: await freePort(), stop: await freePort(), sign: await freePort() };
  inner = [innerServer('console'), innerServer('stop'), innerServer('sign')];
  await Promise.all([ports.console, ports.stop, ports.sign].map((port, at) => new Promise<void>((resolve) => { inner[at]?.listen(port, '127.0.0.1', resolve); })));
  const faults: unknown[] = [];
  listeners = new LanListeners(ports, await identity(), true, (_address, cause) => faults.push(cause));
  await listeners.follow([ADDRESS]);
  expect(faults).toEqual([]);
});

afterAll(() => {
  listeners.close();
  inner.forEach((server) => server.close());
});

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

function ask(options: https.RequestOptions & { readonly secure?: boolean; readonly send?: string }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = (options.secure === true ? https : http).request({ host: ADDRESS, agent: false, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }));
    });
    asked.on('error', reject);
    asked.end(options.send);
  });
}

describe('plain http on the network', () => {
  it('shows how to install the district\'s certificate, Chinese first, with its fingerprint and what stays missing', async () => {
    const { status, headers, body } = await ask({ port: ports.console, path: '/install' });
    const page = body.toString();
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const print = certificateFingerprint(ca.certPem).toUpperCase().match(/../g) ?? [];
    expect(page.split(print.slice(0, 16).join(' '))).toHaveLength(3);
    expect(page).toContain(`https://${ADDRESS}:${ports.consoleTls}/`);
    expect(page.indexOf('这里不能登录')).toBeLessThan(page.indexOf('nobody can sign in here'));
    expect(page).not.toMatch(/<script|<form|<input/i);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('gives the certificate itself in the types that phones install, and never a key', async () => {
    const der = await ask({ port: ports.console, path: '/install/clarion-ca.crt' });
    expect(der.headers['content-type']).toBe('application/x-x509-ca-cert');
    expect(new X509Certificate(der.body).fingerprint256).toBe(new X509Certificate(ca.certPem).fingerprint256);
    const pem = await ask({ port: ports.console, path: '/install/ca.pem' });
    expect(pem.body.toString()).toBe(ca.certPem);
    for (const path of ['/install/ca-key.pem', '/install/server-key.pem', '/install/../pki/ca-key.pem']) expect((await ask({ port: ports.console, path })).status).toBe(404);
  });

  it('leads everybody there, and serves nothing of the console: no page, no API, no sign-in', async () => {
    expect(await ask({ port: ports.console, path: '/' })).toMatchObject({ status: 302, headers: { location: '/install' } });
    const before = seen.length;
    for (const path of ['/api/session', '/api/health', '/app.js', '/socket.io/?EIO=4']) expect((await ask({ port: ports.console, path })).status).toBe(404);
    expect((await ask({ port: ports.console, path: '/api/session', method: 'POST', send: '{"account":"a","password":"b"}' })).status).toBe(405);
    expect(seen).toHaveLength(before);
  });

  it('takes the address from the connection, not from what the caller wrote', async () => {
    const { body } = await ask({ port: ports.console, path: '/install', headers: { host: 'evil.example' } });
    expect(body.toString()).not.toContain('evil');
  });
});

describe('TLS on the network', () => {
  it('brings a client that trusts only the installed certificate to the console', async () => {
    const { body: pem } = await ask({ port: ports.console, path: '/install/ca.pem' });
    const answer = await ask({ secure: true, ca: pem.toString(), port: ports.consoleTls, path: '/api/areas?x=1', method: 'POST', send: 'body' });
    expect([answer.status, answer.headers['x-inner'], answer.body.toString()]).toEqual([200, 'console', 'console POST /api/areas?x=1 body']);
    expect((await ask({ secure: true, ca: pem.toString(), port: ports.consoleTls, servername: 'horn.local', path: '/' })).status).toBe(200);
  });

  it('brings the signing pages to phones on an origin of their own, over TLS alone, and says that it was TLS', async () => {
    const answer = await ask({ secure: true, ca: ca.certPem, port: ports.sign, path: '/where.json' });
    expect([answer.status, answer.headers['x-inner'], seen.at(-1)?.headers['x-forwarded-proto']]).toEqual([200, 'sign', 'https']);
    await expect(ask({ port: ports.sign, path: '/' })).rejects.toThrow();
  });

  it('is refused by a client that has not installed it', async () => {
    await expect(ask({ secure: true, port: ports.consoleTls, path: '/' })).rejects.toThrow(/certificate|issuer/);
  });

  it('tells the server behind the caller\'s true address, whatever the caller claims', async () => {
    await ask({ secure: true, ca: ca.certPem, port: ports.consoleTls, path: '/', headers: { 'x-forwarded-for': '9.9.9.9', forwarded: 'for=9.9.9.9', 'x-forwarded-host': 'evil', te: 'trailers' } });
    const headers: http.IncomingHttpHeaders = seen.at(-1)?.headers ?? {};
    expect(headers['x-forwarded-for']).toMatch(/^127\./);
    expect([headers['forwarded'], headers['x-forwarded-host'], headers['te'], headers['x-forwarded-proto']]).toEqual([undefined, undefined, undefined, 'https']);
  });

  it('passes the live feed through', async () => {
    const socket = tls.connect({ host: ADDRESS, port: ports.consoleTls, ca: ca.certPem });
    socket.write(`GET /socket.io/ HTTP/1.1\r\nhost: ${ADDRESS}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n`);
    const text = await new Promise<string>((resolve) => {
      let heard = '';
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.toString();
        if (heard.includes('\r\n\r\n') && !heard.includes('ping')) socket.write('ping');
        if (heard.endsWith('ping')) resolve(heard);
      });
    });
    socket.destroy();
    expect(text).toMatch(/^HTTP\/1\.1 101 /);
    expect(seen.at(-1)?.headers['x-forwarded-for']).toMatch(/^127\./);
  });

  it('reaches STOP on the port that the page looks for, apart from the console', async () => {
    const answer = await ask({ secure: true, ca: ca.certPem, port: ports.stop, path: '/stop', method: 'POST', send: '{}' });
    expect(answer.headers['x-inner']).toBe('stop');
    const plain = net.connect(ports.stop, ADDRESS);
    plain.write('POST /stop HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n');
    const heard = await new Promise<string>((resolve) => { let text = ''; plain.on('data', (chunk: Buffer) => { text += chunk.toString(); }); plain.on('close', () => resolve(text)); });
    expect(heard).not.toMatch(/ 200 /);
  });

  it('says that the server is gone, and works again when it is back', async () => {
    const [console] = inner;
    await new Promise((resolve) => console?.close(resolve));
    expect(await ask({ secure: true, ca: ca.certPem, port: ports.consoleTls, path: '/' })).toMatchObject({ status: 502 });
    await new Promise<void>((resolve) => { console?.listen(ports.console, '127.0.0.1', resolve); });
    expect((await ask({ secure: true, ca: ca.certPem, port: ports.consoleTls, path: '/' })).status).toBe(200);
  });

  it('takes a renewed certificate without a break, and follows the machine\'s addresses', async () => {
    const renewed = await identity();
    listeners.renew(renewed);
    const shown = await new Promise<string>((resolve) => {
      const socket = tls.connect({ host: ADDRESS, port: ports.consoleTls, ca: ca.certPem }, () => {
        resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
        socket.destroy();
      });
    });
    expect(shown).toBe(new X509Certificate(renewed.cert).fingerprint256);
    // A new authority is on the install page and in its files at once: nobody trusts the old one anew.
    const authority = await createDistrictCa({ districtId: 'jingkai', now: NOW, serial: new Uint8Array(randomBytes(16)) });
    listeners.renew({ ...renewed, caPem: authority.certPem });
    expect((await ask({ port: ports.console, path: '/install/ca.pem' })).body.toString()).toBe(authority.certPem);
    expect((await ask({ port: ports.console, path: '/install/clarion-ca.crt' })).body).toEqual(new X509Certificate(authority.certPem).raw);
    expect((await ask({ port: ports.console, path: '/install' })).body.toString()).toContain(readableFingerprint(certificateFingerprint(authority.certPem)).join('<br>'));
    listeners.renew(renewed);
    await listeners.follow(['127.0.0.3']);
    expect(listeners.addresses).toEqual(['127.0.0.3']);
    await expect(ask({ port: ports.console, path: '/install' })).rejects.toThrow(/ECONNREFUSED/);
    await listeners.follow([ADDRESS]);
  });
});

describe('the certificate files', () => {
  it('are taken when they change, whatever their dates, and never half written or of two that do not belong together', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'clarion-lan-'));
    const write = (files: Readonly<Record<string, string>>): void => Object.entries(files).forEach(([name, text]) => writeFileSync(path.join(folder, name), text));
    const [old, fresh] = [await identity(), await identity()];
    const files = new IdentityFiles(folder);
    expect(files.take()).toBeUndefined();
    write({ 'ca.pem': old.caPem, 'server.pem': old.cert, 'server-key.pem': old.key });
    expect(files.take()).toEqual(old);
    expect(files.take()).toBeUndefined();
    const before = statSync(path.join(folder, 'server.pem'));
    write({ 'server-key.pem': fresh.key });
    expect(files.take()).toBeUndefined();
    write({ 'server.pem': fresh.cert.slice(0, 100) });
    expect(files.take()).toBeUndefined();
    write({ 'server.pem': fresh.cert });
    utimesSync(path.join(folder, 'server.pem'), before.atime, before.mtime);
    expect(files.take()).toEqual(fresh);
    rmSync(folder, { recursive: true });
  });
});

describe('the machine\'s own addresses', () => {
  it('leave out the loopback, what a link gave itself, and names that no certificate can carry', () => {
    const entry = (address: string, internal = false, family: 'IPv4' | 'IPv6' = 'IPv4') => ({ address, internal, family, netmask: '', mac: '', cidr: null, ...(family === 'IPv6' ? { scopeid: 0 } : {}) }) as never;
    expect(lanAddresses({ lo: [entry('127.0.0.1', true)], eth0: [entry('192.168.1.7'), entry('fe80::1', false, 'IPv6')], usb0: [entry('169.254.1.2')] })).toEqual(['192.168.1.7']);
    expect([lanNames('Horn'), lanNames('a.example'), lanNames('localhost'), lanNames('bad_name')]).toEqual([['horn', 'horn.local'], ['a.example'], [], []]);
  });
});
