import type { Charter, KeyRecord, PlatformId } from '#libs/contracts';
import { ancestryOf, type HeldDocument, type TrustState } from './trust-state';

const DAY = 86_400_000;
/** Days before the end at which somebody must hear of it (design 4). */
export const EXPIRY_ALARM_DAYS = [7, 30, 90] as const;

/** How near a document is to its end: within 90, 30 or 7 days of it, in the grace in which emergencies alone go on, or over. */
export type ExpiryStage = 'within-90' | 'within-30' | 'within-7' | 'grace' | 'over';

/** A document that must be signed anew, and by whom. */
export interface ExpiryAlarm {
  readonly word: 'root' | 'charter' | 'roster';
  readonly platform: PlatformId;
  readonly version: number;
  /** Unix ms. */
  readonly expiresAt: number;
  readonly stage: ExpiryStage;
  /** Whole days until the end; negative once it is past. */
  readonly daysLeft: number;
  /** How many must sign, and who can: persons, or of a root its key ids. Revoked keys are left out. */
  readonly threshold: number;
  readonly signers: readonly string[];
}

/**
 * Every document of a state that is near its end or past it, the most urgent first. `now` in Unix ms. Asked of what is
 * in force, so that a document which somebody holds back cannot hide that the one before it ends.
 */
export function expiryAlarms(state: TrustState, now: number): readonly ExpiryAlarm[] {
  const { value: root } = state.root;
  const graceMs = root.graceDays * DAY;
  const alarms: ExpiryAlarm[] = [];
  const look = (word: ExpiryAlarm['word'], platform: PlatformId, { value }: HeldDocument<{ readonly version: number; readonly expiresAt: number }>, signing: Signing): void => {
    const stage = stageOf(value.expiresAt, graceMs, now);
    if (stage !== undefined) alarms.push({ word, platform, version: value.version, expiresAt: value.expiresAt, stage, daysLeft: Math.floor((value.expiresAt - now) / DAY), ...signing });
  };
  const byRoot: Signing = { threshold: root.threshold, signers: root.keys.map(({ keyId }) => keyId) };
  look('root', root.district, state.root, byRoot);
  for (const [platform, held] of state.charters) look('charter', platform, held, held.value.parent === null ? byRoot : officersOf(state, held.value.parent));
  for (const [platform, held] of state.rosters) look('roster', platform, held, officersOf(state, platform));
  return alarms.sort((a, b) => a.expiresAt - b.expiresAt);
}

export type Signing = Pick<ExpiryAlarm, 'threshold' | 'signers'>;

function stageOf(expiresAt: number, graceMs: number, now: number): ExpiryStage | undefined {
  if (now >= expiresAt + graceMs) return 'over';
  if (now >= expiresAt) return 'grace';
  const days = EXPIRY_ALARM_DAYS.find((before) => expiresAt - now <= before * DAY);
  return days === undefined ? undefined : `within-${days}`;
}

/** How many officers of a platform must sign, and who can: persons, each once, who hold an officer's key that counts. `charter`: another one than that in force, where it fell. */
export function officersOf(state: TrustState, platform: PlatformId, charter: Charter | undefined = state.charters.get(platform)?.value): Signing {
  const counts = (key: KeyRecord): boolean => !ancestryOf(state, platform).some((above) => state.revoked.get(above)?.has(key.keyId) === true);
  return { threshold: charter?.threshold ?? 0, signers: [...new Set((charter?.officers ?? []).filter(({ key }) => counts(key)).map(({ person }) => person))] };
}
