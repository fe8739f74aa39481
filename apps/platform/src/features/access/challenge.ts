import type { Challenge } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import type { SealKey } from './seal-key';
import type { SecondFactorsStore } from './second-factors.store';

const LIFE_MS = 2 * 60_000;
const CHANCE_BYTES = 16;
const TIME_BYTES = 8;
const BODY_BYTES = CHANCE_BYTES + TIME_BYTES;
const MARK_BYTES = 32;

/** Nothing is kept of a challenge until it is used: whoever asks for a million costs a million HMACs and no row. */
export function makeChallenge(clock: Clock, key: SealKey): Challenge {
  const expiresAt = Math.trunc(clock.now()) + LIFE_MS;
  const body = Buffer.alloc(BODY_BYTES);
  body.set(clock.random(CHANCE_BYTES));
  body.writeBigUInt64BE(BigInt(expiresAt), CHANCE_BYTES);
  return { challenge: Buffer.concat([body, key.mark(body)]).toString('base64url'), expiresAt };
}

/** When a challenge of ours ends (Unix ms); undefined when it is not ours, is over, or has another spelling. That it is used once, the store holds. */
export function endOfChallenge(challenge: string, now: number, key: SealKey): number | undefined {
  const bytes = Buffer.from(challenge, 'base64url');
  if (bytes.length !== BODY_BYTES + MARK_BYTES || bytes.toString('base64url') !== challenge) return undefined;
  const body = bytes.subarray(0, BODY_BYTES);
  if (!key.isMark(body, bytes.subarray(BODY_BYTES))) return undefined;
  const expiresAt = Number(body.readBigUInt64BE(CHANCE_BYTES));
  return expiresAt > now ? expiresAt : undefined;
}

/** Hands out challenges, and takes each back once. */
export class Challenges {
  constructor(private readonly clock: Clock, private readonly key: () => SealKey, private readonly store: Pick<SecondFactorsStore, 'useChallenge'>) {}

  make(): Challenge {
    return makeChallenge(this.clock, this.key());
  }

  /** Whether it is ours, not over, and comes for the first time; in the caller's transaction. */
  async spend(tx: Tx, challenge: string): Promise<boolean> {
    const endsAt = endOfChallenge(challenge, this.clock.now(), this.key());
    return endsAt !== undefined && this.store.useChallenge(tx, challenge, endsAt);
  }
}
