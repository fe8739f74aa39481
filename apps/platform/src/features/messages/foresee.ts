import { Injectable } from '@nestjs/common';
import type { Consequence, Message } from '#libs/contracts';
import { messageDurationMs, ruleFor } from '#libs/domain';
import { policyFactsOf } from '#libs/trust';
import type { Scope } from '../../kernel/scope';
import type { LookedUp } from './content-facts';
import type { PlatformDocuments } from './platform-documents';

/** What a message would do, before anybody signs: who would hear it, who must sign, how long it sounds, what it meets. */
@Injectable()
export class Foresee {
  consequence(_scope: Scope, message: Message, { targeted }: LookedUp, { charter, roster }: PlatformDocuments): Promise<Consequence> {
    const rule = ruleFor(roster.policy, policyFactsOf(message, charter.tier));
    const steps = rule?.steps ?? [];
    const mayApprove = roster.persons.filter((person) =>
      person.id !== message.author && person.keys.length > 0
      && steps.some((step) => person.roles.includes(step.role) && (step.unit === null || step.unit === person.unit)));
    return Promise.resolve({
      terminals: targeted.terminals.length,
      online: targeted.online,
      villages: targeted.villages,
      households: targeted.households,
      steps: [...steps],
      verification: rule?.verification ?? 'none',
      mayApprove: mayApprove.map(({ id }) => id),
      durationMs: messageDurationMs(message),
      notBefore: message.notBefore,
      notAfter: message.notAfter,
      meets: [],
      quiet: 0,
      isolated: 0,
    });
  }
}
