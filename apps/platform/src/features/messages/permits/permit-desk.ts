import { Inject, Injectable } from '@nestjs/common';
import type { Digest, Message } from '#libs/contracts';
import { hasRoomThatDay, permitFaults, permitUntil, type PermitFault } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import { verifyPermit } from '#libs/trust';
import type { Config } from '../../../kernel/config';
import type { Tx } from '../../../kernel/database';
import { invalidFields, type FieldError } from '../../../kernel/errors';
import { Leaves } from '../../../kernel/leaf';
import type { Scope } from '../../../kernel/scope';
import { CONFIG } from '../../../kernel/tokens';
import { Trust } from '../../authority';
import { altered, refusalError } from '../refusals';
import { PERMIT_STORE, type PermitRecord, type PermitStore } from './permit.store';

const DAY_MS = 86_400_000;

type Fault = { readonly path: string; readonly code: string; readonly sentence: string };
const FAULTS: Readonly<Record<PermitFault, Fault>> = {
  platform: { path: 'permit', code: 'PERMIT_FOREIGN', sentence: 'The permit is another village\'s.' },
  clerk: { path: 'author', code: 'PERMIT_OTHER_CLERK', sentence: 'The permit is somebody else\'s.' },
  classes: { path: 'class', code: 'PERMIT_CLASS', sentence: 'Under a permit only the class governance is said.' },
  mode: { path: 'mode', code: 'PERMIT_MODE', sentence: 'Drills and tests have no permit.' },
  body: { path: 'segments', code: 'PERMIT_BODY', sentence: 'Under a permit a chime and recordings are played, no siren and no spoken text.' },
  volume: { path: 'volume', code: 'PERMIT_LOUDER', sentence: 'It is louder than the permit allows.' },
  maxDurationMs: { path: 'repeats', code: 'PERMIT_LONGER', sentence: 'With its repetitions it is longer than the permit allows.' },
  window: { path: 'notAfter', code: 'PERMIT_WINDOW', sentence: 'The window of a message under a permit is a day at most.' },
  corrections: { path: 'corrections', code: 'PERMIT_CORRECTIONS', sentence: 'Nothing takes back what is said under a permit; it is stopped.' },
  replaces: { path: 'replaces', code: 'PERMIT_REPLACES', sentence: 'Under a permit no other message is ended.' },
  notBefore: { path: 'notBefore', code: 'PERMIT_NOT_BEGUN', sentence: 'The permit has not begun at that time.' },
  notAfter: { path: 'notBefore', code: 'PERMIT_ENDED', sentence: 'The permit has ended by then.' },
  dayBand: { path: 'notBefore', code: 'PERMIT_HOURS', sentence: 'It would not begin and end inside the hours of the permit.' },
  perDay: { path: 'permit', code: 'PERMIT_DAY_FULL', sentence: 'As many messages as the permit allows a day are handed in for that day.' },
};
/** Where it is another field of a living voice. */
const LIVE_FAULTS: Partial<Readonly<Record<PermitFault, Fault>>> = {
  body: { path: 'live.opening', code: 'PERMIT_BODY', sentence: 'Under a permit a chime opens a voice, no siren.' },
  maxDurationMs: { path: 'live.maxDurationMs', code: 'PERMIT_LONGER', sentence: 'With its opening it may last longer than the permit allows.' },
};
const UNKNOWN: Fault = { path: 'permit', code: 'PERMIT_UNKNOWN', sentence: 'No permit of this platform has this digest.' };
const WITHDRAWN: Fault = { path: 'permit', code: 'PERMIT_WITHDRAWN', sentence: 'The permit was withdrawn.' };
const UNLISTED: Fault = { path: 'permit', code: 'PERMIT_NOT_LISTED', sentence: 'The roster in force does not list the permit: loudspeakers would not take it.' };

type Under = Message & { readonly permit: Digest };

/** Whether a message speaks under a permit, by its author's own bytes. */
export function isUnderPermit(message: Message): message is Under {
  return message.permit !== undefined;
}

/**
 * What is said under a permit, foreseen by the terminals' own rule before it is taken and counted in the transaction in
 * which it is. Decides nothing that a terminal does not decide again.
 */
@Injectable()
export class PermitDesk {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(PERMIT_STORE) private readonly store: PermitStore,
    private readonly trust: Trust,
    private readonly leaves: Leaves,
  ) {}

  /** Every reason at once why this cannot go out under the permit that it names; none for what names none. */
  async faults(scope: Scope, message: Message, now: number): Promise<readonly FieldError[]> {
    if (!isUnderPermit(message)) return [];
    const record = await this.store.find(scope, message.permit);
    return record === undefined || record.platform !== message.platform ? [UNKNOWN] : this.faultsUnder(scope, record, message, now);
  }

  /** In the transaction in which the message is taken: nobody else uses the permit meanwhile, and it has room that day. */
  async use(tx: Tx, scope: Scope, message: Under, digest: Digest, now: number): Promise<void> {
    const record = await this.store.lock(scope, tx, message.permit);
    const faults = record === undefined ? [UNKNOWN] : await this.faultsUnder(scope, record, message, now, tx);
    if (faults.length > 0) throw invalidFields(faults);
    const beginsAt = this.beginsAt(message, now);
    await this.store.use(scope, tx, { message: message.id, permit: message.permit, beginsAt });
    await this.leaves.insert(tx, { platform: message.platform, kind: 'permit.used', subject: message.id, facts: { digest, permit: message.permit, clerk: message.author, beginsAt } });
  }

  /** The signed permit that goes with the order; verified here and now. Undefined for what names none. */
  async envelopeFor(tx: Tx, scope: Scope, message: Message, now: number): Promise<Envelope | undefined> {
    if (!isUnderPermit(message)) return undefined;
    const record = await this.store.find(scope, message.permit, tx);
    if (record === undefined) throw altered('the permit that it names is gone');
    if (record.withdrawn !== null) throw refusalError({ code: 'REJ_PERMIT' });
    const verified = verifyPermit(this.trust.state(), record.envelope, now);
    if (!verified.ok) throw refusalError(verified);
    if (verified.value.digest !== message.permit) throw altered('a permit is not what was signed');
    return record.envelope;
  }

  private async faultsUnder(scope: Scope, record: PermitRecord, message: Under, now: number, tx?: Tx): Promise<readonly FieldError[]> {
    const state = this.trust.state();
    const verified = verifyPermit(state, record.envelope, now);
    if (!verified.ok) return [{ path: 'permit', code: verified.code, sentence: refusalError(verified).message }];
    const { permit, digest } = verified.value;
    if (digest !== message.permit) throw altered('a permit is not what was signed');
    const startAt = this.beginsAt(message, now);
    const begun = await this.store.usesSince(scope, digest, startAt - DAY_MS, tx);
    const faults: readonly PermitFault[] = [
      ...permitFaults(permit, message, { startAt, notAfter: permitUntil(permit, message, startAt) }),
      ...(hasRoomThatDay(permit, begun, startAt) ? [] : ['perDay' as const]),
    ];
    return [
      ...(record.withdrawn === null ? [] : [WITHDRAWN]),
      ...(state.rosters.get(message.platform)?.value.permits?.includes(digest) === true ? [] : [UNLISTED]),
      ...faults.map((fault) => ('live' in message.body ? LIVE_FAULTS[fault] : undefined) ?? FAULTS[fault]),
    ];
  }

  private beginsAt({ notBefore }: Message, now: number): number {
    return Math.max(now + this.config.startLeadMs, notBefore);
  }
}
