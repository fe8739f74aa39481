import { Inject, Injectable } from '@nestjs/common';
import type { TerminalId } from '#libs/contracts';
import { silences } from '#libs/domain';
import { tierOf, tombstoneOf, verifyStop } from '#libs/trust';
import type { Tx } from '../../kernel/database';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { KeptSilent, messageIn, type CorrectionRecord, type MessageRecord } from '../messages';
import { Terminals } from '../terminals';
import { DISPATCH_STORE, type DispatchStore } from './dispatch.store';

/**
 * Finds where a correction that was given was cut off by a stop of everything, or never taken because the place was
 * isolated, in quiet hours or could not fetch it, so that a stopper may say it again. By the terminals' rule: only a
 * consent later than every such stop counts, and what was stopped by name stays silent.
 */
@Injectable()
export class CorrectionsCut {
  private readonly scope = serverScope('looks for corrections that were cut off');

  constructor(
    @Inject(DISPATCH_STORE) private readonly store: DispatchStore,
    private readonly trust: Trust,
    private readonly terminals: Terminals,
    private readonly keptSilent: KeptSilent,
  ) {}

  /** The terminals that take a consent of this time for it, among those that may have heard the original. */
  async run(original: MessageRecord, correction: CorrectionRecord, consentedAt: number, now: number, tx?: Tx): Promise<readonly TerminalId[]> {
    const state = this.trust.state();
    const tier = tierOf(state, original.platform);
    if (correction.given === null || tier === undefined) return [];
    const cut = new Set(await this.store.cutOff(this.scope, correction.given.id, tx));
    if (cut.size === 0) return [];
    const heard = await this.store.mayHaveHeard(this.scope, original.id, tx);
    const stops = (await this.store.stops(this.scope, now, tx)).flatMap(({ envelope, recordedAt }) => {
      const verified = verifyStop(state, envelope);
      // Dated ahead it counts from when it came, as it does on the terminals, and not from each later look.
      return verified.ok ? [tombstoneOf(verified.value, recordedAt)] : [];
    });
    // The dispatch is issued now: a word dated ahead counts from then.
    const stoppable = { digest: correction.digest, issuedAt: Math.min(consentedAt, now), tier };
    const open = heard.filter((terminal) => {
      const chain = this.terminals.areasOf(terminal).map((id) => ({ id, parent: null }));
      return cut.has(terminal) && !stops.some((stop) => silences(stop, stoppable, chain));
    });
    const message = messageIn(correction);
    if (message === undefined) return [];
    // Where it would be kept from sounding again it waits until that is over.
    const { isolated, quiet } = await this.keptSilent.run(message, open, now);
    return open.filter((terminal) => !isolated.has(terminal) && quiet.get(terminal) !== null);
  }
}
