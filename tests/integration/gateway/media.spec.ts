import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import path from 'node:path';
import { until } from '../../support/until';
import { Bench } from './support/bench';
import { rawTls } from './support/test-terminal';

const audio = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 251));
const digest = createHash('sha256').update(audio).digest('hex');

describe('media over the device port', () => {
  let bench: Bench;
  let token: string;
  beforeAll(async () => {
    bench = await Bench.open();
    const folder = path.join(bench.dataDir, 'media', digest.slice(0, 2));
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, digest), audio);
    const terminal = bench.connect();
    await terminal.hello('t-1', await bench.device('t-1'));
    token = (await terminal.frame('welcome')).mediaToken;
  });
  afterAll(() => bench.close());

  function get(target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest({ host: '127.0.0.1', port: bench.port, ca: bench.ca, path: target, method, headers: { authorization: `Bearer ${token}`, ...headers } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end();
    });
  }

  it('sends the whole file with its digest as ETag', async () => {
    const { status, headers, body } = await get(`/media/${digest}`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ etag: `"${digest}"`, 'content-type': 'audio/ogg', 'accept-ranges': 'bytes', 'content-length': '200000' });
    expect(body.equals(audio)).toBe(true);
  });

  it('lets a broken download go on where it ended', async () => {
    const first = await get(`/media/${digest}`, { range: 'bytes=0-99999' });
    const rest = await get(`/media/${digest}`, { range: 'bytes=100000-', 'if-range': `"${digest}"` });
    expect([first.status, rest.status]).toEqual([206, 206]);
    expect(rest.headers['content-range']).toBe('bytes 100000-199999/200000');
    expect(Buffer.concat([first.body, rest.body]).equals(audio)).toBe(true);
  });

  it('answers a range beyond the end with 416 and the size', async () => {
    const { status, headers } = await get(`/media/${digest}`, { range: 'bytes=200000-' });
    expect(status).toBe(416);
    expect(headers['content-range']).toBe('bytes */200000');
  });

  it('sends the whole file when If-Range names other content', async () => {
    expect((await get(`/media/${digest}`, { range: 'bytes=5-', 'if-range': '"other"' })).status).toBe(200);
  });

  it('answers 304 to a terminal that has it, and HEAD without a body', async () => {
    expect((await get(`/media/${digest}`, { 'if-none-match': `"${digest}"` })).status).toBe(304);
    const head = await get(`/media/${digest}`, {}, 'HEAD');
    expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, '200000']);
  });

  it('answers 404 for what is not there', async () => {
    const { status, body } = await get(`/media/${'0'.repeat(64)}`);
    expect([status, body.toString()]).toEqual([404, '{"code":"MEDIA_UNKNOWN"}']);
  });

  it('never gives an original: what people sent stays on the server, by whatever name it is asked for', async () => {
    const original = Buffer.from('what somebody sent');
    const named = createHash('sha256').update(original).digest('hex');
    const folder = path.join(bench.dataDir, 'media-originals');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, named), original);
    for (const target of [`/media/${named}`, `/media-originals/${named}`, `/media/../media-originals/${named}`, `/media/%2e%2e/media-originals/${named}`, `/media/${named}?original=1`]) {
      const { status, body } = await get(target);
      expect([target, status, body.includes(original)]).toEqual([target, 404, false]);
    }
  });

  it.each([
    ['no token', { authorization: '' }],
    ['a wrong token', { authorization: `Bearer ${'f'.repeat(64)}` }],
    ['another scheme', { authorization: 'Basic dDp0' }],
  ])('answers 401 with %s', async (_what, headers) => {
    expect((await get(`/media/${digest}`, headers)).status).toBe(401);
  });

  it('takes a token no longer than its connection lives', async () => {
    const terminal = bench.connect();
    await terminal.hello('t-2', await bench.device('t-2'));
    const { mediaToken } = await terminal.frame('welcome');
    const authorization = `Bearer ${mediaToken}`;
    expect((await get(`/media/${digest}`, { authorization })).status).toBe(200);
    terminal.socket.close();
    await until(() => bench.sessions.get('t-2' as never) === undefined);
    expect((await get(`/media/${digest}`, { authorization })).status).toBe(401);
  });

  it.each([
    '/media/../pki/server-key.pem', '/media/..%2f..%2fpki%2fserver-key.pem', `/media/${digest}/..`, `/media/${digest}?x`,
    `/media/${digest.toUpperCase()}`, `/media/${digest.slice(1)}`, `//media/${digest}`, '/media/', '/',
  ])('knows no name but 64 hex digits: %s', async (target) => {
    const answer = await rawTls(bench.port, bench.ca, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 404/);
    expect(answer).not.toContain('PRIVATE KEY');
  });

  it('never follows a symbolic link and never serves a folder', async () => {
    const link = 'ab'.repeat(32);
    await mkdir(path.join(bench.dataDir, 'media', 'ab'), { recursive: true });
    await symlink(path.join(bench.dataDir, 'pki', 'server-key.pem'), path.join(bench.dataDir, 'media', 'ab', link));
    await mkdir(path.join(bench.dataDir, 'media', 'cd', 'cd'.repeat(32)), { recursive: true });
    expect((await get(`/media/${link}`)).status).toBe(404);
    expect((await get(`/media/${'cd'.repeat(32)}`)).status).toBe(404);
  });

  it('refuses other methods', async () => {
    expect((await get(`/media/${digest}`, {}, 'DELETE')).status).toBe(405);
  });

  it('serves four downloads of one terminal at a time and asks it to wait with the fifth', async () => {
    // Bigger than what the kernel takes, so that unread answers stay open.
    const big = Buffer.alloc(24 * 1_048_576, 5);
    const name = createHash('sha256').update(big).digest('hex');
    await mkdir(path.join(bench.dataDir, 'media', name.slice(0, 2)), { recursive: true });
    await writeFile(path.join(bench.dataDir, 'media', name.slice(0, 2), name), big);
    const slow = await Promise.all(Array.from({ length: 4 }, () => new Promise<() => void>((resolve, reject) => {
      const request = httpsRequest({ host: '127.0.0.1', port: bench.port, ca: bench.ca, path: `/media/${name}`, headers: { authorization: `Bearer ${token}` }, agent: false }, (response) => {
        response.pause();
        resolve(() => request.destroy());
      });
      request.on('error', reject);
      request.end();
    })));
    const fifth = await get(`/media/${digest}`);
    expect([fifth.status, fifth.headers['retry-after']]).toEqual([429, '1']);
    for (const end of slow) end();
    let after = await get(`/media/${digest}`);
    while (after.status === 429) after = await get(`/media/${digest}`);
    expect(after.status).toBe(200);
  });
});
