import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { userError, type ClarionError } from '../errors';

/** Names under which this server answers and pages that may change something here. */
export interface AllowedCallers {
  /** Lower case, without ports; IPv6 in brackets. */
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
/** Listening on every address is no name. */
const ANY = ['0.0.0.0', '::'];
const HOST = /^([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The loopback, the address listened on, and the host of every listed origin: what is called otherwise is not us (threats T14). */
export function allowedCallers({ origins, bind }: { readonly origins: readonly string[]; readonly bind: string }): AllowedCallers {
  const named = origins.flatMap((origin) => (URL.canParse(origin) ? [new URL(origin).hostname] : []));
  const own = ANY.includes(bind) ? [] : [bind.includes(':') ? `[${bind}]` : bind];
  return { hosts: new Set([...LOOPBACK, ...own, ...named].map((host) => host.toLowerCase())), origins: new Set(origins) };
}

/**
 * Why a request is not answered: HOST_FOREIGN (421) under a name that is not ours; ORIGIN_FOREIGN (403) when a page of another
 * origin wants to change something (threats T07). No cookie is ever used here, so this is the second wall, not the first.
 */
export function callerRefusal(request: Pick<IncomingMessage, 'method' | 'headers'>, { hosts, origins }: AllowedCallers): ClarionError | undefined {
  const host = request.headers.host?.toLowerCase() ?? '';
  const [, name = ''] = HOST.exec(host) ?? [];
  if (!hosts.has(name)) return userError('HOST_FOREIGN', 'This server does not answer under this name; CLARION_ORIGINS lists its addresses.', { status: 421 });
  if (SAFE.has(request.method ?? '')) return undefined;
  const { origin } = request.headers;
  const isOwn = origin === undefined ? request.headers['sec-fetch-site'] !== 'cross-site' : origins.has(origin) || isSameHost(origin, host);
  return isOwn ? undefined : userError('ORIGIN_FOREIGN', 'This page may not change anything here.', { status: 403 });
}

/** The page came from this very listener, under the name it was called by. */
export function isSameHost(origin: string, host: string): boolean {
  return /^https?:\/\//.test(origin) && origin.replace(/^https?:\/\//, '') === host.toLowerCase();
}

export function onlyAllowedCallers(allowed: AllowedCallers): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => next(callerRefusal(request, allowed));
}
