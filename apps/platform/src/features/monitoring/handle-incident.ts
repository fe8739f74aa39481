import { Inject, Injectable } from '@nestjs/common';
import { incidentIdSchema, type IncidentView } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Transactions } from '../../kernel/database';
import { userError } from '../../kernel/errors';
import { Leaves } from '../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { INCIDENT_STORE, type IncidentStore } from './incident.store';

/**
 * Somebody has seen an incident, or has dealt with it. The same again changes nothing; a closed one is closed. Events of
 * its cause that come later than a minute after the last, or after it was closed, open a new one. Refuses NOT_FOUND and WRONG_STATE.
 */
@Injectable()
export class HandleIncident {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(INCIDENT_STORE) private readonly store: IncidentStore,
    private readonly leaves: Leaves,
  ) {}

  async run(principal: Principal, id: string, to: 'acknowledged' | 'closed', note: string): Promise<IncidentView> {
    const scope = scopeOf(principal);
    return this.transactions.run(async (tx) => {
      const incident = incidentIdSchema.safeParse(id).success ? await this.store.lock(scope, tx, id) : undefined;
      if (incident === undefined) throw userError('NOT_FOUND', 'There is no such incident in your reach.');
      if (incident.state === to) return incident;
      if (incident.state === 'closed') throw userError('WRONG_STATE', 'It was closed before.');
      const handled: IncidentView = { ...incident, state: to, handledBy: principal.account, handledAt: Math.trunc(this.clock.now()), note: note === '' ? incident.note : note };
      await this.store.handle(scope, tx, handled);
      await this.leaves.insert(tx, { platform: incident.platform, kind: `incident.${to}`, subject: incident.id, facts: { by: principal.account }, ...(note === '' ? {} : { details: { note } }) });
      return handled;
    });
  }
}
