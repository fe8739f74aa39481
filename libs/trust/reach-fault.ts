import { mayReach } from '#libs/domain';
import type { VerifiedOrder } from './judge-order';
import { refuse, type Refused } from './result';
import type { TerminalAssignment } from './verify-assignment';

/**
 * The terminal stands where the platform may speak, by what the message names; a dispatch never names another area
 * (`exceedingFault`). An area that a charter gave up is declared by nobody, so only a terminal that still stands in it can tell.
 */
export function reachFault({ message }: VerifiedOrder, { areas }: Pick<TerminalAssignment, 'areas'>): Refused | undefined {
  return mayReach(message.charter.areas.map(({ id }) => id), message.message.targets, areas) ? undefined : refuse('REJ_AREA', 'targets');
}
