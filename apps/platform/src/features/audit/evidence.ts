import type { NamedBytes } from '#libs/audit';
import { tierSchema, type PlatformId } from '#libs/contracts';
import { TIERS } from '#libs/domain';
import { parseEnvelope, unverifiedPayload } from '#libs/envelope';
import { ClarionError } from '../../kernel/errors';
import type { Scope } from '../../kernel/scope';

type Word = NamedBytes['word'];

/** Signed bytes as their row holds them. */
export interface KeptBytes {
  readonly envelope: string;
  /** What the row's columns say besides, by the names that the signed bytes give it. */
  readonly columns?: Readonly<Record<string, unknown>>;
}

/** Rows by the names that leaves give to what they hold; what is not there is left out. */
export type EvidenceSource = (scope: Scope, names: readonly string[]) => Promise<ReadonlyMap<string, KeptBytes>>;

export interface KeptDocument {
  /** As its columns say. */
  readonly word: string;
  readonly platform: PlatformId;
  readonly digest: string;
  readonly envelope: string;
}

/** A row that no leaf tells of, or tells otherwise. */
export interface UnsaidRow {
  readonly platform: PlatformId;
  readonly code: string;
  readonly table: string;
  /** What tells it from the table's others. */
  readonly row: string;
}

/** A terminal's signed record as its row names it. */
export interface KeptRecord {
  readonly platform: PlatformId;
  readonly terminal: string;
  readonly counter: number;
  readonly receivedAt: number;
}

/**
 * Where the signed bytes lie that leaves name. The audit knows no feature that follows it: each that keeps such bytes
 * says so here while its module starts, one source for each word, so that nothing is exported half.
 */
export class AuditEvidence {
  private readonly sources = new Map<Word, { readonly table: string; readonly source: EvidenceSource }>();
  private readonly unsaidSources: (() => Promise<readonly UnsaidRow[]>)[] = [];
  private readonly longSources: (() => AsyncIterable<readonly UnsaidRow[]>)[] = [];
  private documentSource: (() => Promise<readonly KeptDocument[]>) | undefined;
  private recordSource: (() => AsyncIterable<readonly KeptRecord[]>) | undefined;

  /** `table`: where they lie. */
  provide(word: Word, table: string, source: EvidenceSource): void {
    if (this.sources.has(word)) throw unexpected(`two features keep ${word} envelopes`);
    this.sources.set(word, { table, source });
  }

  tableOf(word: string): string {
    return [...this.sources].find(([known]) => known === word)?.[1].table ?? 'trust_document';
  }

  /** Trust documents of every platform, in the order of their acceptance: what is signed for all is no secret. */
  provideDocuments(source: () => Promise<readonly KeptDocument[]>): void {
    this.documentSource = source;
  }

  /** Looks for rows that were written past the server: done again every few minutes. */
  provideUnsaid(look: () => Promise<readonly UnsaidRow[]>): void {
    this.unsaidSources.push(look);
  }

  /** The same where there are many rows: page by page, once a day. */
  provideLong(look: () => AsyncIterable<readonly UnsaidRow[]>): void {
    this.longSources.push(look);
  }

  /** Every record of every terminal, page by page. */
  provideRecords(source: () => AsyncIterable<readonly KeptRecord[]>): void {
    this.recordSource = source;
  }

  /** One page after the other. */
  async *unsaidLong(): AsyncGenerator<readonly UnsaidRow[]> {
    for (const look of this.longSources) yield* look();
  }

  async *records(): AsyncGenerator<readonly KeptRecord[]> {
    if (this.recordSource !== undefined) yield* this.recordSource();
  }

  async unsaid(): Promise<readonly UnsaidRow[]> {
    return (await Promise.all(this.unsaidSources.map((look) => look()))).flat();
  }

  async documents(): Promise<readonly KeptDocument[]> {
    if (this.documentSource === undefined) throw unexpected('nobody keeps the trust documents');
    return this.documentSource();
  }

  /** By word and name. */
  async find(scope: Scope, named: readonly NamedBytes[]): Promise<(named: NamedBytes) => KeptBytes | undefined> {
    const found = new Map<Word, ReadonlyMap<string, KeptBytes>>();
    for (const word of new Set(named.map((one) => one.word))) {
      const known = this.sources.get(word);
      if (known === undefined) throw unexpected(`nobody keeps ${word} envelopes`);
      found.set(word, await known.source(scope, named.filter((one) => one.word === word).map(({ name }) => name)));
    }
    return ({ word, name }) => found.get(word)?.get(name);
  }
}

/** The platforms that have a charter, tiers from the top down, as their newest charters say: a platform may come under one that came later. */
export function fromTheTop(documents: readonly KeptDocument[]): readonly PlatformId[] {
  const ranks = new Map(documents.filter(({ word }) => word === 'charter').map(({ platform, envelope }) => [platform, rankIn(envelope)]));
  return [...ranks].sort(([, a], [, b]) => b - a).map(([platform]) => platform);
}

/** 0 of a row that somebody spoiled. */
function rankIn(text: string): number {
  try {
    const parsed = parseEnvelope(JSON.parse(text));
    const tier = tierSchema.safeParse(parsed.ok ? Object(unverifiedPayload(parsed.envelope)).tier : undefined).data;
    return tier === undefined ? 0 : TIERS[tier].rank;
  } catch {
    return 0;
  }
}

/** Names table and row in an event, and so in a leaf that stays: of an account only the table, because its name is a person's. */
export function subjectOf({ table, row }: Pick<UnsaidRow, 'table' | 'row'>): string {
  return table === 'account' ? table : `${table} ${row}`;
}

function unexpected(sentence: string): ClarionError {
  return new ClarionError('UNEXPECTED', sentence, { family: 'unexpected' });
}
