import { Injectable } from '@nestjs/common';
import type { CorrectionKind, Draft } from '#libs/contracts';
import { CORRECTION_KINDS, needsCorrections, standingTexts } from '#libs/domain';
import type { FieldError } from '../../kernel/errors';
import type { Principal } from '../access';
import { drillWordFaults } from './says-drill';
import { SpeakBody, type SpokenBody } from './speak-body';

/** What a correction is to say. */
export interface CorrectionText {
  readonly kind: CorrectionKind;
  readonly text: string;
}
export interface SpokenCorrection extends CorrectionText {
  readonly spoken: SpokenBody;
}

/**
 * What takes a message back: the author's words, or the standing ones for an emergency or advisory, spoken. Where
 * nothing can speak, such a message cannot be composed: a warning that cannot be taken back must not go out.
 */
@Injectable()
export class ComposeCorrections {
  constructor(private readonly body: SpeakBody) {}

  /** The texts, and every place of the author's own that cannot be read, or that does not say of a drill that it is one. A standing text without the title always can. */
  async texts(principal: Principal, fields: Partial<Draft>): Promise<{ readonly texts: readonly CorrectionText[]; readonly faults: readonly FieldError[] }> {
    const { class: kind, mode, title, corrections } = fields;
    if (kind === undefined || mode === undefined) return { texts: [], faults: [] };
    if (corrections === undefined) {
      if (!needsCorrections({ class: kind, mode }) || title === undefined) return { texts: [], faults: [] };
      return { texts: await Promise.all(CORRECTION_KINDS.map((correction) => this.standing(principal, correction, title, mode))), faults: [] };
    }
    const faults: FieldError[] = corrections.flatMap((one, at) => (corrections.findIndex((other) => other.kind === one.kind) === at ? []
      : [{ path: `corrections.${at}.kind`, code: 'CORRECTION_TWICE', sentence: `There is one ${one.kind} for a message.` }]));
    if (needsCorrections({ class: kind, mode }) && !corrections.some((one) => one.kind === 'correction')) {
      faults.push({ path: 'corrections', code: 'CORRECTION_MISSING', sentence: `A message of the class "${kind}" goes out only with a correction.` });
    }
    for (const [at, { text }] of corrections.entries()) {
      const path = `corrections.${at}.text`;
      faults.push(...drillWordFaults(mode, [], [{ path, text }]), ...await this.body.faults(principal, text, path));
    }
    return { texts: corrections, faults };
  }

  async speak(principal: Principal, fields: Partial<Draft>, texts: readonly CorrectionText[]): Promise<readonly SpokenCorrection[]> {
    const { class: kind, mode } = fields;
    const spoken: SpokenCorrection[] = [];
    if (kind === undefined || mode === undefined) return spoken;
    for (const one of texts) {
      const speed = fields.speech?.speed ?? 'normal';
      spoken.push({ ...one, spoken: await this.body.make(principal, { class: kind, mode, corrects: one.kind, text: one.text, speed }) });
    }
    return spoken;
  }

  private async standing(principal: Principal, kind: CorrectionKind, title: string, mode: NonNullable<Draft['mode']>): Promise<CorrectionText> {
    const [withTitle, without] = standingTexts(kind, title, mode);
    const unfit = [...drillWordFaults(mode, [], [{ path: '', text: withTitle }]), ...await this.body.faults(principal, withTitle, '')];
    return { kind, text: unfit.length === 0 ? withTitle : without };
  }
}
