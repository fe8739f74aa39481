import { Injectable } from '@nestjs/common';
import type { AreaId, DrillId, DrillKind, PlatformId, TerminalId } from '#libs/contracts';
import type { FieldError } from '../../kernel/errors';
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

/** The book of planned drills: a drill message keeps to one of its platform's plans. Messages ask it, drills answer. */
@Injectable()
export class DrillBook {
  private answerer: ((scope: Scope, question: DrillQuestion) => Promise<DrillAnswer>) | undefined;

  /** Registered once, when the module of the plans starts. */
  answerWith(answerer: (scope: Scope, question: DrillQuestion) => Promise<DrillAnswer>): void {
    this.answerer = answerer;
  }

  async judge(scope: Scope, question: DrillQuestion): Promise<DrillAnswer> {
    if (this.answerer !== undefined) return this.answerer(scope, question);
    return { kind: null, faults: [{ path: 'drill', code: 'DRILL_UNKNOWN', sentence: 'No drill of this platform has this id.' }] };
  }
}
