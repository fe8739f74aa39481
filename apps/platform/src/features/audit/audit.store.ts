import type { Digest, HeadRef, PlatformId } from '#libs/contracts';
import type { FrontierState } from '#libs/suites';
import type { Scope } from '../../kernel/scope';
import type { Tx } from '../../kernel/database';
import type { SignedHead } from './audit';

/** A leaf as its feature wrote it: `body` is canonical JSON, and the leaf hash is over exactly its UTF-8 bytes. */
export interface WrittenLeaf {
  readonly id: string;
  readonly platform: PlatformId;
  readonly kind: string;
  readonly body: string;
}
export interface NumberedLeaf extends WrittenLeaf {
  /** From 0. */
  readonly seq: number;
  readonly leafHash: Digest;
}
export interface NewNumber {
  readonly platform: PlatformId;
  readonly seq: number;
  readonly leafId: string;
  readonly leafHash: Uint8Array;
}

export interface LatestHeads {
  readonly heads: readonly SignedHead[];
  /** Platforms whose newest head somebody edited: it does not read as one of ours. */
  readonly unreadable: readonly PlatformId[];
}

export interface SideRow {
  readonly leaf: string;
  readonly field: string;
  readonly salt: string;
  readonly value: string;
}

export interface LeafWithDetails {
  readonly id: string;
  readonly subject: string;
  readonly body: string;
  /** What the side table keeps beside it. */
  readonly values: readonly string[];
}

export interface EnrolledKey {
  readonly terminal: string;
  readonly key: { readonly keyId: string; readonly alg: string; readonly spki: string };
}

/** Leaves, their numbers and the signed heads. */
export interface AuditStore {
  /** True when this transaction may number leaves: one sequencer at a time on one database. */
  takeTurn(scope: Scope, tx: Tx): Promise<boolean>;
  /** Leaves without a number, oldest first; `lookBackMs` bounds the search, null looks everywhere. */
  unnumbered(scope: Scope, tx: Tx, lookBackMs: number | null, count: number): Promise<readonly WrittenLeaf[]>;
  frontiers(scope: Scope, tx: Tx, platforms: readonly PlatformId[]): Promise<ReadonlyMap<PlatformId, FrontierState>>;
  number(scope: Scope, tx: Tx, numbers: readonly NewNumber[], frontiers: ReadonlyMap<PlatformId, FrontierState>): Promise<void>;
  /** Trees that grew beyond their last head, when that head is from before `headBefore` (Unix ms) or missing. */
  unsigned(scope: Scope, tx: Tx, headBefore: number): Promise<ReadonlyMap<PlatformId, FrontierState>>;
  addHead(scope: Scope, tx: Tx, signed: SignedHead): Promise<void>;
  /** The newest head of each platform in scope. */
  latestHeads(scope: Scope): Promise<LatestHeads>;
  leaves(scope: Scope, platform: PlatformId, from: number, count: number): Promise<readonly NumberedLeaf[]>;
  /** Of the logs that these heads speak of: how far each reaches, and those of the heads' sizes and roots ("size root") that it has. */
  rootsAt(scope: Scope, tx: Tx, heads: readonly HeadRef[]): Promise<ReadonlyMap<PlatformId, { readonly size: number; readonly roots: ReadonlySet<string> }>>;
  /** Leaves under the newest signed head of each platform in scope. */
  headSizes(scope: Scope): Promise<ReadonlyMap<PlatformId, number>>;
  /** Leaves that have a number, of each platform in scope. */
  sizes(scope: Scope): Promise<ReadonlyMap<PlatformId, number>>;
  /** Heads over more than `from` and at most `to` leaves, as their rows hold them. */
  headsBetween(scope: Scope, platform: PlatformId, from: number, to: number): Promise<readonly { readonly size: number; readonly envelope: string }[]>;
  /** Names and texts of these leaves that nobody erased; the salt in base64. */
  details(scope: Scope, leaves: readonly string[]): Promise<readonly SideRow[]>;
  /** Leaves of a platform beside which the side table keeps something. */
  leavesWithDetails(scope: Scope, tx: Tx, platform: PlatformId): Promise<readonly LeafWithDetails[]>;
  /** Removes what the side table keeps beside these leaves; how many names and texts. */
  eraseDetails(scope: Scope, tx: Tx, leaves: readonly string[]): Promise<number>;
  /** Digests of documents whose leaf lies beyond the signed sizes, or has no number yet. */
  laterDocuments(scope: Scope, platforms: readonly PlatformId[], sizes: ReadonlyMap<PlatformId, number>): Promise<ReadonlySet<string>>;
  /** Every key that a terminal enrolled with, by its leaf inside the signed sizes. */
  enrolledKeys(scope: Scope, platforms: readonly PlatformId[], sizes: ReadonlyMap<PlatformId, number>): Promise<readonly EnrolledKey[]>;
}

