import { LIMITS, type TerminalId } from '#libs/contracts';

/** One open connection. */
export interface Connected {
  readonly gateway: string;
  readonly address: string;
  readonly since: number;
  /** Unix ms of the last sign of life: connection, presence message or exchange. */
  readonly seenAt: number;
}

export interface PresenceChange {
  readonly terminal: TerminalId;
  readonly online: boolean;
  readonly at: number;
  readonly address: string;
}

/** What has to be written: intervals that end and intervals that begin. */
export interface PresenceMoves {
  readonly ended: readonly { readonly terminal: TerminalId; readonly until: number }[];
  readonly begun: readonly { readonly terminal: TerminalId; readonly gateway: string; readonly address: string; readonly since: number }[];
}

/** Who is connected, as the gateways tell it. Decides only; the caller writes what it answers. */
export class PresenceBoard {
  private readonly connected = new Map<TerminalId, Connected>();
  private ids: ReadonlySet<TerminalId> | undefined;

  /** Restores intervals left open by an earlier process; they count as seen now. */
  restore(rows: readonly (Omit<Connected, 'seenAt'> & { readonly terminal: TerminalId })[], now: number): void {
    for (const { terminal, gateway, address, since } of rows) this.connected.set(terminal, { gateway, address, since, seenAt: now });
    this.ids = undefined;
  }

  of(terminal: TerminalId): Connected | undefined {
    return this.connected.get(terminal);
  }

  online(): ReadonlySet<TerminalId> {
    this.ids ??= new Set(this.connected.keys());
    return this.ids;
  }

  /**
   * A gateway's message. `reset` names everyone it has: who else was on it is gone. News from another gateway than the
   * one a terminal was last seen on never ends the newer connection. A message again changes nothing.
   */
  take(gateway: string, reset: boolean, changes: readonly PresenceChange[], now: number): PresenceMoves {
    const ended: { terminal: TerminalId; until: number }[] = [];
    const begun: { terminal: TerminalId; gateway: string; address: string; since: number }[] = [];
    if (reset) {
      const named = new Set(changes.filter((change) => change.online).map((change) => change.terminal));
      for (const [terminal, known] of this.connected) {
        if (known.gateway !== gateway || named.has(terminal)) continue;
        this.connected.delete(terminal);
        ended.push({ terminal, until: now });
      }
    }
    for (const { terminal, online, at, address } of changes) {
      const known = this.connected.get(terminal);
      if (!online) {
        if (known === undefined || known.gateway !== gateway || at < known.since) continue;
        this.connected.delete(terminal);
        ended.push({ terminal, until: at });
        continue;
      }
      if (known?.gateway === gateway && (known.address === address || at <= known.since)) {
        this.connected.set(terminal, { ...known, seenAt: now });
        continue;
      }
      if (known !== undefined) ended.push({ terminal, until: Math.max(at, known.since) });
      this.connected.set(terminal, { gateway, address, since: at, seenAt: now });
      begun.push({ terminal, gateway, address, since: at });
    }
    this.ids = undefined;
    return { ended, begun };
  }

  /** An exchange is a sign of life, whatever the gateway said or forgot to say. */
  heard(terminals: readonly TerminalId[], now: number): PresenceMoves {
    const begun: { terminal: TerminalId; gateway: string; address: string; since: number }[] = [];
    for (const terminal of terminals) {
      const known = this.connected.get(terminal);
      if (known === undefined) {
        const found = { gateway: '', address: '', since: now };
        this.connected.set(terminal, { ...found, seenAt: now });
        begun.push({ terminal, ...found });
      } else this.connected.set(terminal, { ...known, seenAt: now });
    }
    if (begun.length > 0) this.ids = undefined;
    return { ended: [], begun };
  }

  /** Three exchanges missed: the connection counts as gone even when nobody said so (a gateway that was killed). */
  sweep(now: number): PresenceMoves {
    const ended: { terminal: TerminalId; until: number }[] = [];
    for (const [terminal, known] of this.connected) {
      if (now - known.seenAt <= LIMITS.offlineAfterMs) continue;
      this.connected.delete(terminal);
      ended.push({ terminal, until: known.seenAt });
    }
    if (ended.length > 0) this.ids = undefined;
    return { ended, begun: [] };
  }
}
