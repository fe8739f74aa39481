import { constants, createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Log } from '../log';
import { GATEWAY_LIMITS } from '../limits';
import { readRange, type ByteRange } from './range';

/** Only this exact form is a name: no decoding, no query, so no path can be climbed. */
const MEDIA_URL = /^\/media\/([0-9a-f]{64})$/;
const BEARER = /^Bearer ([0-9a-f]{16,128})$/;

/** Answers GET and HEAD /media/<sha256> for terminals that said hello. Content-addressed files are immutable. */
export class MediaDoor {
  private readonly downloads = new Map<string, number>();
  private total = 0;

  constructor(
    private readonly folder: string,
    private readonly log: Log,
    /** The terminal a bearer token was given to; undefined when it is not valid now. */
    private readonly terminalOf: (token: string) => string | undefined,
    private readonly onServed: (bytes: number) => void,
  ) {}

  serve(request: IncomingMessage, response: ServerResponse): void {
    // A terminal that stops reading frees its place.
    response.setTimeout(GATEWAY_LIMITS.mediaStallMs, () => response.destroy());
    this.answer(request, response).catch((cause: unknown) => {
      this.log.debug({ reason: String(cause) }, 'a media download ended early');
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'MEDIA_UNREADABLE');
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const digest = MEDIA_URL.exec(request.url ?? '')?.[1];
    if (digest === undefined) return refuse(response, 404, 'NOT_FOUND');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'METHOD_NOT_ALLOWED', { allow: 'GET, HEAD' });
    const terminal = this.terminalOf(BEARER.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (terminal === undefined) return refuse(response, 401, 'MEDIA_TOKEN', { 'www-authenticate': 'Bearer' });
    if (!this.enter(terminal)) return refuse(response, 429, 'MEDIA_BUSY', { 'retry-after': '1' });
    try {
      await this.send(digest, request, response);
    } finally {
      this.leave(terminal);
    }
  }

  private async send(digest: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = await openMedia(path.join(this.folder, digest.slice(0, 2), digest));
    if (file === undefined) return refuse(response, 404, 'MEDIA_UNKNOWN');
    try {
      const { size } = await file.stat();
      const etag = `"${digest}"`;
      const common = { etag, 'accept-ranges': 'bytes', 'cache-control': 'private, immutable, max-age=31536000', 'x-content-type-options': 'nosniff' };
      if (request.headers['if-none-match'] === etag) {
        response.writeHead(304, common).end();
        return;
      }
      const range = mayResume(request, etag) ? readRange(request.headers.range, size) : { kind: 'whole' as const };
      if (range.kind === 'unsatisfiable') return refuse(response, 416, 'MEDIA_RANGE', { 'content-range': `bytes */${size}` });
      const { first, last } = boundsOf(range, size);
      const length = last - first + 1;
      response.writeHead(range.kind === 'part' ? 206 : 200, {
        ...common, 'content-type': 'audio/ogg', 'content-length': length,
        ...(range.kind === 'part' ? { 'content-range': `bytes ${first}-${last}/${size}` } : {}),
      });
      if (request.method === 'HEAD' || length === 0) {
        response.end();
        return;
      }
      await pipeline(createReadStream('', { fd: file, start: first, end: last, autoClose: false, highWaterMark: 65_536 }), response);
      this.onServed(length);
    } finally {
      await file.close();
    }
  }

  private enter(terminal: string): boolean {
    const own = this.downloads.get(terminal) ?? 0;
    if (own >= GATEWAY_LIMITS.mediaDownloadsPerTerminal || this.total >= GATEWAY_LIMITS.mediaDownloadsAtOnce) return false;
    this.downloads.set(terminal, own + 1);
    this.total += 1;
    return true;
  }

  private leave(terminal: string): void {
    const own = this.downloads.get(terminal) ?? 0;
    if (own <= 1) this.downloads.delete(terminal);
    else this.downloads.set(terminal, own - 1);
    this.total -= 1;
  }
}

/** Opens a regular file, never through a symbolic link; undefined when there is none. */
async function openMedia(file: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** RFC 9110 13.1.5: a Range counts only when If-Range is absent or names this very content. */
function mayResume(request: IncomingMessage, etag: string): boolean {
  const condition = request.headers['if-range'];
  return condition === undefined || condition === etag;
}

function boundsOf(range: Exclude<ByteRange, { kind: 'unsatisfiable' }>, size: number): { readonly first: number; readonly last: number } {
  return range.kind === 'part' ? range : { first: 0, last: size - 1 };
}

function refuse(response: ServerResponse, status: number, code: string, headers: Readonly<Record<string, string>> = {}): void {
  const body = JSON.stringify({ code });
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers }).end(body);
}
