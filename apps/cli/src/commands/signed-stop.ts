import { request } from 'node:http';
import { join } from 'node:path';
import { GATEWAY_SOCKET, gatewayRoutes, LIMITS, stopSchema, type AreaId, type Digest, type EnvelopeShape, type PlatformId } from '#libs/contracts';
import { encodePayload, parseStrictJson } from '#libs/envelope';
import type { Signer } from '#libs/suites';
import { STOP_MS } from '../api-client';
import { CliError, EXIT } from '../cli-error';
import type { Context } from '../command';
import { signPayload } from '../signing';

/** What became of a stop on its way; `at`: the time where it went, Unix ms. */
export interface Reached {
  readonly written: number;
  readonly kept: boolean;
  readonly at?: number | undefined;
}

/** What one stop silences: everything in one area, or these messages there. */
export interface StopScope {
  readonly area: AreaId;
  readonly messages?: readonly Digest[];
}

export interface GivenStop {
  readonly envelope: EnvelopeShape;
  readonly issuedAt: number;
  readonly reached: Reached;
  /** False when its date leaves out what was issued shortly before it, and nothing could be done about that. */
  readonly isDated: boolean;
}

/** A clock that is wrong by less is not worth a word. */
const WRONG_MS = 1_000;
/** By more than this nobody's clock is slow: whoever says so is not believed. */
const BELIEVED_MS = 86_400_000;

/**
 * Signs a stop and sends it. One for everything silences only what was issued before its own date, which no terminal
 * changes: where this machine's clock is behind, it is signed once more by the time of where it went.
 */
export async function giveSignedStop(context: Context, signer: Signer, platform: PlatformId, scope: StopScope, send: (stop: EnvelopeShape) => Promise<Reached>): Promise<GivenStop> {
  const { clock, say } = context;
  const first = await signStop(context, signer, platform, scope, clock.now());
  const reached = await send(first.envelope);
  const behindMs = (reached.at ?? first.issuedAt) - clock.now();
  const aheadMs = first.issuedAt - (reached.at ?? first.issuedAt);
  if (aheadMs > WRONG_MS) say(`! the clock of this machine is ${seconds(aheadMs)} s ahead of the server's / 本机时钟快 ${seconds(aheadMs)} 秒`);
  if (reached.at === undefined || behindMs <= WRONG_MS) return { ...first, reached, isDated: true };
  say(`!!! the clock of this machine is ${seconds(behindMs)} s behind the server's: set it / 本机时钟慢 ${seconds(behindMs)} 秒，请校准`);
  if (scope.messages !== undefined && scope.messages.length > 0) return { ...first, reached, isDated: true };
  if (behindMs > BELIEVED_MS) {
    say('!!! the stop does not reach what was issued since then by the server\'s time; name the messages with --message, or stop from another machine / 此停播令未必覆盖之后签发的内容');
    return { ...first, reached, isDated: false };
  }
  const again = await signStop(context, signer, platform, scope, clock.now() + behindMs);
  say('the stop was signed once more by the time of the server / 已按服务器时间重新签发停播令');
  return { ...again, reached: await send(again.envelope), isDated: true };
}

async function signStop({ clock }: Context, signer: Signer, platform: PlatformId, { area, messages = [] }: StopScope, now: number): Promise<Pick<GivenStop, 'envelope' | 'issuedAt'>> {
  const issuedAt = Math.trunc(now);
  const payload = stopSchema.parse({
    stopId: clock.uuid7(), platform, issuedAt, notAfter: issuedAt + LIMITS.stopKeepMs,
    area,
    scope: messages.length === 0 ? { kind: 'all' } : { kind: 'messages', messages },
  });
  return { envelope: await signPayload('stop', encodePayload(payload), signer), issuedAt };
}

/** Hands a signed envelope to the gateway of this machine: terminals judge it themselves. */
export function throughGateway(context: Context, stopEnvelope: EnvelopeShape): Promise<Reached> {
  const body = JSON.stringify({ stop: stopEnvelope, notAfter: context.clock.now() + LIMITS.stopKeepMs });
  return new Promise((resolve, reject) => {
    const unreachable = (): void => { reject(new CliError('UNREACHABLE', 'The gateway does not answer', EXIT.unreachable)); };
    const call = request({ socketPath: join(context.config.dataDir, GATEWAY_SOCKET), path: gatewayRoutes.stop.path, method: 'POST', headers: { 'content-type': 'application/json' }, signal: AbortSignal.timeout(STOP_MS) }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', unreachable);
      response.on('end', () => {
        const json = parseStrictJson(new Uint8Array(Buffer.concat(parts)));
        const answer = gatewayRoutes.stop.answer.safeParse(json.ok ? json.value : undefined);
        if (answer.success) resolve({ ...answer.data, kept: true });
        else reject(new CliError('GATEWAY', 'The gateway refused the stop', EXIT.refused));
      });
    });
    call.on('error', unreachable);
    call.end(body);
  });
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}
