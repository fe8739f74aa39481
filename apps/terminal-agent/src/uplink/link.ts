/** The wire to the gateway as the agent sees it: text frames in, text frames out. */
export interface Link {
  /** Starts a connection; exactly one `onClose` ends it, also when it never opened. */
  connect(events: LinkEvents): Connection;
}

export interface LinkEvents {
  onFrame(text: string): void;
  onClose(reason: string): void;
}

export interface Connection {
  /** False when the connection can take nothing now. */
  send(text: string): boolean;
  close(): void;
}
