import { Inject, Injectable } from '@nestjs/common';
import { envelopeSchema, permitSchema, type Digest, type PermitState, type PermitView, type RefusalCode } from '#libs/contracts';
import { chinaDay } from '#libs/domain';
import { unverifiedPayload } from '#libs/envelope';
import { openPermit, verifyPermit } from '#libs/trust';
import type { Clock } from '../../../kernel/clock';
import type { Log } from '../../../kernel/log';
import type { Scope } from '../../../kernel/scope';
import { CLOCK, LOG } from '../../../kernel/tokens';
import { Trust } from '../../authority';
import { payloadDigest } from '../payload-digest';
import { PERMIT_STORE, type PermitRecord, type PermitStore } from './permit.store';
import { permitNotFound } from './withdraw-permit';

const DAY_MS = 86_400_000;

/** Permits in a scope as people see them: their terms from the signed bytes, whether they count by the documents in force. */
@Injectable()
export class ReadPermits {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(PERMIT_STORE) private readonly store: PermitStore,
    @Inject(LOG) private readonly log: Log,
    private readonly trust: Trust,
  ) {}

  async list(scope: Scope, count: number): Promise<readonly PermitView[]> {
    return (await Promise.all((await this.store.list(scope, count)).map((record) => this.view(scope, record)))).flatMap((view) => view ?? []);
  }

  async one(scope: Scope, digest: Digest): Promise<PermitView> {
    const record = await this.store.find(scope, digest);
    const view = record === undefined ? undefined : await this.view(scope, record);
    if (view === undefined) throw permitNotFound();
    return view;
  }

  /** Undefined for a row that somebody edited: it must not hide the others. */
  private async view(scope: Scope, record: PermitRecord): Promise<PermitView | undefined> {
    const { data: permit } = permitSchema.safeParse(unverifiedPayload(record.envelope));
    const { data: envelope } = envelopeSchema.safeParse(record.envelope);
    if (permit === undefined || envelope === undefined || payloadDigest(record.envelope) !== record.digest) {
      this.log.error('messages.permit-altered', { digest: record.digest });
      return undefined;
    }
    const now = Math.trunc(this.clock.now());
    const state = this.trust.state();
    const opened = openPermit(state, record.envelope, now);
    const verified = verifyPermit(state, record.envelope, now);
    const listed = state.rosters.get(permit.platform)?.value.permits?.includes(record.digest) === true;
    const usedToday = (await this.store.usesSince(scope, record.digest, now - DAY_MS)).filter((at) => chinaDay(at) === chinaDay(now)).length;
    const refusal = verified.ok || (opened.ok && verified.code === 'REJ_THRESHOLD') ? null : verified.code;
    return {
      digest: record.digest, permit, envelope, refusal, listed, usedToday, leftToday: Math.max(0, permit.perDay - usedToday),
      state: stateOf({ isWithdrawn: record.withdrawn !== null, isOver: permit.notAfter <= now, refusal, isWhole: verified.ok, listed }),
      signedBy: opened.ok ? opened.value.signers.map(({ person }) => person) : [],
      withdrawnBy: record.withdrawn?.by ?? null, withdrawnAt: record.withdrawn?.at ?? null,
    };
  }
}

function stateOf({ isWithdrawn, isOver, refusal, isWhole, listed }: { readonly isWithdrawn: boolean; readonly isOver: boolean; readonly refusal: RefusalCode | null; readonly isWhole: boolean; readonly listed: boolean }): PermitState {
  if (isWithdrawn) return 'withdrawn';
  if (isOver) return 'expired';
  if (refusal !== null) return 'refused';
  if (!isWhole) return 'half-signed';
  return listed ? 'in-force' : 'signed';
}
