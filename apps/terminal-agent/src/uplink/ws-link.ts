import type { X509Certificate } from 'node:crypto';
import { Agent } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import WebSocket from 'ws';
import { DEVICE_PATH, DEVICE_SUBPROTOCOL, LIMITS } from '#libs/contracts';
import { CERTIFICATE_REVOKED, type CertificateChain, type Link } from './link';
import { certificatesOf, onceProven } from './server-chain';

const HANDSHAKE_MS = 10_000;
/** A resumed session shows no certificate, so nobody could say whether it was revoked since: every handshake is a whole one. */
const NO_SESSIONS = 0;

/** The district's TLS, shared by everything in the process: only a server under this CA is spoken to. */
export interface DistrictTls {
  readonly ca: string;
  readonly context: SecureContext;
  /** The certificates of `ca`. */
  readonly authorities: readonly X509Certificate[];
}

export function districtTls(ca: string): DistrictTls {
  return { ca, context: createSecureContext({ ca, minVersion: 'TLSv1.2' }), authorities: certificatesOf(ca) };
}

/** Keeps media connections open between fetches, at most this many at a time. */
export function mediaAgent(tls: DistrictTls, maxSockets: number): Agent {
  return new Agent({ keepAlive: true, maxSockets, secureContext: tls.context, rejectUnauthorized: true, maxCachedSessions: NO_SESSIONS });
}

/** One WebSocket over TLS to `<gatewayUrl>/device`, the server's certificate under the pinned district CA (design 5) and not revoked. */
export function createWsLink(gatewayUrl: string, tls: DistrictTls): Link {
  const url = new URL(DEVICE_PATH, gatewayUrl).href.replace(/^http/, 'ws');
  const agent = new Agent({ secureContext: tls.context, rejectUnauthorized: true, maxCachedSessions: NO_SESSIONS });
  return {
    connect: ({ isRevoked, onFrame, onBlock, onClose }) => {
      let chain: CertificateChain = [];
      const socket = new WebSocket(url, DEVICE_SUBPROTOCOL, {
        agent,
        handshakeTimeout: HANDSHAKE_MS,
        perMessageDeflate: false,
        maxPayload: LIMITS.deviceFrameBytes,
        finishRequest: (request) => request.once('socket', (plain) => onceProven(plain, tls.authorities, (proven) => {
          chain = proven;
          if (chain.length === 0 || isRevoked(chain)) request.destroy(new Error(CERTIFICATE_REVOKED));
          else request.end();
        })),
      });
      let closed = false;
      const close = (reason: string) => {
        if (closed) return;
        closed = true;
        onClose(reason);
      };
      socket.on('message', (bytes, isBinary) => {
        if (closed) return;
        if (isBinary) onBlock(bytesOf(bytes));
        else onFrame(bytesOf(bytes).toString('utf8'));
      });
      socket.on('error', (error) => close(error.message));
      socket.on('close', (code) => close(`closed ${code}`));
      return {
        send: (text) => {
          if (closed || socket.readyState !== WebSocket.OPEN) return false;
          socket.send(text);
          return true;
        },
        close: () => {
          socket.terminate();
          close('closed here');
        },
        chain: () => chain,
      };
    },
  };
}

function bytesOf(bytes: WebSocket.RawData): Buffer {
  if (Array.isArray(bytes)) return Buffer.concat(bytes);
  return bytes instanceof ArrayBuffer ? Buffer.from(bytes) : bytes;
}
