import { Agent } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import WebSocket from 'ws';
import { DEVICE_PATH, DEVICE_SUBPROTOCOL, LIMITS } from '#libs/contracts';
import type { Link } from './link';

const HANDSHAKE_MS = 10_000;

/** The district's TLS, shared by everything in the process: only a server under this CA is spoken to. */
export interface DistrictTls {
  readonly ca: string;
  readonly context: SecureContext;
}

export function districtTls(ca: string): DistrictTls {
  return { ca, context: createSecureContext({ ca, minVersion: 'TLSv1.2' }) };
}

/** Keeps media connections open between fetches, at most this many at a time. */
export function mediaAgent(tls: DistrictTls, maxSockets: number): Agent {
  return new Agent({ keepAlive: true, maxSockets, secureContext: tls.context, rejectUnauthorized: true });
}

/** One WebSocket over TLS to `<gatewayUrl>/device`, the server's certificate under the pinned district CA (design 5). */
export function createWsLink(gatewayUrl: string, tls: DistrictTls): Link {
  const url = new URL(DEVICE_PATH, gatewayUrl).href.replace(/^http/, 'ws');
  // One agent carries the TLS settings and remembers the session, which makes a storm of reconnects cheap.
  const agent = new Agent({ secureContext: tls.context, rejectUnauthorized: true });
  return {
    connect: ({ onFrame, onClose }) => {
      const socket = new WebSocket(url, DEVICE_SUBPROTOCOL, {
        agent,
        handshakeTimeout: HANDSHAKE_MS,
        perMessageDeflate: false,
        maxPayload: LIMITS.deviceFrameBytes,
      });
      let closed = false;
      const close = (reason: string) => {
        if (closed) return;
        closed = true;
        onClose(reason);
      };
      socket.on('message', (bytes, isBinary) => {
        // Binary frames wait for live voice; until then nobody may send them.
        if (isBinary) socket.close(1003);
        else if (!closed) onFrame(textOf(bytes));
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
      };
    },
  };
}

function textOf(bytes: WebSocket.RawData): string {
  if (Array.isArray(bytes)) return Buffer.concat(bytes).toString('utf8');
  return (bytes instanceof ArrayBuffer ? Buffer.from(bytes) : bytes).toString('utf8');
}
