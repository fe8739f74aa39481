import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Bundle, ServedFile } from './bundle';
import type { SignConfig } from './config';

const MAX_CONNECTIONS = 500;
const LIMIT_MS = 10_000;
const HOST = /^([a-z0-9.-]{1,253}|\[[0-9a-f:]{2,39}\])(?::\d{1,5})?$/;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The signing origin: files from memory and two small answers about itself, nothing of the platform, nothing that a caller
 * wrote. Answers only under its own names (threats T14), only GET and HEAD.
 */
export function createSignServer(bundle: Bundle, config: Pick<SignConfig, 'origins' | 'api' | 'apiPorts' | 'behindProxy'>): Server {
  const hosts = new Set([...LOOPBACK, ...config.origins.map((origin) => bracketed(new URL(origin).hostname))]);
  const build = Buffer.from(`${JSON.stringify(bundle.build, null, 2)}\n`);
  const server = createServer({ headersTimeout: LIMIT_MS, requestTimeout: LIMIT_MS, keepAliveTimeout: LIMIT_MS }, (request, response) => {
    const [, name = ''] = HOST.exec(request.headers.host?.toLowerCase() ?? '') ?? [];
    if (!hosts.has(name)) return refuse(response, 421, 'This server does not answer under this name; CLARION_SIGN_ORIGIN lists its addresses.');
    const api = config.api ?? apiBeside(request, name, config);
    dress(response, api);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Only GET.');
    const [at = '/'] = (request.url ?? '/').split('?');
    if (at === '/where.json') return answer(request, response, Buffer.from(JSON.stringify({ api })));
    if (at === '/build.json') return answer(request, response, build);
    const file = bundle.files.get(at);
    if (file === undefined) return refuse(response, 404, 'There is no such page.');
    if (WORKER.test(at)) response.setHeader('Content-Security-Policy', WORKER_POLICY);
    send(request, response, file);
  });
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

/** The console's port under the same name, over https when the page was opened so. */
function apiBeside(request: IncomingMessage, name: string, { apiPorts, behindProxy }: Pick<SignConfig, 'apiPorts' | 'behindProxy'>): string {
  return behindProxy && request.headers['x-forwarded-proto'] === 'https' ? `https://${name}:${apiPorts.https}` : `http://${name}:${apiPorts.http}`;
}

/** The one worker: it may compile WebAssembly, which no page may, and reaches nothing (docs/adr/0025). */
const WORKER = /^\/assets\/opus-worker-[\w-]+\.js$/;
export const WORKER_POLICY = "default-src 'none'; script-src 'wasm-unsafe-eval'";

/** What every answer carries. docs/signing-pages.md has the same list for whoever hosts the pages apart; a test compares. */
export function pageHeaders(api: string): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ${api} ${api.replace(/^http/, 'ws')}; media-src blob:; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types clarion-encoder`,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Permissions-Policy': 'camera=(self), microphone=(self), geolocation=(), publickey-credentials-get=(self), publickey-credentials-create=(self)',
  };
}

function dress(response: ServerResponse, api: string): void {
  for (const [name, value] of Object.entries(pageHeaders(api))) response.setHeader(name, value);
}

function send(request: IncomingMessage, response: ServerResponse, { body, type, etag, isImmutable }: ServedFile): void {
  response.setHeader('Content-Type', type);
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return;
  }
  response.end(request.method === 'HEAD' ? undefined : body);
}

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-store');
  response.end(request.method === 'HEAD' ? undefined : body);
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }).end(`${sentence}\n`);
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
