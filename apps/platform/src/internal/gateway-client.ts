import { Agent, request as httpRequest } from 'node:http';
import path from 'node:path';
import type { z } from 'zod';
import { GATEWAY_SOCKET, gatewayRoutes, type ServerFrame, type StreamId, type TerminalId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { operationalError } from '../kernel/errors';

/** The device gateway as its platform and the STOP process see it. No database here: STOP works without one. */
export interface Gateway {
  /** Writes one frame to the named terminals, or to all (null); answers those it was written to. */
  push(terminals: readonly TerminalId[] | null, frame: ServerFrame): Promise<readonly TerminalId[]>;
  /** Tells every terminal of a stop now, and whoever comes until `notAfter`; answers how many were told that stand in its area. */
  stop(stop: Envelope, notAfter: number): Promise<number>;
}

/** What it does for living voices. Their blocks go another way (`LIVE_SOCKET`). */
export interface LiveGateway {
  /** Refused when as many run there as may. */
  liveOpen(voice: z.input<typeof gatewayRoutes.liveOpen.request>): Promise<void>;
  /** Answers what the listeners of each report; a voice that is not open there is left out. */
  liveLease(streams: readonly StreamId[], beacon: Envelope): Promise<z.output<typeof gatewayRoutes.liveLease.answer>['streams']>;
  liveClose(stream: StreamId): Promise<void>;
}
export const GATEWAY = Symbol('GATEWAY');

const TIMEOUT_MS = 5_000;
const ANSWER_BYTES = 4 * 1024 * 1024;

/** Talks to `gateway.sock`. Throws GATEWAY_UNAVAILABLE when nobody answers there, GATEWAY_REFUSED when it will not. */
export class GatewayClient implements Gateway, LiveGateway {
  private readonly socketPath: string;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 4 });

  /** `stopTimeoutMs`: how long the whole of telling a stop may take, a second try included. */
  constructor(dataDir: string, private readonly stopTimeoutMs = TIMEOUT_MS) {
    this.socketPath = path.join(dataDir, GATEWAY_SOCKET);
  }

  async push(terminals: readonly TerminalId[] | null, frame: ServerFrame): Promise<readonly TerminalId[]> {
    const answer = await this.call(gatewayRoutes.push, { terminals, frame });
    return answer.written;
  }

  async stop(stop: Envelope, notAfter: number): Promise<number> {
    const answer = await this.call(gatewayRoutes.stop, { stop, notAfter }, AbortSignal.timeout(this.stopTimeoutMs));
    return answer.written;
  }

  async liveOpen(voice: z.input<typeof gatewayRoutes.liveOpen.request>): Promise<void> {
    await this.call(gatewayRoutes.liveOpen, voice);
  }

  async liveLease(streams: readonly StreamId[], beacon: Envelope): Promise<z.output<typeof gatewayRoutes.liveLease.answer>['streams']> {
    return (await this.call(gatewayRoutes.liveLease, { streams, beacon })).streams;
  }

  async liveClose(stream: StreamId): Promise<void> {
    await this.call(gatewayRoutes.liveClose, { stream });
  }

  close(): void {
    this.agent.destroy();
  }

  /** Every call may be made twice, so one that died on a connection kept too long is made again at once. */
  private async call<A extends z.ZodType>(route: { readonly path: string; readonly answer: A }, body: object, signal?: AbortSignal): Promise<z.output<A>> {
    const text = JSON.stringify(body);
    const raw = await this.post(route.path, text, signal).catch((cause: unknown) => {
      if (isStale(cause)) return this.post(route.path, text, signal);
      throw cause;
    }).catch((cause: unknown) => {
      if (cause instanceof Error && 'family' in cause) throw cause;
      throw operationalError('GATEWAY_UNAVAILABLE', 'The device gateway does not answer.', { cause });
    });
    const answer = route.answer.safeParse(JSON.parse(raw));
    if (!answer.success) throw operationalError('GATEWAY_REFUSED', 'The device gateway gave an answer that is none.', { cause: answer.error });
    return answer.data;
  }

  private post(at: string, body: string, signal: AbortSignal | undefined): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const call = httpRequest({ socketPath: this.socketPath, path: at, method: 'POST', headers, agent: this.agent, timeout: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) }, (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > ANSWER_BYTES) call.destroy(new Error('the answer is too large'));
          else parts.push(part);
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(Buffer.concat(parts).toString('utf8'));
          else reject(operationalError('GATEWAY_REFUSED', `The device gateway answered ${response.statusCode ?? 0}.`));
        });
      });
      call.on('timeout', () => call.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
      call.on('error', reject);
      call.end(body);
    });
  }
}

function isStale(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE');
}
