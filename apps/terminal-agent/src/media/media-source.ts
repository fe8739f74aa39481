import type { Digest } from '#libs/contracts';
import type { CertificateChain } from '../uplink/link';

/** Where media comes from: the gateway's `/media/<sha256>` over HTTPS, or a fake. */
export interface MediaSource {
  /**
   * Asks for the bytes from `from` on. `onStart` tells where they really begin (0 when the server knows no ranges),
   * then `onChunk` gives them; a chunk answered with false ends the fetch.
   */
  fetch(request: MediaRequest): Promise<MediaOutcome>;
}

export interface MediaRequest {
  readonly sha256: Digest;
  readonly from: number;
  readonly token: string;
  /** Asked before the server is; true asks it nothing. */
  isRevoked(chain: CertificateChain): boolean;
  onStart(from: number): void;
  onChunk(bytes: Uint8Array): boolean;
}

export type MediaOutcome =
  | { readonly kind: 'complete' }
  /** The connection broke; what came is good, the rest can be asked for. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'refused'; readonly status: number };
