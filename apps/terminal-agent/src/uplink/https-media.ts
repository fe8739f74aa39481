import type { X509Certificate } from 'node:crypto';
import { request, type Agent } from 'node:https';
import type { MediaOutcome, MediaRequest, MediaSource } from '../media/media-source';
import { CERTIFICATE_REVOKED } from './link';
import { onceProven } from './server-chain';

/** Nothing came for this long: the connection counts as broken. */
const IDLE_MS = 10_000;

/** GET /media/<sha256> with the bearer token of the welcome, Range when resuming (RFC 9110 14.2). A server whose certificate was revoked is not asked: `cut`. */
export function createHttpsMedia(gatewayUrl: string, agent: Agent, authorities: readonly X509Certificate[]): MediaSource {
  return {
    fetch: (wanted) => new Promise<MediaOutcome>((resolve) => {
      const url = new URL(`/media/${wanted.sha256}`, gatewayUrl.replace(/^ws/, 'http'));
      const headers = { authorization: `Bearer ${wanted.token}`, ...(wanted.from > 0 ? { range: `bytes=${wanted.from}-` } : {}) };
      const asked = request(url, { agent, headers, timeout: IDLE_MS }, (response) => {
        const status = response.statusCode ?? 0;
        const start = startOf(status, response.headers['content-range'], wanted);
        if (start === undefined) {
          response.resume();
          resolve({ kind: 'refused', status });
          return;
        }
        wanted.onStart(start);
        response.on('data', (bytes: Buffer) => {
          if (!wanted.onChunk(new Uint8Array(bytes))) asked.destroy();
        });
        response.on('close', () => resolve(response.complete ? { kind: 'complete' } : { kind: 'cut' } satisfies MediaOutcome));
      });
      asked.on('timeout', () => asked.destroy());
      asked.on('error', () => resolve({ kind: 'cut' }));
      asked.once('socket', (socket) => onceProven(socket, authorities, (chain) => {
        if (chain.length === 0 || wanted.isRevoked(chain)) asked.destroy(new Error(CERTIFICATE_REVOKED));
        else asked.end();
      }));
      // A request that cannot even be made is an outcome, not a fault of whoever waits for the file.
    }).catch(() => ({ kind: 'cut' })),
  };
}

/** The first byte of the answer, or undefined when it is none that we asked for. */
function startOf(status: number, contentRange: string | undefined, wanted: MediaRequest): number | undefined {
  if (status === 200) return 0;
  if (status !== 206) return undefined;
  const start = Number(/^bytes (\d+)-/.exec(contentRange ?? '')?.[1] ?? NaN);
  return start === wanted.from ? start : undefined;
}
