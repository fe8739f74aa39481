import { X509Certificate } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { certificateFingerprint } from '#libs/pki';
import { INSTALL_STYLE, installPage } from './install-page';

export interface InstallOptions {
  /** The authority's certificate now: a new one is shown from the next request on. */
  readonly caPem: () => string;
  /** Port of the console over TLS on the same address. */
  readonly securePort: number;
  readonly demo: boolean;
}

interface Answer {
  readonly type: string;
  readonly body: string | Buffer;
  readonly file?: string;
}

const POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const MAX_CONNECTIONS = 200;
const LIMIT_MS = 10_000;

/** Plain http on the network: the page that explains how to trust the district, and its certificate. Nothing else, never a sign-in. */
export function createInstallServer({ caPem, securePort, demo }: InstallOptions): Server {
  const answerOf = (path: string, address: string): Answer | undefined => {
    switch (path) {
      case '/install': return { type: 'text/html; charset=utf-8', body: installPage({ secureUrl: `https://${address}:${securePort}`, fingerprint: certificateFingerprint(caPem()), demo }) };
      case '/install/style.css': return { type: 'text/css; charset=utf-8', body: INSTALL_STYLE };
      case '/install/clarion-ca.crt': return { type: 'application/x-x509-ca-cert', body: new X509Certificate(caPem()).raw, file: 'clarion-ca.crt' };
      case '/install/ca.pem': return { type: 'application/x-pem-file', body: caPem(), file: 'ca.pem' };
      default: return undefined;
    }
  };
  const server = createServer({ headersTimeout: LIMIT_MS, requestTimeout: LIMIT_MS, keepAliveTimeout: LIMIT_MS }, (request, response) => answer(request, response, answerOf));
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

function answer(request: IncomingMessage, response: ServerResponse, answerOf: (path: string, address: string) => Answer | undefined): void {
  response.setHeader('content-security-policy', POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cache-control', 'no-store');
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(response, 405, 'Only the install page is served here: /install');
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (path === '/' || path === '/install/') {
    response.writeHead(302, { location: '/install' }).end();
    return;
  }
  const found = answerOf(path, request.socket.localAddress ?? 'localhost');
  if (found === undefined) return plain(response, 404, 'Only the install page is served here: /install');
  response.writeHead(200, { 'content-type': found.type, ...(found.file === undefined ? {} : { 'content-disposition': `attachment; filename="${found.file}"` }) });
  response.end(request.method === 'HEAD' ? undefined : found.body);
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${text}\n`);
}
