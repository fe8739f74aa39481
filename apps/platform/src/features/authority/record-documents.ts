import type { PlatformId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { TrustState } from '#libs/trust';
import type { Tx } from '../../kernel/database';
import { notify } from '../../kernel/database';
import type { Leaves } from '../../kernel/leaf';
import type { Outbox } from '../../kernel/outbox';
import type { Scope } from '../../kernel/scope';
import type { Accounts } from '../access';
import type { Areas } from '../areas';
import type { SecurityEvents } from '../audit';
import { DOCUMENT_PUSH } from './authority';
import type { AcceptedDocument, AuthorityStore } from './authority.store';
import type { Fall } from './falls';
import { chartersInOrder, TRUST_CHANNEL } from './trust-keeper';

/** Writes what follows from accepted documents, all in the caller's transaction. */
export class RecordDocuments {
  constructor(
    private readonly store: AuthorityStore,
    private readonly areas: Areas,
    private readonly accounts: Accounts,
    private readonly leaves: Leaves,
    private readonly outbox: Outbox,
    private readonly events: SecurityEvents,
    private readonly scope: Scope,
  ) {}

  async run(tx: Tx, state: TrustState, documents: readonly AcceptedDocument[]): Promise<void> {
    if (documents.length === 0) return;
    const now = documents[0]?.acceptedAt ?? 0;
    await this.store.addDocuments(this.scope, tx, documents);
    if (documents.some((document) => document.word === 'charter' || document.word === 'root')) await this.areas.declare(tx, chartersInOrder(state));
    // Roles follow the rosters in force: a charter or a revocation may have taken one out of force.
    for (const charter of chartersInOrder(state)) {
      await this.accounts.setRoles(tx, charter.platform, charter.tier, state.rosters.get(charter.platform)?.value.persons ?? []);
    }
    await this.accounts.dropRoles(tx, [...state.charters.keys()]);
    // A database that begins anew begins above every epoch it may have had before.
    await this.store.startEpochs(this.scope, tx, [...state.charters.keys()], Math.max(1, Math.floor(now / 1_000)));
    for (const { word, platform, version, digest, acceptedBy } of documents) {
      await this.leaves.insert(tx, { platform, kind: `${word}.accepted`, subject: `${word}:${platform}`, facts: { version, digest, by: acceptedBy } });
    }
    await notify(tx, TRUST_CHANNEL);
  }

  /** What fell is written down where it stood, and an incident there: somebody must sign anew before it speaks again. */
  async falls(tx: Tx, falls: readonly Fall[], because: readonly AcceptedDocument[], by: string): Promise<void> {
    const at = because[0]?.acceptedAt ?? 0;
    for (const { word, platform, version, digest } of falls) {
      await this.leaves.insert(tx, { platform, kind: `${word}.fell`, subject: `${word}:${platform}`, facts: { version, digest, by, because: because.map((document) => document.digest) } });
    }
    await this.events.record(tx, falls.map(({ word, platform, digest, keyIds }) => ({ platform, terminal: null, at, kind: `${word}-fell`, code: null, subject: digest, keyIds })));
  }

  /** Terminals hear of the documents at once; what is missed, the next exchange brings. */
  async push(tx: Tx, documents: readonly AcceptedDocument[]): Promise<void> {
    const byPlatform = new Map<PlatformId, Envelope[]>();
    for (const { platform, envelope } of documents) byPlatform.set(platform, [...(byPlatform.get(platform) ?? []), envelope]);
    for (const [platform, envelopes] of byPlatform) await this.outbox.put(tx, DOCUMENT_PUSH, { platform, terminals: null, documents: envelopes });
  }
}
