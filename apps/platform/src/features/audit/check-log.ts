import { toHex } from '#libs/envelope';
import { leafHash, MerkleFrontier } from '#libs/suites';
import type { HeadRef, PlatformId } from '#libs/contracts';
import type { Scope } from '../../kernel/scope';
import type { AuditStore } from './audit.store';

/** Leaves held at once: the watch reads whole logs again and again beside everything else. */
const PAGE = 250;

export type LogCheck =
  | { readonly ok: true; readonly leaves: number }
  /** `seq` is the first leaf that does not fit. */
  | { readonly ok: false; readonly code: 'LEAF_CHANGED' | 'LEAF_MISSING' | 'HEAD_DIFFERS' | 'HEAD_UNREADABLE' | 'WITNESS_DIFFERS' | 'LOG_CUT'; readonly seq: number };

/**
 * Reads a platform's whole log again: every leaf against the hash it was numbered with, no number left out, and the
 * root against the newest signed head and against the heads that somebody outside was shown (threats T62). Names the
 * first leaf that was changed, cut out or moved; of a whole other history the first that no witness confirms.
 */
export async function checkLog(store: AuditStore, scope: Scope, platform: PlatformId, witnessed: readonly HeadRef[] = []): Promise<LogCheck> {
  const seen = new Map(witnessed.filter((ref) => ref.platform === platform).map((ref) => [ref.treeSize, ref.rootHash]));
  let confirmed = 0;
  const { heads, unreadable } = await store.latestHeads(scope);
  const signed = heads.find((known) => known.head.platform === platform);
  const tree = MerkleFrontier.empty();
  const encoder = new TextEncoder();
  for (;;) {
    const page = await store.leaves(scope, platform, tree.size, PAGE);
    for (const leaf of page) {
      if (leaf.seq !== tree.size) return { ok: false, code: 'LEAF_MISSING', seq: tree.size };
      const hash = leafHash(encoder.encode(leaf.body));
      if (toHex(hash) !== leaf.leafHash) return { ok: false, code: 'LEAF_CHANGED', seq: leaf.seq };
      tree.append(hash);
      const root = seen.get(tree.size);
      if (root !== undefined && root !== toHex(tree.root())) return { ok: false, code: 'WITNESS_DIFFERS', seq: confirmed };
      if (root !== undefined) confirmed = tree.size;
      if (signed?.head.treeSize === tree.size && toHex(tree.root()) !== signed.head.rootHash) return { ok: false, code: 'HEAD_DIFFERS', seq: leaf.seq };
    }
    if (page.length < PAGE) break;
  }
  if (signed !== undefined && tree.size < signed.head.treeSize) return { ok: false, code: 'LEAF_MISSING', seq: tree.size };
  if (Math.max(0, ...seen.keys()) > tree.size) return { ok: false, code: 'LOG_CUT', seq: tree.size };
  if (unreadable.includes(platform)) return { ok: false, code: 'HEAD_UNREADABLE', seq: tree.size };
  return { ok: true, leaves: tree.size };
}
