import { Inject, Injectable } from '@nestjs/common';
import { LIMITS, type Consent, type Stop, type TerminalId } from '#libs/contracts';
import { silences, takesBack, type TakenBack, type Tombstone } from '#libs/domain';
import { takenBackBy, tierOf, tombstoneOf, verifyStop } from '#libs/trust';
import type { Tx } from '../../kernel/database';
import { serverScope } from '../access';
import { Trust } from '../authority';
import { messageIn, type MessageRecord } from '../messages';
import { Terminals } from '../terminals';
import { DISPATCH_STORE, type DispatchStore } from './dispatch.store';

/** Stops that one consent may take back now, and the terminals where they are all that silences the message. */
export interface TakenStop {
  /** The first of them. */
  readonly stop: Stop['stopId'];
  readonly issuedAt: number;
  /** Those given after it: somebody pressed twice, or two persons did. */
  readonly also: readonly Stop['stopId'][];
  readonly until: number;
  readonly terminals: readonly TerminalId[];
}

/** What silences a message, terminal by terminal, and what was taken back of it before. */
interface Silence {
  readonly byTerminal: ReadonlyMap<TerminalId, readonly Tombstone[]>;
  readonly before: readonly TakenBack[];
}

/**
 * Finds the stops that a stopper may still take back for a message: given in the last 30 s, naming it or everything. By
 * the terminals' rule each stop is taken back by its name or holds; each is verified again from its bytes.
 */
@Injectable()
export class StopsReaching {
  private readonly scope = serverScope('looks for stops to take back');

  constructor(
    @Inject(DISPATCH_STORE) private readonly store: DispatchStore,
    private readonly trust: Trust,
    private readonly terminals: Terminals,
  ) {}

  /** What may be consented to, the latest first: terminals that begin to wait with the same stop go on together. */
  async run(record: MessageRecord, now: number, tx?: Tx): Promise<readonly TakenStop[]> {
    const { byTerminal, before } = await this.silence(record, now, tx);
    const offers = new Map<Stop['stopId'], TakenStop>();
    for (const [terminal, stops] of byTerminal) {
      const open = stops.filter((stop) => !isTakenBack(stop, before));
      const fresh = stops.filter((stop) => isFresh(stop, now));
      const [first] = open;
      if (first === undefined || !open.every((stop) => fresh.includes(stop))) continue;
      const known = offers.get(first.stopId);
      const also = [...new Set([...(known?.also ?? []), ...fresh.map(({ stopId }) => stopId).filter((stopId) => stopId !== first.stopId)])];
      const until = Math.min(known?.until ?? Infinity, ...fresh.map(({ issuedAt }) => issuedAt + LIMITS.resumeMs));
      offers.set(first.stopId, { stop: first.stopId, issuedAt: Math.max(known?.issuedAt ?? 0, ...fresh.map(({ issuedAt }) => issuedAt)), also: also.slice(0, LIMITS.stopsTakenBack), until, terminals: [...(known?.terminals ?? []), terminal] });
    }
    return [...offers.values()].sort((a, b) => b.until - a.until);
  }

  /** Where a message goes on by this consent: nothing silences it there but what is taken back, now or before. */
  async goesOn(record: MessageRecord, consent: Consent, now: number, tx?: Tx): Promise<readonly TerminalId[]> {
    const { byTerminal, before } = await this.silence(record, now, tx);
    const words = takenBackBy(consent);
    const isTaken = (stop: Tombstone): boolean => isFresh(stop, now) && isTakenBack(stop, words);
    return [...byTerminal].filter(([, stops]) =>
      stops.some((stop) => stop.stopId === words[0]?.stopId && isTaken(stop)) && stops.some((stop) => !isTakenBack(stop, before))
      && stops.every((stop) => isTaken(stop) || isTakenBack(stop, before))).map(([terminal]) => terminal);
  }

  private async silence(record: MessageRecord, now: number, tx: Tx | undefined): Promise<Silence> {
    const message = messageIn(record);
    const state = this.trust.state();
    const tier = tierOf(state, record.platform);
    if (message === undefined || tier === undefined) return { byTerminal: new Map(), before: [] };
    const heard = await this.store.mayHaveHeard(this.scope, record.id, tx);
    const before = (await this.store.consents(this.scope, record.id, tx)).flatMap(({ consent }) => (consent === undefined ? [] : takenBackBy(consent)));
    const stops = (await this.store.stops(this.scope, now, tx)).flatMap(({ envelope, recordedAt }) => {
      const verified = verifyStop(state, envelope);
      // Dated ahead it counts from when it came, as it does on the terminals, and not from each later look.
      return verified.ok ? [tombstoneOf(verified.value, recordedAt)] : [];
    }).sort((a, b) => a.issuedAt - b.issuedAt);
    const stoppable = { digest: record.digest, issuedAt: message.issuedAt, tier };
    return {
      before,
      byTerminal: new Map(heard.map((terminal) => {
        const chain = this.terminals.areasOf(terminal).map((id) => ({ id, parent: null }));
        return [terminal, stops.filter((stop) => silences(stop, stoppable, chain))];
      })),
    };
  }
}

function isFresh({ issuedAt }: Tombstone, now: number): boolean {
  return now <= issuedAt + LIMITS.resumeMs;
}

function isTakenBack(stop: Tombstone, words: readonly TakenBack[]): boolean {
  return words.some((word) => takesBack(word, stop));
}
