import { LIVE_SUBPROTOCOL } from '#libs/contracts';
import type { OpenWire } from './source-link';

/** The browser's WebSocket to the platform's source link. */
export function browserWire(url: string): OpenWire {
  return ({ opened, text, closed }) => {
    const socket = new WebSocket(url, LIVE_SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    socket.onopen = opened;
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string') text(data);
    };
    socket.onclose = closed;
    return {
      send: (frame) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(frame);
      },
      close: () => socket.close(),
    };
  };
}
