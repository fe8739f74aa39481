import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LanIdentity } from './listeners';

/** The certificate files of `$CLARION_DATA/pki`, which the gateway replaces when they end, are revoked or want another name. */
export class IdentityFiles {
  private taken = '';

  constructor(private readonly folder: string) {}

  /**
   * What lies there now; undefined when it is what was taken last, or is not all there: the gateway writes one file after
   * the other, and key and certificate must belong together.
   */
  take(): LanIdentity | undefined {
    const found = this.read();
    const mark = JSON.stringify(found);
    if (found === undefined || mark === this.taken) return undefined;
    this.taken = mark;
    return found;
  }

  private read(): LanIdentity | undefined {
    try {
      const [caPem, cert, key] = ['ca.pem', 'server.pem', 'server-key.pem'].map((name) => readFileSync(path.join(this.folder, name), 'utf8'));
      if (caPem === undefined || cert === undefined || key === undefined) return undefined;
      // Throws where a file is half there; the install page shows the authority's.
      return new X509Certificate(caPem).ca && new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? { caPem, cert, key } : undefined;
    } catch {
      return undefined;
    }
  }
}
