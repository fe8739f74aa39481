import type { rootZh } from './root-zh';

/** The root's page in English. */
export const rootEn: Readonly<Record<keyof typeof rootZh, string>> = {
  'title': 'The district\'s root that this device trusts',
  'line': 'Root that this device trusts: {district}, version {version}.',
  'line.none': 'This device remembers no root yet.',
  'line.open': 'Compare the root',
  'none': 'Looking at this platform\'s root for the first time ...',
  'remembered': 'Root of {district}, version {version}, signed by {threshold} of {keys}. Whatever other root a platform shows, this device signs nothing under it.',
  'compare': 'Compare once with an officer, on the day this device is set up: these 20 digits are those of the root on paper (as `root verify` prints it).',
  'same': '✓ What the platform shows now is the root that this device remembers.',
  'changed': 'THE ROOT HAS CHANGED. What the platform shows is not the root that this device remembers, and the old root has not signed it.',
  'changed.do': 'Sign nothing. Call an officer on a number that you know yourself (not one from the platform or a text message), and read this page to them.',
  'changed.was': 'This device remembers {district}, version {version}, with the digits:',
  'changed.now': 'The platform now calls itself {district}, version {version}. The new root\'s digits are not shown here: an officer alone reads them to you, from the root on paper.',
  'typed': 'Digits of the new root as the officer reads them (4 groups of 5)',
  'typed.wrong': 'They differ: what the platform shows is not the root that the officer holds. Sign nothing and tell the auditor.',
  'confirm': 'They are the same. Trust this root from now on',
  'confirmed': 'The new root is trusted. What was seen under the old one is forgotten; this device\'s keys have to be signed in by the officers again.',
  'holds.not': 'The root that the platform shows is not even signed by its own keys: it cannot be trusted.',
};
