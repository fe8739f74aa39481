import { digestSchema, type Head, type PlatformId } from '#libs/contracts';
import { encodePayload, toHex } from '#libs/envelope';
import { leafHash, MerkleFrontier, signEnvelope, type FrontierState } from '#libs/suites';
import type { Clock } from '../../kernel/clock';
import type { Transactions, Tx } from '../../kernel/database';
import { errorCode, operationalError } from '../../kernel/errors';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import type { AuditStore, NewNumber } from './audit.store';
import type { LogKeys } from './log-keys';

/** A leaf's transaction is over after this, whatever happened (kernel: 30 s idle, 15 s a statement). */
const LOOK_BACK_MS = 5 * 60_000;
/** A search without bound, in case a leaf was committed later than that. */
const LOOK_EVERYWHERE_MS = 10 * 60_000;
const BATCH = 2_000;
/** Heads are signed when the tree grew, and no oftener (design 4 "Audit"). */
export const HEAD_EVERY_MS = 60_000;

/**
 * Numbers and hashes the leaves that features wrote, into each platform's Merkle log (RFC 6962 2.1), and signs heads
 * with the platform's log key. One at a time on one database: whoever holds the lock works, the others return.
 */
export class SequenceLeaves {
  private lookedEverywhereAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: AuditStore,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly keys: LogKeys,
    private readonly log: Log,
    private readonly scope: Scope,
  ) {}

  /** How many leaves were numbered. Call again at once while it answers more than none. */
  async run(): Promise<number> {
    const everywhere = this.clock.monotonicMs() - this.lookedEverywhereAt >= LOOK_EVERYWHERE_MS;
    const numbered = await this.transactions.run(async (tx) => {
      if (!(await this.store.takeTurn(this.scope, tx))) return 0;
      const count = await this.numberLeaves(tx, everywhere ? null : LOOK_BACK_MS);
      await this.signHeads(tx);
      return count;
    });
    if (everywhere && numbered < BATCH) this.lookedEverywhereAt = this.clock.monotonicMs();
    return numbered;
  }

  private async numberLeaves(tx: Tx, lookBackMs: number | null): Promise<number> {
    const leaves = await this.store.unnumbered(this.scope, tx, lookBackMs, BATCH);
    if (leaves.length === 0) return 0;
    const platforms = [...new Set(leaves.map((leaf) => leaf.platform))];
    const stored = await this.store.frontiers(this.scope, tx, platforms);
    const trees = new Map(platforms.map((platform) => [platform, restored(platform, stored.get(platform))]));
    const numbers: NewNumber[] = [];
    const encoder = new TextEncoder();
    for (const { id, platform, body } of leaves) {
      const tree = trees.get(platform) ?? MerkleFrontier.empty();
      const hash = leafHash(encoder.encode(body));
      numbers.push({ platform, seq: tree.size, leafId: id, leafHash: hash });
      tree.append(hash);
    }
    await this.store.number(this.scope, tx, numbers, new Map([...trees].map(([platform, tree]) => [platform, tree.serialise()])));
    return leaves.length;
  }

  private async signHeads(tx: Tx): Promise<void> {
    const now = this.clock.now();
    const grown = await this.store.unsigned(this.scope, tx, now - HEAD_EVERY_MS);
    for (const [platform, frontier] of grown) {
      const tree = restored(platform, frontier);
      const head: Head = { platform, treeSize: tree.size, rootHash: digestSchema.parse(toHex(tree.root())), at: now };
      try {
        const signer = await this.keys.signerOf(platform);
        await this.store.addHead(this.scope, tx, { head, envelope: await signEnvelope('head', encodePayload(head), [signer]) });
      } catch (cause) {
        // A missing key must not stop the numbering of everybody's leaves; the alarm is the head that grows old.
        if (!isKeyFault(cause)) throw cause;
        this.log.error('audit.head-unsigned', { platform }, cause);
      }
    }
  }
}

function restored(platform: PlatformId, frontier: FrontierState | undefined): MerkleFrontier {
  const tree = frontier === undefined ? MerkleFrontier.empty() : MerkleFrontier.restore(frontier);
  if (tree === undefined) throw operationalError('AUDIT_TREE_DAMAGED', `The stored tree of ${platform} does not fit its own size.`);
  return tree;
}

function isKeyFault(cause: unknown): boolean {
  return errorCode(cause)?.startsWith('SERVER_KEY_') === true;
}
