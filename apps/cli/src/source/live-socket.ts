import WebSocket from 'ws';
import { LIMITS, LIVE_PATH, LIVE_SUBPROTOCOL, liveServerFrameSchema, type LiveServerFrame } from '#libs/contracts';

const HANDSHAKE_MS = 5_000;

/** One connection of a source (libs/contracts `live-link`). */
export interface LiveSocket {
  send(frame: string | Uint8Array): void;
  /** Now, whatever the other side says; `closed` is not told any more. */
  drop(): void;
}

export interface LiveSocketEvents {
  opened(): void;
  frame(frame: LiveServerFrame): void;
  closed(reason: string): void;
}

export type OpenLiveSocket = (events: LiveSocketEvents) => LiveSocket;

/** To the API server at `apiUrl`. What is no frame of the protocol is left aside. */
export function liveSocketTo(apiUrl: string): OpenLiveSocket {
  const url = new URL(LIVE_PATH, apiUrl).href.replace(/^http/, 'ws');
  return (events) => {
    const socket = new WebSocket(url, LIVE_SUBPROTOCOL, { handshakeTimeout: HANDSHAKE_MS, perMessageDeflate: false, maxPayload: LIMITS.liveBlockBytes });
    let isDone = false;
    const closed = (reason: string): void => {
      if (!isDone) events.closed(reason);
      isDone = true;
    };
    socket.on('open', () => { if (!isDone) events.opened(); });
    socket.on('message', (bytes, isBinary) => {
      const frame = isBinary || isDone || !Buffer.isBuffer(bytes) ? undefined : read(bytes.toString('utf8'));
      if (frame !== undefined) events.frame(frame);
    });
    socket.on('error', (error) => { closed(error.message); });
    socket.on('close', (code) => { closed(`closed ${code}`); });
    return {
      send: (frame) => { if (socket.readyState === WebSocket.OPEN) socket.send(frame); },
      drop: () => {
        isDone = true;
        socket.terminate();
      },
    };
  };
}

function read(text: string): LiveServerFrame | undefined {
  try {
    return liveServerFrameSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
