import { namedBy } from '#libs/audit';
import { EXPORT_FORMAT, leafBodySchema, type ExportLine, type LeafBody, type PlatformId } from '#libs/contracts';
import { canonicalJson, parseEnvelope, type Envelope } from '#libs/envelope';
import type { Clock } from '../../kernel/clock';
import type { Scope } from '../../kernel/scope';
import type { AuditStore, NumberedLeaf } from './audit.store';
import { fromTheTop, type AuditEvidence } from './evidence';

/** Few enough that the records behind them fit into memory, many enough that the database is not asked for each. */
const PAGE = 50;

/**
 * The audit as one file, line by line (docs/audit.md): the logs of the platforms in scope up to their newest signed
 * heads, and after each leaf the signed bytes it names. What somebody took out of the database is missing in the file
 * and found by whoever verifies it; what somebody edited so that it cannot be read becomes an envelope that proves nothing.
 */
export class ExportAudit {
  constructor(private readonly store: AuditStore, private readonly evidence: AuditEvidence, private readonly clock: Clock) {}

  /** `only`: one platform instead of all in scope. `details`: with the names and texts of the side table. */
  async *lines(scope: Scope, only: PlatformId | null, details: boolean): AsyncGenerator<string> {
    let written = 0;
    for await (const line of this.all(scope, only, details)) {
      written += 1;
      yield `${canonicalJson(line)}\n`;
    }
    yield `${canonicalJson({ line: 'end', lines: written } satisfies ExportLine)}\n`;
  }

  private async *all(scope: Scope, only: PlatformId | null, details: boolean): AsyncGenerator<ExportLine> {
    // Sizes first: what is accepted while this runs belongs to the next export.
    const sizes = await this.store.headSizes(scope);
    const documents = await this.evidence.documents();
    const platforms = fromTheTop(documents)
      .filter((platform) => scope.covers(platform) && (only === null || platform === only));
    yield { line: 'export', format: EXPORT_FORMAT, at: Math.trunc(this.clock.now()), platforms: [...platforms], details };
    const later = await this.store.laterDocuments(scope, platforms, sizes);
    for (const document of documents) if (!later.has(document.digest)) yield { line: 'document', envelope: envelopeIn(document.envelope) };
    for (const device of await this.store.enrolledKeys(scope, platforms, sizes)) yield { line: 'device', ...device };
    for (const platform of platforms) yield* this.log(scope, platform, sizes.get(platform) ?? 0, details);
  }

  private async *log(scope: Scope, platform: PlatformId, size: number, details: boolean): AsyncGenerator<ExportLine> {
    yield { line: 'log', platform, size };
    for (let from = 0; from < size; from += PAGE) {
      const count = Math.min(PAGE, size - from);
      const leaves = await this.store.leaves(scope, platform, from, count);
      const heads = await this.store.headsBetween(scope, platform, from, from + count);
      const named = new Map(leaves.map((leaf) => [leaf.seq, namedIn(leaf)]));
      const find = await this.evidence.find(scope, [...named.values()].flat());
      const sides = details ? await this.store.details(scope, leaves.map(({ id }) => id)) : [];
      for (const leaf of leaves) {
        if (leaf.seq >= from + count) break;
        yield { line: 'leaf', seq: leaf.seq, hash: leaf.leafHash, body: leaf.body };
        for (const one of named.get(leaf.seq) ?? []) {
          const kept = find(one);
          if (kept !== undefined) yield { line: 'signed', envelope: envelopeIn(kept.envelope) };
        }
        for (const { leaf: id, field, salt, value } of sides) if (id === leaf.id) yield { line: 'detail', field, salt, value };
        for (const { size: covered, envelope } of heads) if (covered === leaf.seq + 1) yield { line: 'head', envelope: envelopeIn(envelope) };
      }
    }
  }
}

/** Nothing of a leaf that somebody made unreadable: its hash says so. */
function namedIn({ body }: NumberedLeaf): ReturnType<typeof namedBy> {
  const read = leafBodySchema.safeParse(jsonOf(body)).data;
  return read === undefined ? [] : namedBy(read satisfies LeafBody).filter(({ name }) => name !== '');
}

function envelopeIn(text: string): Extract<ExportLine, { line: 'signed' }>['envelope'] {
  const parsed = parseEnvelope(jsonOf(text));
  const envelope: Envelope = parsed.ok ? parsed.envelope : { payloadType: '', payload: '', signatures: [] };
  return { ...envelope, signatures: envelope.signatures.map((signature) => ({ ...signature })) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
