import type { TerminalId } from '#libs/contracts';
import type { Transactions } from '../../kernel/database';
import type { SecurityEventFact, SecurityEvents } from '../audit';
import type { TerminalRegistry } from './registry';

/** What the gateway saw at its door. */
export interface DoorAlarm {
  readonly kind: 'clone' | 'device-refused';
  readonly terminal: TerminalId;
  readonly code: string | null;
  readonly keyId: string | null;
  readonly at: number;
}

/**
 * Records what looks like an attack on the gateway's door as security events of the terminal's platform. A name that
 * nobody knows is nobody's; a genuine key that the gateway did not know yet is no attack.
 */
export class TakeAlarms {
  constructor(private readonly transactions: Transactions, private readonly events: SecurityEvents, private readonly registry: TerminalRegistry) {}

  async run(alarms: readonly DoorAlarm[]): Promise<void> {
    const facts = alarms.flatMap((alarm): readonly SecurityEventFact[] => {
      const { kind, terminal, code, keyId, at } = alarm;
      const known = this.registry.get(terminal);
      if (known === undefined || (kind === 'device-refused' && this.isGenuine(alarm))) return [];
      return [{ platform: known.platform, terminal, at, kind, code, subject: null, keyIds: keyId === null ? [] : [keyId] }];
    });
    if (facts.length > 0) await this.transactions.run((tx) => this.events.record(tx, facts));
  }

  private isGenuine({ terminal, code, keyId }: DoorAlarm): boolean {
    const known = this.registry.get(terminal);
    if (known === undefined || known.deviceKey === null) return true;
    return code === 'DEVICE_UNKNOWN' && known.state !== 'retired' && known.deviceKey.keyId === keyId;
  }
}
