import type { AreaId, Digest, DispatchId, LiveEnd, MessageId, PersonId, PlatformId, StreamId } from '#libs/contracts';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';

/** A turn to speak, and the voice that took it up. Times are Unix ms. */
export interface LiveSession {
  readonly stream: StreamId;
  readonly message: MessageId;
  readonly digest: Digest;
  readonly platform: PlatformId;
  readonly author: PersonId;
  readonly areas: readonly AreaId[];
  /** Nobody having begun by then, the turn is free again. */
  readonly claimedUntil: number;
  /** No sample is heard after it. */
  readonly endsAt: number;
  /** Under which the voice began; null before it did. */
  readonly begun: { readonly dispatch: DispatchId; readonly startAt: number; readonly at: number } | null;
  readonly ended: { readonly code: LiveEnd; readonly at: number } | null;
  /** Of a voice that has ended. */
  readonly lastSeq: number;
  readonly refused: number;
}

export type LiveClaim = Pick<LiveSession, 'stream' | 'message' | 'digest' | 'platform' | 'author' | 'areas' | 'claimedUntil' | 'endsAt'>;

export interface LiveStore {
  /** Turns are taken one after the other. */
  lockTurns(scope: Scope, tx: Tx): Promise<void>;
  /** Turns that are somebody's at this time: claimed and not lapsed, or taken up and not over. */
  held(scope: Scope, tx: Tx, now: number): Promise<readonly LiveSession[]>;
  /** A turn that was never taken up may be claimed anew. */
  claim(scope: Scope, tx: Tx, claim: LiveClaim): Promise<void>;
  find(scope: Scope, stream: StreamId, tx?: Tx): Promise<LiveSession | undefined>;
  /** False when it has begun or ended already. */
  begin(scope: Scope, tx: Tx, stream: StreamId, begun: NonNullable<LiveSession['begun']>, endsAt: number): Promise<boolean>;
  /** False when it has ended already. */
  end(scope: Scope, tx: Tx, stream: StreamId, ended: NonNullable<LiveSession['ended']>, counts: Pick<LiveSession, 'lastSeq' | 'refused'>): Promise<boolean>;
  /** Voices that began and have not ended. */
  unended(scope: Scope): Promise<readonly LiveSession[]>;
  /** Voices that began, newest first. */
  list(scope: Scope, count: number): Promise<readonly LiveSession[]>;
}
export const LIVE_STORE = Symbol('LIVE_STORE');
