import { headSchema, type AuditFaultCode, type HeadRef, type LeafBody } from '#libs/contracts';
import { parseEnvelope, toHex, unverifiedPayload, wordOf, type Envelope } from '#libs/envelope';
import { leafHash, MerkleFrontier, verifiedSignatures, type VerificationCache } from '#libs/suites';
import type { Standing } from './standing';
import type { Witnesses } from './witnesses';

/** Heads are signed no oftener than this (design 4 "Audit"), so a log's heads stand in the order of their times. */
const HEAD_EVERY_MS = 60_000;

/** A fault inside a log: the first leaf in doubt and the last. */
export interface LogFault {
  readonly code: AuditFaultCode;
  readonly seq: number;
  readonly through: number;
}

/** One platform's Merkle log while it is read: leaves against their hashes, roots against signed heads and against witnesses. */
export class OneLog {
  private readonly tree = MerkleFrontier.empty();
  private readonly ids = new Set<string>();
  private readonly roots = new Map<number, string>();
  private readonly agreed = new Set<number>([0]);
  private headSize = 0;
  private headAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly platform: string, private readonly declaredSize: number, readonly standing: Standing, private readonly outside: Witnesses, private readonly cache?: VerificationCache,
  ) {}

  /** How many leaves were read. */
  get size(): number {
    return this.tree.size;
  }

  /** The next leaf; undefined when it is what was numbered and what witnesses saw. */
  leaf(seq: number, hash: string, text: string, body: LeafBody | undefined): LogFault | undefined {
    const at = this.tree.size;
    if (seq > at) return { code: 'LEAF_MISSING', seq: at, through: seq - 1 };
    if (seq < at) return here('LEAF_REPEATED', seq);
    const made = leafHash(new TextEncoder().encode(text));
    // Its place and hash come first: a changed leaf is that, whatever it says now.
    if (toHex(made) !== hash) return here('LEAF_CHANGED', at);
    if (body === undefined) return here('LINE_MALFORMED', at);
    if (body.platform !== this.platform) return here('LEAF_FOREIGN', at);
    if (this.ids.has(body.id)) return here('LEAF_REPEATED', at);
    this.ids.add(body.id);
    const seen = this.outside.leafHash(this.platform, at);
    if (seen !== undefined && seen !== hash) return here('WITNESS_DIFFERS', at);
    this.tree.append(made);
    const root = this.outside.root(this.platform, this.tree.size);
    if (root === undefined) return undefined;
    if (root !== toHex(this.tree.root())) return this.differs(this.tree.size);
    this.agreed.add(this.tree.size);
    return undefined;
  }

  /** A head right after the last leaf that it covers. */
  head(envelope: Envelope): LogFault | undefined {
    const size = this.tree.size;
    const since = (code: AuditFaultCode, through: number): LogFault => ({ code, seq: this.headSize, through: Math.max(through, this.headSize) });
    const parsed = parseEnvelope(envelope);
    const { data: head } = headSchema.safeParse(unverifiedPayload(envelope));
    if (!parsed.ok || head === undefined || wordOf(envelope.payloadType) !== 'head' || head.platform !== this.platform) return since('HEAD_REFUSED', size - 1);
    if (envelope.signatures.length !== 1 || verifiedSignatures(envelope, parsed.payload, this.standing.logKeys(head.at), this.cache).length !== 1) return since('HEAD_REFUSED', size - 1);
    if (head.treeSize !== size || head.rootHash !== toHex(this.tree.root())) return since('HEAD_DIFFERS', Math.max(head.treeSize, size) - 1);
    if (head.at < this.headAt + HEAD_EVERY_MS) return since('HEAD_TIME', size - 1);
    this.headSize = size;
    this.headAt = head.at;
    this.roots.set(size, head.rootHash);
    return undefined;
  }

  /** A terminal says, signed, that it was shown this head. */
  witness({ treeSize, rootHash }: HeadRef): LogFault | undefined {
    if (treeSize > this.tree.size) return { code: 'LOG_CUT', seq: this.tree.size, through: treeSize - 1 };
    if (treeSize > 0 && this.roots.get(treeSize) !== rootHash) return this.differs(treeSize);
    this.agreed.add(treeSize);
    return undefined;
  }

  /** After the last leaf. */
  end(): LogFault | undefined {
    const { size } = this.tree;
    if (size !== this.declaredSize) return { code: 'LEAF_MISSING', seq: size, through: Math.max(size, this.declaredSize - 1) };
    if (this.headSize !== size) return { code: 'LEAF_UNSIGNED', seq: this.headSize, through: size - 1 };
    const seen = this.outside.size(this.platform);
    return seen > size ? { code: 'LOG_CUT', seq: size, through: seen - 1 } : undefined;
  }

  /** Somewhere between the last root that a witness confirms and this one. */
  private differs(size: number): LogFault {
    let sound = 0;
    for (const confirmed of this.agreed) if (confirmed < size) sound = Math.max(sound, confirmed);
    return { code: 'WITNESS_DIFFERS', seq: sound, through: size - 1 };
  }
}

function here(code: AuditFaultCode, seq: number): LogFault {
  return { code, seq, through: seq };
}
