import type { NextFunction, Request, RequestHandler, Response } from 'express';

const METHODS = 'GET, POST, DELETE';
/** A token and JSON; a repetition's key; the page's own claim of its build. No cookie is ever used, so no credentials. */
const HEADERS = 'authorization, content-type, idempotency-key, clarion-page-build, clarion-unattended';
const EXPOSED = 'retry-after';
const PREFLIGHT_SECONDS = '600';

/**
 * The signing pages stand on an origin of their own and are the only ones that read our answers from another origin (Fetch
 * 3.2, CORS). What they may do their token decides, as everybody's.
 */
export function answersSigningPages(origins: readonly string[]): RequestHandler {
  const allowed = new Set(origins);
  return (request: Request, response: Response, next: NextFunction) => {
    const { origin } = request.headers;
    response.vary('Origin');
    if (origin === undefined || !allowed.has(origin) || !request.path.startsWith('/api/')) return next();
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', EXPOSED);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return next();
    response.setHeader('Access-Control-Allow-Methods', METHODS);
    response.setHeader('Access-Control-Allow-Headers', HEADERS);
    response.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
    response.status(204).end();
  };
}
