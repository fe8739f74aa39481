import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Config } from '../../kernel/config';

interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

/** Files of the page; the client of our own live feed comes from its package. */
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/app.js': ['app.js', 'text/javascript; charset=utf-8'],
  '/words.js': ['words.js', 'text/javascript; charset=utf-8'],
  '/enrol.js': ['enrol.js', 'text/javascript; charset=utf-8'],
  '/picture.js': ['picture.js', 'text/javascript; charset=utf-8'],
  '/style.css': ['style.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
};
const HOST = /^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$|^\[[0-9a-f:]{2,39}\](:\d{1,5})?$/;

/**
 * The one web page until the console comes: what is sounding where, and the STOP button. Static, without inline script;
 * its policy lets it speak to this server, to the live feed and to the STOP listener, and to nothing else.
 */
export function statusPage(config: Pick<Config, 'ports' | 'demo' | 'signOrigins'>): RequestHandler {
  const files = new Map(Object.entries(FILES).map(([at, [name, type]]) => [at, load(path.join(__dirname, 'page', name), type, config)]));
  files.set('/live-client.js', load(path.join(path.dirname(require.resolve('socket.io-client/package.json')), 'dist', 'socket.io.min.js'), 'text/javascript; charset=utf-8', config));
  return (request: Request, response: Response, next: NextFunction) => {
    const file = request.method === 'GET' || request.method === 'HEAD' ? files.get(request.path) : undefined;
    if (file === undefined) return next();
    const host = request.headers.host ?? '';
    response.setHeader('Content-Security-Policy', policyFor(HOST.test(host) ? host : `localhost:${config.ports.console}`, config.ports.stop));
    response.setHeader('Cache-Control', 'no-cache');
    response.setHeader('ETag', file.etag);
    if (request.headers['if-none-match'] === file.etag) {
      response.status(304).end();
      return;
    }
    response.setHeader('Content-Type', file.type);
    response.end(request.method === 'HEAD' ? undefined : file.body);
  };
}

function policyFor(host: string, stopPort: number): string {
  const name = host.replace(/:\d+$/, '');
  const reach = [`'self'`, `ws://${host}`, `wss://${host}`, `http://${name}:${stopPort}`, `https://${name}:${stopPort}`];
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src ${reach.join(' ')}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

function load(file: string, type: string, config: Pick<Config, 'ports' | 'demo' | 'signOrigins'>): PageFile {
  const text = readFileSync(file, 'utf8').replaceAll('{{stop-port}}', String(config.ports.stop)).replaceAll('{{demo}}', config.demo ? 'yes' : 'no').replaceAll('{{sign-origin}}', config.signOrigins[0] ?? '');
  const body = Buffer.from(text);
  return { type, body, etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"` };
}
