import { WebSocket } from 'ws';

/**
 * A server-side WebSocket that tells why the library itself is about to end it. `ws` closes at once on a frame that is
 * too large or breaks RFC 6455; the terminal is owed a `refused` frame first, and only here is there a moment for it.
 */
export class GuardedWebSocket extends WebSocket {
  /** Called with the close code before the close frame of a protocol fault is written. */
  beforeFault: ((closeCode: number) => void) | undefined;

  override close(code?: number, reason?: string | Buffer): void {
    // Our own closes and the echo of the peer's always carry a reason; the library's faults never do.
    if (code !== undefined && reason === undefined && this.readyState === WebSocket.OPEN) this.beforeFault?.(code);
    super.close(code, reason);
  }
}
