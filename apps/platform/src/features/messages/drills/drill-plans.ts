import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { drillIdSchema, type DrillId, type DrillView } from '#libs/contracts';
import { isWithin } from '#libs/domain';
import type { Tx } from '../../../kernel/database';
import type { FieldError } from '../../../kernel/errors';
import type { Scope } from '../../../kernel/scope';
import { serverScope } from '../../access';
import { Areas } from '../../areas';
import { Terminals } from '../../terminals';
import { DrillBook, type DrillAnswer, type DrillKeeper, type DrillQuestion } from '../drill-book';
import { DRILL_STORE, type DrillStore } from './drills.store';

/** What the planned drills say: whether a message is part of one, and which of them concern a scope now. */
@Injectable()
export class DrillPlans implements DrillKeeper, OnModuleInit {
  constructor(
    @Inject(DRILL_STORE) private readonly store: DrillStore,
    private readonly areas: Areas,
    private readonly terminals: Terminals,
    private readonly book: DrillBook,
  ) {}

  onModuleInit(): void {
    this.book.keptBy(this);
  }

  list(scope: Scope, count: number): Promise<readonly DrillView[]> {
    return this.store.list(scope, count);
  }

  async find(scope: Scope, id: string): Promise<DrillView | undefined> {
    return drillIdSchema.safeParse(id).success ? this.store.find(scope, id) : undefined;
  }

  /**
   * Drills open or opening before `until` that are heard or carried out in the scope: its own, and those of upper
   * platforms over its areas. Whoever may see an area must know that what it will hear is a drill.
   */
  async concerning(scope: Scope, now: number, until: number): Promise<readonly DrillView[]> {
    const drills = await this.store.ahead(serverScope('drills over an area are everybody\'s to know there'), now, until);
    if (drills.length === 0) return [];
    const own = await this.areas.tree(scope);
    const [top] = own;
    const above = top === undefined ? [] : await this.areas.chain(scope, top.id);
    const known = new Set([...own, ...above].map(({ id }) => id));
    return drills.filter((drill) => scope.covers(drill.platform) || drill.areas.some((area) => known.has(area)));
  }

  hold(scope: Scope, tx: Tx, plan: DrillId): Promise<boolean> {
    return this.store.hold(scope, tx, plan);
  }

  async judge(scope: Scope, question: DrillQuestion): Promise<DrillAnswer> {
    const drill = await this.find(scope, question.plan);
    if (drill === undefined || drill.platform !== question.platform) {
      return { kind: null, faults: [{ path: 'drill', code: 'DRILL_UNKNOWN', sentence: 'No drill of this platform has this id.' }] };
    }
    const faults: FieldError[] = [
      ...(drill.cancelledAt === null ? [] : [{ path: 'drill', code: 'DRILL_CANCELLED', sentence: 'This drill was cancelled.' }]),
      ...await this.placeFaults(scope, drill, question),
      ...(question.notBefore < drill.opensAt ? [{ path: 'notBefore', code: 'DRILL_WINDOW', sentence: `The drill opens at ${new Date(drill.opensAt).toISOString()}.` }] : []),
      ...(question.notAfter > drill.closesAt ? [{ path: 'notAfter', code: 'DRILL_WINDOW', sentence: `The drill closes at ${new Date(drill.closesAt).toISOString()}.` }] : []),
    ];
    return { kind: drill.kind, faults };
  }

  private async placeFaults(scope: Scope, drill: DrillView, { areas, terminals }: DrillQuestion): Promise<readonly FieldError[]> {
    const tree = await this.areas.tree(scope);
    const inside = (area: DrillView['areas'][number]): boolean => drill.areas.some((top) => isWithin(tree, area, top));
    const fault = (path: string, name: string): FieldError => ({ path, code: 'DRILL_OUTSIDE', sentence: `"${name}" has no part in this drill.` });
    return [
      ...areas.flatMap((area, at) => (inside(area) ? [] : [fault(`targets.areas.${at}`, area)])),
      ...terminals.flatMap((terminal, at) => (this.terminals.areasOf(terminal).some(inside) ? [] : [fault(`targets.terminals.${at}`, terminal)])),
    ];
  }
}
