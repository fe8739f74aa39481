import { envelopeSchema, type EnvelopeShape, type HeadRef, type PlatformId, type TerminalId, type Versions } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Database, Tx } from '../../kernel/database';
import { operationalError } from '../../kernel/errors';
import type { Scope } from '../../kernel/scope';
import type { AuditLog } from '../audit';
import { History, type Trust } from './authority';
import type { AuthorityStore, DocumentWord } from './authority.store';
import { NO_MARKS, type HistoryMarks, type KeptDocument, type KeptHistory } from './kept-history';

/**
 * One terminal alone is not believed, nor a handful among many: what they say is not signed, and whoever stole them could
 * silence the district with a word. A server that has forgotten is told so by all.
 */
const LEAST_WITNESSES = 2;
/** One in so many of those that were heard lately. */
const WITNESS_SHARE = 4;
const LATELY_MS = 120_000;
/** Claims of one terminal, its newest: a genuine one has a log's head and three documents of each platform of its lineage. Whoever invents more takes nobody else's place. */
const MOST_CLAIMS_EACH = 16;

/** A log that once went further, or went otherwise. */
export interface LostLog {
  readonly platform: PlatformId;
  /** How far it went. */
  readonly treeSize: number;
}
/** A document that was in force and that the database does not hold. */
export interface LostDocument {
  readonly word: DocumentWord;
  readonly platform: PlatformId;
  readonly version: number;
  /** Null where only terminals know it: then its officers bring it, or sign the version after it. */
  readonly envelope: EnvelopeShape | null;
}
export interface Doubt {
  readonly since: number;
  readonly logs: readonly LostLog[];
  readonly missing: readonly LostDocument[];
}

interface Claim { readonly head?: HeadRef; readonly document?: Version }

/**
 * Whether the database is the one that this server knew (threats T78). An older copy that was put back has forgotten
 * revocations, stops and numbers. Two things know better: files beside the database, and the terminals, which remember
 * the log's head and the documents' versions that they were shown; a quarter of them must say the same, two at least. In doubt no dispatch is
 * placed; it ends when an officer raises the epoch, after every lost document is back.
 */
export class HistoryWatch extends History {
  private marks: HistoryMarks = NO_MARKS;
  private kept: ReadonlyMap<string, KeptDocument> = new Map();
  private place = 0;
  private loaded = false;
  /** What each terminal says that the database may not know, by its name. */
  private readonly claims = new Map<TerminalId, Map<string, Claim>>();
  /** When each terminal was last heard, Unix ms: as many as there are. */
  private readonly heard = new Map<TerminalId, number>();

  constructor(
    private readonly files: KeptHistory, private readonly store: AuthorityStore, private readonly audit: AuditLog, private readonly database: Pick<Database, 'run'>,
    private readonly trust: Pick<Trust, 'state' | 'isReady'>, private readonly clock: Pick<Clock, 'now'>, private readonly scope: Scope,
    private readonly onDoubt: (doubt: Doubt) => void,
  ) {
    super();
  }

  /** Compares, keeps what grew, and says what is lost; `onDoubt` is told once of each doubt. */
  async look(): Promise<Doubt | null> {
    const doubt = await this.database.run((tx) => this.compare(tx));
    if (doubt === null) await this.keep();
    return doubt;
  }

  override async requireWhole(tx: Tx): Promise<void> {
    if ((await this.compare(tx)) === null) return;
    throw operationalError('DATABASE_DOUBTFUL', 'The database is an older copy: it has forgotten what was signed since. Nothing is dispatched until an officer has brought back what is lost and raised the epoch: ./clarion epoch');
  }

  override witness(terminal: TerminalId, versions: Versions | null, head: HeadRef | null): void {
    this.heard.set(terminal, this.clock.now());
    if (head !== null && head.treeSize > (this.marks.heads.find(({ platform }) => platform === head.platform)?.treeSize ?? 0)) this.claim(terminal, `log ${head.platform} ${head.treeSize} ${head.rootHash}`, { head });
    if (versions === null) return;
    const all: readonly (readonly [DocumentWord, Readonly<Record<string, number>>])[] = [['charter', versions.charters], ['roster', versions.rosters], ['revocation', versions.revocations]];
    for (const [word, of] of all) {
      for (const [platform, version] of Object.entries(of)) {
        const charter = this.kept.get(nameOf('charter', platform));
        if (charter !== undefined && version > (this.kept.get(nameOf(word, platform))?.version ?? 0)) this.claim(terminal, `${word} ${platform} ${version}`, { document: { word, platform: charter.platform, version } });
      }
    }
  }

  /** The loss is known and accepted: from here the logs go on as they are. */
  async accept(): Promise<void> {
    const doubt = await this.look();
    const accepted = new Map(this.marks.accepted.map(({ platform, treeSize }) => [platform, treeSize]));
    for (const { platform, treeSize } of doubt?.logs ?? []) accepted.set(platform, Math.max(treeSize, accepted.get(platform) ?? 0));
    this.claims.clear();
    // Numbers of rows begin again in an older copy.
    this.place = 0;
    this.marks = { heads: await this.audit.heads(), accepted: [...accepted].map(([platform, treeSize]) => ({ platform, treeSize })), doubtSince: null };
    this.files.keepMarks(this.marks);
  }

  /** After a bootstrap: what was kept is another installation's. */
  beginAnew(): void {
    this.files.forget();
    [this.marks, this.kept, this.place, this.loaded] = [NO_MARKS, new Map(), 0, true];
  }

  private async compare(tx: Tx): Promise<Doubt | null> {
    this.load();
    const held = await this.store.versions(this.scope, tx);
    const isLost = ({ word, platform, version }: Version): boolean => version > (held.get(nameOf(word, platform)) ?? 0);
    const claimed = this.claimed();
    const told = await this.audit.contradictedBy(tx, [...this.marks.heads, ...claimed.flatMap(({ head }) => (head === undefined ? [] : [head]))]);
    const lost = told.map(({ witnessed }) => witnessed).filter(({ platform, treeSize }) => treeSize > (this.marks.accepted.find((one) => one.platform === platform)?.treeSize ?? 0));
    // Of what terminals say only what the database denies is worth keeping in mind.
    const isDenied = ({ head, document }: Claim): boolean => (head !== undefined && lost.some((one) => isSame(one, head))) || (document !== undefined && isLost(document));
    for (const said of this.claims.values()) for (const [name, claim] of said) if (!isDenied(claim)) said.delete(name);
    const wanted = this.witnessesWanted();
    const believed = claimed.filter((claim) => claim.by >= wanted && isDenied(claim));
    const logs = lost.filter((one) => [...this.marks.heads, ...believed.flatMap(({ head }) => (head === undefined ? [] : [head]))].some((head) => isSame(one, head)));
    const kept: readonly LostDocument[] = [...this.kept.values()].filter(isLost);
    const missing = [...kept, ...believed.flatMap(({ document }) => (document === undefined || kept.some((one) => covers(one, document)) ? [] : [{ ...document, envelope: null }]))];
    if (logs.length === 0 && missing.length === 0 && this.marks.doubtSince === null) return null;
    return this.doubt({ since: this.marks.doubtSince ?? Math.trunc(this.clock.now()), logs: logs.map(({ platform, treeSize }) => ({ platform, treeSize })), missing });
  }

  private witnessesWanted(): number {
    const since = this.clock.now() - LATELY_MS;
    for (const [terminal, at] of this.heard) if (at < since) this.heard.delete(terminal);
    return Math.max(LEAST_WITNESSES, Math.ceil(this.heard.size / WITNESS_SHARE));
  }

  private doubt(doubt: Doubt): Doubt {
    if (this.marks.doubtSince !== null) return doubt;
    this.marks = { ...this.marks, doubtSince: doubt.since };
    this.files.keepMarks(this.marks);
    this.onDoubt(doubt);
    return doubt;
  }

  private async keep(): Promise<void> {
    const accepted = await this.store.acceptedAfter(this.scope, this.place);
    const fresh = accepted.filter((one) => this.hasVerified(one)).filter(({ word, platform, version }) => version > (this.kept.get(nameOf(word, platform))?.version ?? 0))
      .map(({ word, platform, version, envelope }): KeptDocument => ({ word, platform, version, envelope: envelopeSchema.parse(envelope) }));
    // What is stored and not read yet is looked at again.
    const doubtful = accepted.find((one) => !this.hasVerified(one));
    this.place = doubtful === undefined ? accepted.at(-1)?.place ?? this.place : doubtful.place - 1;
    if (fresh.length > 0) {
      this.files.keepDocuments(fresh);
      this.kept = newest([...this.kept.values(), ...fresh]);
    }
    const heads = await this.audit.heads();
    if (heads.every((head) => this.marks.heads.some((known) => isSame(known, head)))) return;
    this.marks = { ...this.marks, heads };
    this.files.keepMarks(this.marks);
  }

  /** A row says any version; one that nobody signed must not be missed when it is gone, or nothing would ever be dispatched again. */
  private hasVerified({ word, platform, version }: Version): boolean {
    if (!this.trust.isReady()) return false;
    const state = this.trust.state();
    return version <= (word === 'root' ? state.root.value.version : state.floors.get(`${word}:${platform}`)?.version ?? 0);
  }

  private load(): void {
    if (this.loaded) return;
    this.marks = this.files.marks();
    this.kept = newest(this.files.documents());
    this.loaded = true;
  }

  private claim(terminal: TerminalId, name: string, what: Claim): void {
    const said = this.claims.get(terminal) ?? new Map<string, Claim>();
    this.claims.set(terminal, said);
    said.delete(name);
    said.set(name, what);
    for (const oldest of said.keys()) if (said.size > MOST_CLAIMS_EACH) said.delete(oldest);
  }

  /** What terminals say, each thing once, with how many say it. */
  private claimed(): readonly (Claim & { readonly by: number })[] {
    const all = new Map<string, Claim & { readonly by: number }>();
    for (const said of this.claims.values()) for (const [name, claim] of said) all.set(name, { ...claim, by: (all.get(name)?.by ?? 0) + 1 });
    return [...all.values()];
  }
}

function nameOf(word: DocumentWord, platform: string): string {
  return `${word} ${platform}`;
}

function isSame(one: HeadRef, other: HeadRef): boolean {
  return one.platform === other.platform && one.treeSize === other.treeSize && one.rootHash === other.rootHash;
}

type Version = Pick<LostDocument, 'word' | 'platform' | 'version'>;
function covers(one: Version, other: Version): boolean {
  return one.word === other.word && one.platform === other.platform && one.version >= other.version;
}

function newest(documents: readonly KeptDocument[]): ReadonlyMap<string, KeptDocument> {
  const found = new Map<string, KeptDocument>();
  for (const document of documents) {
    const name = nameOf(document.word, document.platform);
    if (document.version > (found.get(name)?.version ?? 0)) found.set(name, document);
  }
  return found;
}
