import type { grantZh } from './grant-zh';

/** Requests that cannot be granted, or are not; they come with the officers' page. */
export const grantEn: Readonly<Record<keyof typeof grantZh, string>> = {
  'leftOut': 'Not in the draft: {person} ({platform}). ',
  'leftOut.PERSON_UNKNOWN': 'The roster in force has no such person: enter the person first.',
  'leftOut.KEY_UNKNOWN': 'The old key that it should replace stands in the roster no longer; it has probably been replaced. Turn it down and let the person ask anew.',
  'leftOut.KEY_REGISTERED': 'The key asked for stands in the roster, or was revoked: it cannot be entered again. Turn it down.',
  'leftOut.KEYS_FULL': 'The person has four keys: let them ask anew and replace one.',
  'turnDown': 'Turn it down…',
  'turnDownWhy': 'Why (whoever asked reads it)',
  'turnDownSure': 'Turn it down',
};
