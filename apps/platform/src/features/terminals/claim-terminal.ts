import type { SoftwareKeyRecord, TerminalId } from '#libs/contracts';
import { SUITE_OF_PROFILE } from '#libs/domain';
import { checkKeyRecord } from '#libs/suites';
import type { Clock } from '../../kernel/clock';
import { isUniqueViolation, notify, type Transactions, type Tx } from '../../kernel/database';
import type { Leaves } from '../../kernel/leaf';
import type { Scope } from '../../kernel/scope';
import type { SecurityEvents } from '../audit';
import type { Trust } from '../authority';
import { claimCodeHash } from './claim-codes';
import { REGISTRY_CHANNEL } from './registry-channel';
import type { ClaimRow, TerminalsStore } from './terminals.store';

export interface Claim {
  readonly code: string;
  readonly physicalCode: string;
  readonly key: SoftwareKeyRecord;
}
export type ClaimCode = 'CLAIM_UNKNOWN' | 'CLAIM_USED' | 'CLAIM_EXPIRED' | 'CLAIM_KEY_TAKEN' | 'CLAIM_KEY_WEAK';
export type ClaimAnswer = { readonly ok: true; readonly terminal: TerminalId } | { readonly ok: false; readonly code: ClaimCode };

/**
 * Enrols a device with its one-use claim code (threats T41): the code must be known, unexpired, unused and of this very
 * unit. The same device with the same key asking again, because the answer was lost, gets the same answer. Whether the
 * key signed the server's nonce the gateway has verified. A refusal becomes a security event.
 */
export class ClaimTerminal {
  constructor(
    private readonly store: TerminalsStore,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly leaves: Leaves,
    private readonly events: SecurityEvents,
    private readonly trust: Trust,
    private readonly scope: Scope,
  ) {}

  async run(claim: Claim): Promise<ClaimAnswer> {
    if (claim.key.alg !== this.deviceSuite() || !checkKeyRecord(claim.key).ok) return { ok: false, code: 'CLAIM_KEY_WEAK' };
    const answer = await this.enrol(claim);
    if (!answer.ok) await this.report(claim, answer.code);
    return answer;
  }

  /** Before the first root nobody can claim anything, whatever the suite. */
  private deviceSuite(): SoftwareKeyRecord['alg'] {
    return SUITE_OF_PROFILE[this.trust.isReady() ? this.trust.state().root.value.profile : 'open'];
  }

  private async enrol(claim: Claim): Promise<ClaimAnswer> {
    try {
      return await this.transactions.run((tx) => this.judge(tx, claim));
    } catch (cause) {
      // Another claim with this key was faster.
      if (isUniqueViolation(cause)) return { ok: false, code: 'CLAIM_KEY_TAKEN' };
      throw cause;
    }
  }

  private async judge(tx: Tx, { code, physicalCode, key }: Claim): Promise<ClaimAnswer> {
    const now = this.clock.now();
    const row: ClaimRow | undefined = await this.store.lockByClaimCode(this.scope, tx, claimCodeHash(code));
    // A right code on another unit answers as an unknown one: whoever found a code learns nothing from it.
    if (row === undefined || row.physicalCode !== physicalCode) return { ok: false, code: 'CLAIM_UNKNOWN' };
    if (row.deviceKeyId !== null) return row.deviceKeyId === key.keyId ? { ok: true, terminal: row.id } : { ok: false, code: 'CLAIM_USED' };
    if (now >= row.claimUntil) return { ok: false, code: 'CLAIM_EXPIRED' };
    if (await this.store.isKeyTaken(this.scope, tx, key.keyId)) return { ok: false, code: 'CLAIM_KEY_TAKEN' };
    await this.store.enrol(this.scope, tx, row.id, key, now);
    await this.leaves.insert(tx, { platform: row.platform, kind: 'terminal.enrolled', subject: row.id, facts: { keyId: key.keyId, alg: key.alg, spki: key.spki, physicalCode } });
    await notify(tx, REGISTRY_CHANNEL);
    return { ok: true, terminal: row.id };
  }

  private async report({ key }: Claim, code: ClaimCode): Promise<void> {
    const [district] = this.trust.isReady() ? this.trust.platforms() : [];
    if (district === undefined) return;
    await this.events.recordAlone({ platform: district, terminal: null, at: this.clock.now(), kind: 'claim-refused', code, subject: null, keyIds: [key.keyId] });
  }
}
