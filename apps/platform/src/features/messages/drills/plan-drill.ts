import { Inject, Injectable } from '@nestjs/common';
import { drillIdSchema, type DrillPlan, type DrillView } from '#libs/contracts';
import { CLASSES, deniesDrill, DRILL_SENTENCES, isWithin, namesDrill } from '#libs/domain';
import type { Clock } from '../../../kernel/clock';
import type { Config } from '../../../kernel/config';
import type { Transactions } from '../../../kernel/database';
import { invalidFields, type FieldError } from '../../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../../kernel/http';
import { Leaves } from '../../../kernel/leaf';
import { CLOCK, CONFIG, TRANSACTIONS } from '../../../kernel/tokens';
import { scopeOf, type Principal } from '../../access';
import { Areas } from '../../areas';
import { Trust } from '../../authority';
import { platformDocuments } from '../platform-documents';
import { DRILL_STORE, type DrillStore } from './drills.store';

const HOUR = 3_600_000;

/**
 * Plans a drill. Refuses INVALID with every wrong field at once: areas that are not the platform's own, a window that is
 * over or too long, a notice that does not speak of a drill, and one that is heard without having been announced in time
 * (CLARION_DRILL_LEAD_HOURS).
 */
@Injectable()
export class PlanDrill {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(DRILL_STORE) private readonly store: DrillStore,
    private readonly areas: Areas,
    private readonly trust: Trust,
    private readonly leaves: Leaves,
  ) {}

  async run(caller: Principal, call: IdempotentCall, plan: DrillPlan): Promise<DrillView> {
    const scope = scopeOf(caller);
    const now = Math.trunc(this.clock.now());
    const { ids, faults } = await this.ownAreas(caller, plan.areas);
    const wrong = [...faults, ...windowFaults(plan, now, this.config.drillLeadHours), ...noticeFaults(plan)];
    if (wrong.length > 0) throw invalidFields(wrong);
    const drill: DrillView = {
      ...plan, areas: ids, id: drillIdSchema.parse(this.clock.uuid()), platform: caller.platform, plannedBy: caller.person, plannedAt: now, cancelledAt: null,
    };
    return this.transactions.run((tx) => withIdempotency(tx, this.clock, caller.account, call, async () => {
      await this.store.add(scope, tx, drill);
      await this.leaves.insert(tx, {
        platform: drill.platform, kind: 'drill.planned', subject: drill.id,
        facts: { by: caller.person, kind: drill.kind, areas: drill.areas, opensAt: drill.opensAt, closesAt: drill.closesAt }, details: { name: drill.name, notice: drill.notice },
      });
      return drill;
    }));
  }

  private async ownAreas(caller: Principal, tokens: readonly string[]): Promise<{ readonly ids: DrillView['areas']; readonly faults: readonly FieldError[] }> {
    const scope = scopeOf(caller);
    const [resolved, tree] = await Promise.all([this.areas.resolve(scope, tokens), this.areas.tree(scope)]);
    const { charter } = platformDocuments(this.trust.state(), caller.platform);
    const own = resolved.ids.filter((id) => charter.areas.some((top) => isWithin(tree, id, top.id)));
    const faults = tokens.flatMap((token, at): FieldError[] => {
      if (resolved.unknown.includes(token)) return [{ path: `areas.${at}`, code: 'AREA_UNKNOWN', sentence: `There is no area "${token}".` }];
      return resolved.foreign.includes(token) ? [{ path: `areas.${at}`, code: 'AREA_FOREIGN', sentence: `The area "${token}" is not this platform's to speak to.` }] : [];
    });
    return { ids: own, faults };
  }
}

function windowFaults({ kind, opensAt, closesAt }: DrillPlan, now: number, leadHours: number): readonly FieldError[] {
  const faults: FieldError[] = [];
  if (closesAt <= opensAt) faults.push({ path: 'closesAt', code: 'WINDOW_EMPTY', sentence: 'It closes before it opens.' });
  else if (closesAt <= now) faults.push({ path: 'closesAt', code: 'WINDOW_OVER', sentence: 'It would be over already.' });
  else if (closesAt - opensAt > CLASSES.emergency.maxWindowMs) faults.push({ path: 'closesAt', code: 'WINDOW_TOO_LONG', sentence: 'A drill lasts a day at most.' });
  if (kind === 'terminal' && leadHours > 0 && opensAt - now < leadHours * HOUR) {
    faults.push({ path: 'opensAt', code: 'DRILL_NOT_ANNOUNCED', sentence: `A drill that is heard is announced ${leadHours} hours before.` });
  }
  return faults;
}

/** Name and notice stand alone on a screen or a wall: each says that it is a drill, and none that it is not. */
function noticeFaults({ name, notice }: DrillPlan): readonly FieldError[] {
  return ([['name', name], ['notice', notice]] as const).flatMap(([path, text]): FieldError[] => {
    if (deniesDrill(text)) return [{ path, code: 'DRILL_DENIED', sentence: DRILL_SENTENCES.DRILL_DENIED }];
    return namesDrill(text) ? [] : [{ path, code: 'DRILL_NOT_SAID', sentence: 'Say that it is a drill (演练).' }];
  });
}
