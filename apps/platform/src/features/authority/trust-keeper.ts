import type { Charter, PlatformId } from '#libs/contracts';
import { TIERS } from '#libs/domain';
import { applyDocument, trustFromRoot, type Result, type TrustState } from '#libs/trust';
import { operationalError } from '../../kernel/errors';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import { Trust, type FallenPapers } from './authority';
import type { AuthorityStore, StoredDocument } from './authority.store';
import type { RootPin } from './root-pin';

/** Wakes the other servers on this database after a document was accepted. */
export const TRUST_CHANNEL = 'trust_documents';

export interface HeldTrust {
  readonly state: TrustState;
  /** The last stored document that is in it. */
  readonly place: number;
  /** Whatever fell on the way here, also where something newer stands by now. */
  readonly fell: FallenPapers;
}

type ChangeListener = (state: TrustState) => Promise<void> | void;

/**
 * Holds the verified documents in memory. They are verified again from the stored envelopes at start and after every
 * change, so an edited row is refused here as a terminal would refuse it.
 */
export class TrustKeeper extends Trust {
  private held: HeldTrust | undefined;
  private readonly listeners: ChangeListener[] = [];
  private reading: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: AuthorityStore,
    private readonly demo: boolean,
    private readonly log: Log,
    private readonly scope: Scope,
    private readonly pin: RootPin,
  ) {
    super();
  }

  override state(): TrustState {
    if (this.held === undefined) throw operationalError('NOT_BOOTSTRAPPED', 'This server has no root yet: run the set-up and start again.');
    return this.held.state;
  }

  override isReady(): boolean {
    return this.held !== undefined;
  }

  override fallen(): FallenPapers {
    const state = this.state();
    const { charters, rosters } = this.held?.fell ?? NONE;
    return { charters: without(charters, state.charters), rosters: without(rosters, state.rosters) };
  }

  override platforms(): readonly PlatformId[] {
    return chartersInOrder(this.state()).map((charter) => charter.platform);
  }

  override onChange(listener: ChangeListener): void {
    this.listeners.push(listener);
  }

  /** What is in force now, with its place; undefined before the first root. */
  current(): HeldTrust | undefined {
    return this.held;
  }

  /** Reads what was accepted since, by whichever server; one reading after the other. */
  refresh(): Promise<void> {
    const next = this.reading.then(async () => {
      const before = this.held?.place ?? 0;
      const after = this.extend(this.held, await this.store.documentsAfter(this.scope, before));
      if (after === undefined || after.place === before) return;
      this.held = after;
      for (const listener of this.listeners) await this.tell(listener, after.state);
    });
    this.reading = next.catch(() => undefined);
    return next;
  }

  /** The first root counts only under the keys that this installation began with, whatever the database says. */
  private readRoot(envelope: unknown): Result<TrustState> {
    const pinnedKeyIds = this.pin.read();
    const root = trustFromRoot(envelope, { demo: this.demo, ...(pinnedKeyIds === undefined ? {} : { pinnedKeyIds }) });
    if (root.ok && pinnedKeyIds === undefined) this.pin.write(root.value.root.value.keys.map((key) => key.keyId));
    return root;
  }

  /** The document is in force already; a listener that fails must not keep the others from hearing of it. */
  private async tell(listener: ChangeListener, state: TrustState): Promise<void> {
    try {
      await listener(state);
    } catch (cause) {
      this.log.error('trust.listener-failed', {}, cause);
    }
  }

  /** The trust that these stored documents make of `held`. What does not verify is left out and reported. */
  extend(held: HeldTrust | undefined, documents: readonly StoredDocument[]): HeldTrust | undefined {
    let now = held;
    for (const { place, envelope, acceptedAt } of documents) {
      const next = now === undefined ? this.readRoot(envelope) : applyDocument(now.state, envelope, acceptedAt);
      if (next.ok) now = { state: next.value, place, fell: fellBetween(now, next.value) };
      else {
        this.log.error('trust.stored-document-refused', { place, code: next.code, at: next.at });
        if (now !== undefined) now = { ...now, place };
      }
    }
    return now;
  }
}

const NONE: FallenPapers = { charters: new Map(), rosters: new Map() };

function fellBetween(before: HeldTrust | undefined, after: TrustState): FallenPapers {
  if (before === undefined) return NONE;
  const { state, fell } = before;
  const charters = without(state.charters, after.charters);
  const rosters = without(state.rosters, after.rosters);
  if (charters.size + rosters.size === 0) return fell;
  return { charters: new Map([...fell.charters, ...charters]), rosters: new Map([...fell.rosters, ...rosters]) };
}

function without<T>(held: ReadonlyMap<PlatformId, T>, still: ReadonlyMap<PlatformId, unknown>): ReadonlyMap<PlatformId, T> {
  return new Map([...held].filter(([platform]) => !still.has(platform)));
}

/** Charters in force, parents before children. */
export function chartersInOrder(state: TrustState): readonly Charter[] {
  return [...state.charters.values()]
    .map((held) => held.value)
    .sort((a, b) => TIERS[b.tier].rank - TIERS[a.tier].rank || (a.platform < b.platform ? -1 : 1));
}
