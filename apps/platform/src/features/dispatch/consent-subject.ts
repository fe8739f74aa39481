import type { Consent } from '#libs/contracts';

/** What a consent is about, once for each message: the correction that is said, or the stop that is taken back. */
export function subjectOf(act: Consent['act']): string {
  switch (act.kind) {
    case 'correct': return act.correction;
    case 'resume': return act.stop;
  }
}
