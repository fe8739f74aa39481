import { Injectable } from '@nestjs/common';
import type { Digest, Dispatch, DispatchId, MessageId, PlatformId, Tally, TerminalId } from '#libs/contracts';
import type { Isolation, Restriction } from '#libs/domain';
import type { Envelope } from '#libs/envelope';
import type { StandingMessage } from '#libs/trust';
import type { Tx } from '../../kernel/database';
import { ClarionError } from '../../kernel/errors';
import type { Scope } from '../../kernel/scope';

/** A message that enough persons signed, or its author under a permit, or a correction that a signed one lists, verified in this very transaction. */
export interface ApprovedMessage {
  readonly id: MessageId;
  readonly verified: StandingMessage;
  /** The approvals of the steps, as they were signed; a correction has none, nor has what is said under a permit. */
  readonly approvals: readonly Envelope[];
  /** Under which its author said it alone; undefined where others approved. */
  readonly permit: Envelope | undefined;
}

/**
 * What later features do in the transaction in which a message is released or withdrawn. Messages know nobody who
 * follows: whoever does registers here while its module starts. There is one of each, because "somebody forgot to
 * register" must be an error and not a silent loudspeaker.
 */
export interface ReleaseFollower {
  /** The last required signature came, or a held message was let go. Throwing undoes the signature too. */
  released(tx: Tx, approved: ApprovedMessage): Promise<void>;
  /** A message that somebody approved is taken back or sent back, or one on the air is: its digest must never sound again. Asks no signature but the stop's own. */
  takenBack(tx: Tx, message: { readonly id: MessageId; readonly platform: PlatformId; readonly digest: Digest; readonly by: string }): Promise<void>;
}

/** What became of a message on the air, as later features know it. */
export interface AirRecord {
  readonly dispatches: readonly { readonly dispatchId: DispatchId; readonly startAt: Dispatch['startAt']; readonly issuedAt: Dispatch['issuedAt'] }[];
  readonly tally: Tally;
}
/** The newest dispatch of a message that is not through, and the terminals where it is not. */
export interface OnTheAir {
  readonly dispatchId: DispatchId;
  readonly startAt: Dispatch['startAt'];
  readonly issuedAt: Dispatch['issuedAt'];
  readonly terminals: readonly TerminalId[];
}
export interface AirReader {
  air(scope: Scope, ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, AirRecord>>;
  /** Of these messages those that are not through, whoever's terminals they sound at. */
  onAir(ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, OnTheAir>>;
  /** What shuts out messages of upper tiers at this time. */
  isolations(at: number): Promise<readonly Isolation[]>;
  /** What narrows now or will; read within `tx` when given. */
  restrictions(now: number, tx?: Tx): Promise<readonly Restriction[]>;
  /** Of these terminals, those that a stop keeps silent for a message of this time, which none of them has begun. */
  silenced(message: Unbegun, terminals: readonly TerminalId[], now: number): Promise<readonly TerminalId[]>;
}
/** A message that has not gone out: what a stop asks of it. */
export interface Unbegun {
  /** Null while nobody knows it: then only stops of everything count. */
  readonly digest: Digest | null;
  readonly platform: PlatformId;
  readonly issuedAt: number;
}

export const NOT_ON_AIR: AirRecord = {
  dispatches: [],
  tally: { targeted: 0, queued: 0, sent: 0, acked: 0, audible: 0, done: 0, failed: 0, reasons: {} },
};

/** The places where later features hang themselves in. */
@Injectable()
export class Followers {
  private releaseFollower: ReleaseFollower | undefined;
  private airReader: AirReader | undefined;

  onRelease(follower: ReleaseFollower): void {
    if (this.releaseFollower !== undefined) throw unexpected('two features want to place dispatches');
    this.releaseFollower = follower;
  }

  readAirFrom(reader: AirReader): void {
    if (this.airReader !== undefined) throw unexpected('two features want to tell what is on air');
    this.airReader = reader;
  }

  get release(): ReleaseFollower {
    if (this.releaseFollower === undefined) throw unexpected('nobody places dispatches');
    return this.releaseFollower;
  }

  /** Without a reader nothing has been on air yet. */
  async air(scope: Scope, ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, AirRecord>> {
    return ids.length === 0 || this.airReader === undefined ? new Map() : this.airReader.air(scope, ids);
  }

  async onAir(ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, OnTheAir>> {
    return ids.length === 0 || this.airReader === undefined ? new Map() : this.airReader.onAir(ids);
  }

  async isolations(at: number): Promise<readonly Isolation[]> {
    return this.airReader?.isolations(at) ?? [];
  }

  async restrictions(now: number, tx?: Tx): Promise<readonly Restriction[]> {
    return this.airReader?.restrictions(now, tx) ?? [];
  }

  async silenced(message: Unbegun, terminals: readonly TerminalId[], now: number): Promise<readonly TerminalId[]> {
    return terminals.length === 0 ? [] : (await this.airReader?.silenced(message, terminals, now)) ?? [];
  }
}

function unexpected(sentence: string): ClarionError {
  return new ClarionError('UNEXPECTED', sentence, { family: 'unexpected' });
}
