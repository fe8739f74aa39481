import { LIMITS, type Charter, type Message, type Permit, type Roster } from '#libs/contracts';
import { partsOf, type Part } from './body';
import { bodyDurationMs, messageDurationMs, VOLUME_DB } from './classes';
import { minimumApprovals } from './policy';
import { inDayBand, minuteOfDay } from './quiet-hours';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const CST_OFFSET_MS = 8 * 3_600_000;
/** Persons who sign a permit (design 1). */
export const PERMIT_SIGNERS = 2;

/** What a clerk's own word consists of: no siren, and no words that a machine speaks. */
const PERMIT_ROLES: readonly Part['role'][] = ['chime', 'recording', 'live'];

/** Where a message goes beyond its permit: a field of the permit where it has one. */
export type PermitFault =
  | 'platform' | 'clerk' | 'classes' | 'mode' | 'body' | 'volume' | 'maxDurationMs' | 'window' | 'corrections' | 'replaces' | 'notBefore' | 'notAfter' | 'dayBand' | 'perDay';

type Bounds = Pick<Permit, 'dayBand' | 'notAfter'>;
type Sounding = Pick<Message, 'body' | 'repeats' | 'gapMs' | 'notAfter'>;

/** When it is to begin, and from when on nothing of it may begin any more. Unix ms. */
export interface PermitTimes {
  readonly startAt: number;
  readonly notAfter: number;
}

/** Days of China Standard Time since the epoch. */
export function chinaDay(at: number): number {
  return Math.floor((at + CST_OFFSET_MS) / DAY_MS);
}

/** What of a permit can be refused whoever signs it; a clerk may be named here who is nobody's id. */
export type PermitGround = Pick<Permit, 'platform' | 'notBefore' | 'notAfter' | 'issuedAt'> & { readonly clerk: string };
export type PermitGroundFault = 'platform' | 'clerk' | 'minimumApprovals' | 'notAfter' | 'issuedAt';

/**
 * Everything for which a permit cannot count whoever signs it, in the order in which verifiers name it. It is of a village,
 * for an author of it, not longer than 400 days, and the village's charter asks for no more persons than sign one. Charter
 * and roster are those of the permit's platform.
 */
export function permitGroundFaults(charter: Charter, { persons }: Pick<Roster, 'persons'>, { clerk, notBefore, notAfter, issuedAt }: PermitGround, now: number): readonly PermitGroundFault[] {
  const broken: readonly (readonly [PermitGroundFault, boolean])[] = [
    ['platform', charter.tier !== 'village'],
    ['clerk', persons.find(({ id }) => id === clerk)?.roles.includes('author') !== true],
    ['minimumApprovals', minimumApprovals(charter, 'governance') > PERMIT_SIGNERS],
    ['notAfter', notAfter - Math.min(issuedAt, notBefore) > LIMITS.expiryDays * DAY_MS],
    ['issuedAt', issuedAt > now + LIMITS.signerClockMs],
  ];
  return broken.filter(([, isBroken]) => isBroken).map(([fault]) => fault);
}

/**
 * Everything in which a message is more than its permit allows; empty when it may go out under it. What may begin last
 * ends inside the day's band as well, so that nobody who comes late, waits for another message or goes on after a stop
 * hears it at night.
 */
export function permitFaults(permit: Permit, message: Message, { startAt, notAfter }: PermitTimes): readonly PermitFault[] {
  const bandEnd = bandEndOf(permit, startAt);
  const broken: readonly (readonly [PermitFault, boolean])[] = [
    ['platform', message.platform !== permit.platform],
    ['clerk', message.author !== permit.clerk],
    ['classes', !permit.classes.some((one) => one === message.class)],
    ['mode', message.mode !== 'actual'],
    ['body', !partsOf(message.body).every(({ role }) => PERMIT_ROLES.includes(role))],
    ['volume', VOLUME_DB[message.volume] > VOLUME_DB[permit.volume]],
    ['maxDurationMs', messageDurationMs(message) > permit.maxDurationMs],
    ['window', message.notAfter - message.notBefore > LIMITS.permitWindowMs],
    ['corrections', message.corrections.length > 0],
    ['replaces', message.replaces !== null],
    ['notBefore', startAt < permit.notBefore],
    ['notAfter', startAt >= permit.notAfter || notAfter > permit.notAfter],
    ['dayBand', !inDayBand(permit.dayBand, startAt) || startAt + messageDurationMs(message) > bandEnd || notAfter + bodyDurationMs(partsOf(message.body)) > bandEnd],
  ];
  return broken.filter(([, isBroken]) => isBroken).map(([fault]) => fault);
}

/** The latest `notAfter` that a dispatch of this message may have under its permit. Unix ms. */
export function permitUntil(permit: Bounds, message: Sounding, startAt: number): number {
  return Math.min(message.notAfter, permit.notAfter, bandEndOf(permit, startAt) - bodyDurationMs(partsOf(message.body)));
}

/** Whether one more may begin on that day: `begun` is when the others under the same permit began. Unix ms. */
export function hasRoomThatDay({ perDay }: Pick<Permit, 'perDay'>, begun: readonly number[], startAt: number): boolean {
  return begun.filter((at) => chinaDay(at) === chinaDay(startAt)).length < perDay;
}

/** The end of the band on the day of `at`. Unix ms. */
function bandEndOf({ dayBand }: Pick<Permit, 'dayBand'>, at: number): number {
  const midnight = Math.floor(at / MINUTE_MS) * MINUTE_MS - minuteOfDay(at) * MINUTE_MS;
  return midnight + dayBand.toMinute * MINUTE_MS;
}
