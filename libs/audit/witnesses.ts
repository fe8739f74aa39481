import { exportLineSchema, headRefSchema, type HeadRef } from '#libs/contracts';
import { parseEnvelope, parseStrictJson, toHex, unverifiedPayload, wordOf, type Envelope, type JsonValue } from '#libs/envelope';
import { leafHash } from '#libs/suites';
import { readBody } from './read-line';

/** A line of an export may be longer than a payload, and nests no deeper. */
const LINE_LIMITS = { maxBytes: Number.MAX_SAFE_INTEGER, maxDepth: 16 };

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
    const { data: line } = exportLineSchema.safeParse(value);
    if (line?.line === 'leaf') return this.leaf(line.seq, line.body);
    const parsed = parseEnvelope(line !== undefined && 'envelope' in line ? line.envelope : value);
    const ref = parsed.ok ? refIn(parsed.envelope) : null;
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
    const read = readBody(body);
    if (read !== undefined) of(this.leaves, read.platform).set(seq, toHex(leafHash(new TextEncoder().encode(body))));
  }
}

/** The head that a signed head, receipt or event tells of, unverified; null for none. */
export function refIn(envelope: Envelope): HeadRef | null {
  const word = wordOf(envelope.payloadType);
  if (word !== 'head' && word !== 'receipt' && word !== 'event') return null;
  const payload = unverifiedPayload(envelope);
  if (typeof payload !== 'object' || payload === null) return null;
  const { platform, treeSize, rootHash, head } = { platform: undefined, treeSize: undefined, rootHash: undefined, head: undefined, ...payload };
  return headRefSchema.safeParse(word === 'head' ? { platform, treeSize, rootHash } : head).data ?? null;
}

function jsonOf(text: string): JsonValue | undefined {
  const parsed = parseStrictJson(new TextEncoder().encode(text), LINE_LIMITS);
  return parsed.ok ? parsed.value : undefined;
}

function of(map: Map<string, Map<number, string>>, platform: string): Map<number, string> {
  const known = map.get(platform) ?? new Map<number, string>();
  map.set(platform, known);
  return known;
}
