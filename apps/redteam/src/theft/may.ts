import type { Message } from '#libs/contracts';
import type { Signer } from '#libs/suites';
import type { PlatformName } from '../../../../tests/support/trust-builder';

type Class = Message['class'];

/** A stolen key: whose it is, as `<platform> <role>`, `root <n>`, or a name of nobody's. */
export interface Held {
  readonly of: string;
  readonly signer: Signer;
}

export const CLASSES: readonly Class[] = ['emergency', 'advisory', 'notice', 'governance', 'daily'];
/** Governance is a village's or a township's own. */
const DISTRICTS: readonly Class[] = CLASSES.filter((one) => one !== 'governance');
export const ORIGINATES: Readonly<Record<PlatformName, readonly Class[]>> = { d: DISTRICTS, t1: CLASSES, t2: CLASSES, v1: CLASSES, v2: CLASSES, v3: CLASSES };
/** Where a platform of the table speaks: its terminals. */
export const REACHES = { d: ['v1', 'v2', 'v3'], t1: ['v1', 'v2'], v1: ['v1'] } as const;
/** What one approver may release (design 2, `policy/default.json`): routine everywhere, and of a village everything of its own. */
export const BY_ONE: Readonly<Record<'d' | 't1' | 'v1', readonly Class[]>> = { d: ['notice', 'daily'], t1: ['notice', 'governance', 'daily'], v1: CLASSES };
const PLATFORMS = ['d', 't1', 'v1'] as const;
/** Signs in a browser with a software key: no user verification, which a village's urgent messages ask of everybody who signs them. */
const UNVERIFIED = /approver-b$/;
const URGENT: readonly Class[] = ['emergency', 'advisory'];
/** Whose officers make a platform's roster: a village's are its township's by default. */
const OFFICERS_OF = { d: 'd', t1: 't1', v1: 't1' } as const;

/**
 * What keys of these names may make sound where, as `<terminal> <class>`, sorted: the rule of the design and not the code
 * that is tried. One who approves and the dispatcher give what one may release, two what the platform may say at all;
 * two officers make a roster, two root keys everything.
 */
export function mayDo(names: readonly string[]): readonly string[] {
  const count = (pattern: RegExp): number => new Set(names.filter((name) => pattern.test(name))).size;
  if (count(/^root /) >= 2) return pairsOf(REACHES.d, DISTRICTS);
  const may = PLATFORMS.flatMap((platform) => {
    const officers = count(new RegExp(`^${OFFICERS_OF[platform]} officer `));
    const approvers = names.includes(`${platform} dispatcher`) ? count(new RegExp(`^${platform} approver`)) : 0;
    // The table plants the papers of the highest platform that the thief can make.
    if (officers >= 2 && platform !== 'v1') return pairsOf(REACHES[platform], ORIGINATES[platform]);
    const byOne = BY_ONE[platform].filter((kind) => !URGENT.includes(kind) || names.some((name) => name.startsWith(`${platform} approver`) && !UNVERIFIED.test(name)));
    return approvers === 0 ? [] : pairsOf(REACHES[platform], approvers === 1 ? byOne : ORIGINATES[platform]);
  });
  return [...new Set(may)].sort();
}

export function pairsOf(terminals: readonly string[], classes: readonly string[]): readonly string[] {
  return terminals.flatMap((terminal) => classes.map((kind) => `${terminal} ${kind}`)).sort();
}
