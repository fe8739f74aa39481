import { terminalFrameSchema, type ServerFrame, type TerminalFrame } from '#libs/contracts';
import type { Connection, Link, LinkEvents } from '../../../apps/terminal-agent/src/uplink/link';

/** A wire in memory: the test is the gateway. Everything the agent sent is kept, parsed by the contract. */
export class MemoryLink implements Link {
  readonly sent: TerminalFrame[] = [];
  connects = 0;
  /** The certificates of the gateway, by fingerprint. */
  chain: readonly string[] = ['aa'.repeat(32)];
  /** Connections fail while this is false. */
  up = true;
  /** Sees every frame as it is sent. */
  onSent: ((frame: TerminalFrame) => void) | undefined;
  /** Told of every connection that opens. */
  onConnect: (() => void) | undefined;
  private events: LinkEvents | undefined;

  connect(events: LinkEvents): Connection {
    this.connects += 1;
    let open = true;
    if (!this.up) {
      open = false;
      queueMicrotask(() => events.onClose('nobody there'));
    } else if (events.isRevoked(this.chain)) {
      open = false;
      queueMicrotask(() => events.onClose('revoked'));
    } else {
      this.events = events;
      queueMicrotask(() => { if (open) this.onConnect?.(); });
    }
    return {
      send: (text) => {
        if (!open || this.events !== events) return false;
        const frame = terminalFrameSchema.parse(JSON.parse(text));
        this.sent.push(frame);
        this.onSent?.(frame);
        return true;
      },
      close: () => {
        if (!open) return;
        open = false;
        if (this.events === events) this.events = undefined;
        events.onClose('closed here');
      },
      chain: () => (open ? this.chain : []),
    };
  }

  get connected(): boolean {
    return this.events !== undefined;
  }

  give(frame: ServerFrame): void {
    this.events?.onFrame(JSON.stringify(frame));
  }

  /** A binary frame. */
  giveBlock(bytes: Uint8Array): void {
    this.events?.onBlock(bytes);
  }

  giveText(text: string): void {
    this.events?.onFrame(text);
  }

  /** The gateway or the network goes away. */
  cut(): void {
    const { events } = this;
    this.events = undefined;
    events?.onClose('cut');
  }

  of<K extends TerminalFrame['kind']>(kind: K): readonly Extract<TerminalFrame, { kind: K }>[] {
    return this.sent.filter((frame): frame is Extract<TerminalFrame, { kind: K }> => frame.kind === kind);
  }
}
