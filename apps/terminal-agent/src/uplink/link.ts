/** The wire to the gateway as the agent sees it: text frames in, text frames out, and blocks of living voice in. */
export interface Link {
  /** Starts a connection; exactly one `onClose` ends it, also when it never opened. */
  connect(events: LinkEvents): Connection;
}

export interface LinkEvents {
  /** Asked once the server has proved who it is and before anything is said to it; true hangs up. */
  isRevoked(chain: CertificateChain): boolean;
  onFrame(text: string): void;
  /** A binary frame, as it came: nobody has looked at it. */
  onBlock(bytes: Uint8Array): void;
  onClose(reason: string): void;
}

export interface Connection {
  /** False when the connection can take nothing now. */
  send(text: string): boolean;
  close(): void;
  /** Who is at the other end; empty while that is not known. */
  chain(): CertificateChain;
}

/** SHA-256 (hex) of the server's certificate and of each one that vouches for it. */
export type CertificateChain = readonly string[];

/** Why a server is not spoken to although its certificate is the district's: that was revoked. */
export const CERTIFICATE_REVOKED = 'TLS_CERTIFICATE_REVOKED';
