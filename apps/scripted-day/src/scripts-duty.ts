import { draftSchema, type Draft } from '#libs/contracts';
import { systemClock } from '../../cli/src';

/** What a duty officer types: spoken by the platform, with the class's own opening. */
export interface Wanted extends Pick<Draft, 'class' | 'severity' | 'eventType' | 'title' | 'text'>, Partial<Pick<Draft, 'mode' | 'drill' | 'whenPreempted' | 'gapMs'>> {
  readonly areas: readonly string[];
  readonly repeats: number;
  readonly windowMs: number;
}

/** A draft whose text the platform speaks. */
export function spokenDraft({ areas, windowMs, ...wanted }: Wanted): Draft {
  const now = systemClock.now();
  return draftSchema.parse({ ...wanted, targets: { areas: [...areas] }, notBefore: now, notAfter: now + windowMs, speech: {} });
}
