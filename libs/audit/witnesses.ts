import { exportLineSchema, headRefSchema, leafBodySchema, type HeadRef } from '#libs/contracts';
import { toHex, unverifiedPayload, wordOf } from '#libs/envelope';
import { leafHash } from '#libs/suites';

/**
 * What somebody outside kept of the logs: an earlier export, or signed heads, receipts and events, one envelope or line
 * of an export per line. Whoever brings it vouches for it; it is held against the file and against nothing else.
 */
export class Witnesses {
  private readonly heads = new Map<string, Map<number, string>>();
  private readonly leaves = new Map<string, Map<number, string>>();

  /** One line; what is none of these says nothing and is passed over. */
  take(text: string): void {
    const value = jsonOf(text);
    const parsed = exportLineSchema.safeParse(value);
    if (parsed.data?.line === 'leaf') return this.leaf(parsed.data.seq, parsed.data.body);
    const ref = refIn(parsed.data !== undefined && 'envelope' in parsed.data ? parsed.data.envelope : value);
    if (ref !== null) of(this.heads, ref.platform).set(ref.treeSize, ref.rootHash);
  }

  /** Root that was seen over the first `size` leaves. */
  root(platform: string, size: number): string | undefined {
    return this.heads.get(platform)?.get(size);
  }

  leafHash(platform: string, seq: number): string | undefined {
    return this.leaves.get(platform)?.get(seq);
  }

  /** How many leaves were seen at least. */
  size(platform: string): number {
    let most = 0;
    for (const size of this.heads.get(platform)?.keys() ?? []) most = Math.max(most, size);
    for (const seq of this.leaves.get(platform)?.keys() ?? []) most = Math.max(most, seq + 1);
    return most;
  }

  private leaf(seq: number, body: string): void {
    const parsed = leafBodySchema.safeParse(jsonOf(body));
    if (parsed.success) of(this.leaves, parsed.data.platform).set(seq, toHex(leafHash(new TextEncoder().encode(body))));
  }
}

/** The head that a signed head, receipt or event tells of, unverified; null for none. */
export function refIn(envelope: unknown): HeadRef | null {
  if (typeof envelope !== 'object' || envelope === null || !('payload' in envelope) || typeof envelope.payload !== 'string') return null;
  if (!('payloadType' in envelope) || typeof envelope.payloadType !== 'string') return null;
  const word = wordOf(envelope.payloadType);
  if (word !== 'head' && word !== 'receipt' && word !== 'event') return null;
  const payload = unverifiedPayload({ payload: envelope.payload });
  if (typeof payload !== 'object' || payload === null) return null;
  const { platform, treeSize, rootHash, head } = { platform: undefined, treeSize: undefined, rootHash: undefined, head: undefined, ...payload };
  return headRefSchema.safeParse(word === 'head' ? { platform, treeSize, rootHash } : head).data ?? null;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function of(map: Map<string, Map<number, string>>, platform: string): Map<number, string> {
  const known = map.get(platform) ?? new Map<number, string>();
  map.set(platform, known);
  return known;
}
