import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { CertificateChain } from './link';

/** A district's chain is two long; whoever sends more is read this far. */
const LONGEST = 8;

/** The certificates of a PEM file: of a district CA, and of the next one while it takes over. */
export function certificatesOf(pem: string): readonly X509Certificate[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((one) => new X509Certificate(one));
}

/**
 * The server's certificate and those that it presented below the pinned authority. That one is left out: what one officer
 * signs must not cut a terminal off until somebody has climbed up to it. Empty where none was shown, as in a resumed session.
 */
function chainOf(socket: TLSSocket, authorities: readonly X509Certificate[]): CertificateChain {
  const presented: X509Certificate[] = [];
  for (let at = socket.getPeerX509Certificate(); at !== undefined && presented.length < LONGEST; at = at.issuerCertificate) presented.push(at);
  const pinned = new Set(authorities.map(({ fingerprint256 }) => fingerprint256));
  return presented.filter(({ fingerprint256 }) => !pinned.has(fingerprint256)).map(({ fingerprint256 }) => fingerprint256.replaceAll(':', '').toLowerCase());
}

/** What each connection showed when it was made: node:tls tells of it no more once the handshake is over. */
const shown = new WeakMap<TLSSocket, CertificateChain>();

/**
 * Calls back with the server's chain once TLS has proved it, at once on a connection that is used again; empty where
 * there is none. A request that is not ended before that has said nothing: no path, no token.
 */
export function onceProven(socket: Socket, authorities: readonly X509Certificate[], then: (chain: CertificateChain) => void): void {
  if (!(socket instanceof TLSSocket)) then([]);
  else if (socket.authorized) then(shown.get(socket) ?? chainOf(socket, authorities));
  else {
    socket.once('secureConnect', () => {
      const chain = chainOf(socket, authorities);
      shown.set(socket, chain);
      then(chain);
    });
  }
}
