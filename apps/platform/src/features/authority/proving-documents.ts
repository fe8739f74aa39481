import type { PlatformId, Versions } from '#libs/contracts';
import { parseEnvelope, type Envelope } from '#libs/envelope';
import type { Scope } from '../../kernel/scope';
import type { Trust } from './authority';
import type { AuthorityStore, DocumentWord } from './authority.store';

/** What proves an order to somebody who has nothing but the root. */
export interface Proving {
  /** The first root. */
  readonly root: Envelope;
  /** Those in force by the versions that the order names, in reading order; then everything accepted since, in that order. */
  readonly documents: readonly Envelope[];
}

const READING: Readonly<Record<DocumentWord, number>> = { root: 0, charter: 1, revocation: 2, roster: 3 };

/** Documents of a lineage, as an order of it stands on them. As they were stored: whoever gets them verifies them. */
export class ProvingDocuments {
  constructor(private readonly trust: Trust, private readonly store: AuthorityStore, private readonly scope: Scope) {}

  /** `lineage`: the platform itself, then those above it. */
  async of(lineage: readonly PlatformId[], versions: Versions): Promise<Proving> {
    const all = (await this.store.acceptedAfter(this.scope, 0)).filter(({ word, platform, version }) => (word === 'root' ? version > 1 : lineage.includes(platform)));
    const least = (word: DocumentWord, platform: PlatformId): number => (word === 'root' ? versions.root : versionsOf(word, versions)[platform] ?? 0);
    const then = all.filter(({ word, platform, version }) => (word === 'root' ? version <= versions.root : version === least(word, platform)))
      .sort((a, b) => READING[a.word] - READING[b.word] || a.version - b.version);
    const byDepth = [...lineage].reverse().flatMap((platform) => then.filter((one) => one.word !== 'root' && one.platform === platform));
    const since = all.filter(({ word, platform, version }) => version > least(word, platform));
    const state = this.trust.state();
    const read = [...then.filter(({ word }) => word === 'root'), ...byDepth, ...since].flatMap(({ envelope }) => readEnvelope(envelope));
    return { root: state.rootChain[0]?.envelope ?? state.root.envelope, documents: read };
  }
}

function versionsOf(word: Exclude<DocumentWord, 'root'>, versions: Versions): Versions['charters'] {
  return word === 'charter' ? versions.charters : word === 'roster' ? versions.rosters : versions.revocations;
}

function readEnvelope(stored: unknown): readonly Envelope[] {
  const parsed = parseEnvelope(stored);
  return parsed.ok ? [parsed.envelope] : [];
}
