import { toHex } from '#libs/envelope';
import { leafHash, MerkleFrontier } from '#libs/suites';
import type { PlatformId } from '#libs/contracts';
import type { Scope } from '../../kernel/scope';
import type { AuditStore } from './audit.store';

const PAGE = 2_000;

export type LogCheck =
  | { readonly ok: true; readonly leaves: number }
  /** `seq` is the first leaf that does not fit. */
  | { readonly ok: false; readonly code: 'LEAF_CHANGED' | 'LEAF_MISSING' | 'HEAD_DIFFERS' | 'HEAD_UNREADABLE'; readonly seq: number };

/**
 * Reads a platform's whole log again: every leaf against the hash it was numbered with, no number left out, and the
 * root against the newest signed head (threats T62). Names the first leaf that was changed, cut out or moved.
 */
export async function checkLog(store: AuditStore, scope: Scope, platform: PlatformId): Promise<LogCheck> {
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
      if (signed?.head.treeSize === tree.size && toHex(tree.root()) !== signed.head.rootHash) return { ok: false, code: 'HEAD_DIFFERS', seq: leaf.seq };
    }
    if (page.length < PAGE) break;
  }
  if (signed !== undefined && tree.size < signed.head.treeSize) return { ok: false, code: 'LEAF_MISSING', seq: tree.size };
  if (unreadable.includes(platform)) return { ok: false, code: 'HEAD_UNREADABLE', seq: tree.size };
  return { ok: true, leaves: tree.size };
}
