import { Inject, Injectable } from '@nestjs/common';
import type { TemplateView } from '#libs/contracts';
import { enableFaults } from '#libs/domain';
import type { Clock } from '../../../kernel/clock';
import type { Transactions } from '../../../kernel/database';
import { invalidFields, userError } from '../../../kernel/errors';
import { Leaves } from '../../../kernel/leaf';
import { CLOCK, TRANSACTIONS } from '../../../kernel/tokens';
import { scopeOf, type Principal } from '../../access';
import { ReadTemplates } from './read-templates';
import { TEMPLATE_STORE, type TemplateStore } from './templates.store';

/**
 * Puts one version of a template into force for the caller's platform, or none. Refuses INVALID (TEMPLATE_NO_CORRECTION
 * first of all: what cannot be taken back is not offered) and TEMPLATE_OWN: who wrote a version does not enable it.
 */
@Injectable()
export class SwitchTemplate {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(TEMPLATE_STORE) private readonly store: TemplateStore,
    private readonly templates: ReadTemplates,
    private readonly leaves: Leaves,
  ) {}

  async enable(caller: Principal, id: string, version: number): Promise<TemplateView> {
    const template = await this.templates.one(scopeOf(caller), caller.platform, id, version);
    if (template.writtenBy === caller.person) throw userError('TEMPLATE_OWN', 'Somebody else enables what you wrote.', { status: 403 });
    // Only what a person may write is judged; the rest of the view is about it.
    const faults = enableFaults(template);
    if (faults.length > 0) throw invalidFields(faults.map((fault) => ({ ...fault, path: `template.${fault.path}` })));
    return this.use(caller, id, version);
  }

  async disable(caller: Principal, id: string): Promise<TemplateView> {
    await this.templates.line(scopeOf(caller), caller.platform, id);
    return this.use(caller, id, null);
  }

  private async use(caller: Principal, id: string, version: number | null): Promise<TemplateView> {
    const scope = scopeOf(caller);
    const at = Math.trunc(this.clock.now());
    await this.transactions.run(async (tx) => {
      await this.store.use(scope, tx, caller.platform, id, version, caller.person, at);
      await this.leaves.insert(tx, { platform: caller.platform, kind: version === null ? 'template.disabled' : 'template.enabled', subject: id, facts: { version, by: caller.person } });
    });
    return this.templates.one(scope, caller.platform, id, version ?? undefined);
  }
}
