import type { Server } from 'node:net';
import { createForwarder } from './forward';
import { createInstallServer } from './install-server';

export interface LanPorts {
  readonly console: number;
  readonly consoleTls: number;
  readonly sign: number;
  readonly stop: number;
}

export interface LanIdentity {
  readonly caPem: string;
  readonly cert: string;
  readonly key: string;
}

interface TlsServer extends Server {
  setSecureContext(identity: { readonly cert: string; readonly key: string }): void;
}

/**
 * The network's side of one server, address by address: plain http on the console's port gives the install page alone;
 * the console stands behind TLS on its own port, the STOP listener and the signing pages behind TLS on the ports that they
 * have on the loopback too: an origin of their own each. They never share an address with the plain listeners behind them.
 */
export class LanListeners {
  private readonly open = new Map<string, { readonly servers: readonly Server[]; readonly tls: readonly TlsServer[] }>();

  constructor(private readonly ports: LanPorts, private identity: LanIdentity, private readonly demo: boolean, private readonly onFault: (address: string, cause: unknown) => void) {}

  get addresses(): readonly string[] {
    return [...this.open.keys()];
  }

  /** Listens on exactly these addresses from now on. */
  async follow(addresses: readonly string[]): Promise<void> {
    for (const [address, { servers }] of this.open) {
      if (addresses.includes(address)) continue;
      this.open.delete(address);
      servers.forEach(end);
    }
    for (const address of addresses) if (!this.open.has(address)) await this.listen(address);
  }

  /** The certificate was renewed. */
  renew(identity: LanIdentity): void {
    this.identity = identity;
    for (const { tls } of this.open.values()) for (const server of tls) server.setSecureContext(identity);
  }

  close(): void {
    for (const { servers } of this.open.values()) servers.forEach(end);
    this.open.clear();
  }

  private async listen(address: string): Promise<void> {
    const { ports, identity } = this;
    const consoleTls = createForwarder({ identity, toPort: ports.console, upgrade: true });
    const stopTls = createForwarder({ identity, toPort: ports.stop, upgrade: false });
    const signTls = createForwarder({ identity, toPort: ports.sign, upgrade: false });
    const install = createInstallServer({ caPem: () => this.identity.caPem, securePort: ports.consoleTls, demo: this.demo });
    const servers = [[consoleTls, ports.consoleTls], [stopTls, ports.stop], [signTls, ports.sign], [install, ports.console]] as const;
    try {
      for (const [server, port] of servers) await listening(server, port, address);
      this.open.set(address, { servers: servers.map(([server]) => server), tls: [consoleTls, stopTls, signTls] });
    } catch (cause) {
      servers.forEach(([server]) => end(server));
      this.onFault(address, cause);
    }
  }
}

function listening(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function end(server: Server & { closeAllConnections?: () => void }): void {
  server.close(() => undefined);
  server.closeAllConnections?.();
}
