import { Injectable } from '@nestjs/common';
import type { AreaId, DrillId, DrillKind, PlatformId, TerminalId } from '#libs/contracts';
import type { FieldError } from '../../kernel/errors';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';

/** A drill message as far as its plan decides about it. */
export interface DrillQuestion {
  readonly platform: PlatformId;
  readonly plan: DrillId;
  readonly areas: readonly AreaId[];
  readonly terminals: readonly TerminalId[];
  readonly notBefore: number;
  readonly notAfter: number;
}

/** What the plan says: how far the drill goes (null when there is no such plan), and every reason why this is not part of it. */
export interface DrillAnswer {
  readonly kind: DrillKind | null;
  readonly faults: readonly FieldError[];
}

/** Who keeps the plans. */
export interface DrillKeeper {
  judge(scope: Scope, question: DrillQuestion): Promise<DrillAnswer>;
  /** Keeps a plan from being cancelled until the transaction ends; false when it was cancelled before. */
  hold(scope: Scope, tx: Tx, plan: DrillId): Promise<boolean>;
}

/** The book of planned drills: a drill message keeps to one of its platform's plans. Messages ask it, drills answer. */
@Injectable()
export class DrillBook {
  private keeper: DrillKeeper | undefined;

  /** Registered once, when the module of the plans starts. */
  keptBy(keeper: DrillKeeper): void {
    this.keeper = keeper;
  }

  async hold(scope: Scope, tx: Tx, plan: DrillId): Promise<boolean> {
    return this.keeper !== undefined && this.keeper.hold(scope, tx, plan);
  }

  async judge(scope: Scope, question: DrillQuestion): Promise<DrillAnswer> {
    if (this.keeper !== undefined) return this.keeper.judge(scope, question);
    return { kind: null, faults: [{ path: 'drill', code: 'DRILL_UNKNOWN', sentence: 'No drill of this platform has this id.' }] };
  }
}
