import type { Factor, KeyAnswer } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Tx } from '../../kernel/database';
import { endOfChallenge } from './challenge';
import { isAnswerOf } from './key-answer';
import { passkeyCounter } from './passkey-counter';
import { isRecoveryCode, readRecoveryCode } from './recovery-codes';
import type { SealKey } from './seal-key';
import type { SecondFactorsStore } from './second-factors.store';
import { stepOfCode } from './totp';

export interface GivenFactor {
  readonly code?: string | undefined;
  readonly device?: KeyAnswer | undefined;
}

/** A factor that holds; `use` takes it once and for all and says false when somebody was quicker. */
export interface FactorFound {
  readonly factor: Factor;
  readonly use: (tx: Tx) => Promise<boolean>;
}

/**
 * Judges second factors (threats T17): codes of an authenticator app, recovery codes, keys of enrolled phones, passkeys.
 * Judging changes nothing; only `use`, in the transaction of what it opens, spends the step, the code or the challenge.
 */
export class SecondFactors {
  constructor(
    private readonly store: SecondFactorsStore,
    private readonly clock: Clock,
    private readonly key: () => SealKey,
  ) {}

  isEnrolled(account: string): Promise<boolean> {
    return this.store.isEnrolled(account);
  }

  /** Undefined when what was given does not hold, after the same work for an account that is not there. */
  judge(account: string, { code, device }: GivenFactor): Promise<FactorFound | undefined> {
    if (device !== undefined) return this.byKey(account, device, 'device');
    return code === undefined ? Promise.resolve(undefined) : this.byCode(account, code);
  }

  /** A passkey with user verification stands for both factors. */
  byPasskey(account: string, answer: KeyAnswer): Promise<FactorFound | undefined> {
    return this.byKey(account, answer, 'passkey');
  }

  async byCode(account: string, text: string): Promise<FactorFound | undefined> {
    const recovery = readRecoveryCode(text);
    if (recovery !== undefined) {
      const hash = await this.store.recoveryHash(account, recovery.number);
      if (!(await isRecoveryCode(hash, recovery))) return undefined;
      return { factor: 'recovery', use: (tx) => this.store.useRecoveryCode(tx, account, recovery.number, this.now()) };
    }
    const row = await this.store.totp(account);
    const secret = row?.confirmedAt === undefined || row.confirmedAt === null ? undefined : this.key().open(account, row.sealed);
    if (row === undefined || secret === undefined) return undefined;
    const step = stepOfCode(secret, text.replace(/\s+/g, ''), this.clock.now(), row.lastStep);
    return step === undefined ? undefined : { factor: 'totp', use: (tx) => this.store.useStep(tx, account, step) };
  }

  private async byKey(account: string, answer: KeyAnswer, as: 'device' | 'passkey'): Promise<FactorFound | undefined> {
    const now = this.now();
    const expiresAt = endOfChallenge(answer.challenge, now, this.key());
    const row = await this.store.key(account, answer.keyId, now);
    if (row === undefined || expiresAt === undefined || (row.key.alg === 'webauthn-es256') !== (as === 'passkey')) return undefined;
    if (!isAnswerOf(row.key, account, answer)) return undefined;
    const counter = as === 'passkey' ? passkeyCounter(answer.sig) : 0;
    if (counter === undefined) return undefined;
    return {
      factor: as,
      use: async (tx) => (await this.store.useChallenge(tx, answer.challenge, expiresAt)) && (await this.store.useKey(tx, account, answer.keyId, counter, now)),
    };
  }

  private now(): number {
    return Math.trunc(this.clock.now());
  }
}
