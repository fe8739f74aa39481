import type { AuditFaultCode, LeafBody } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { VerificationCache } from '#libs/suites';
import { Devices } from './devices';
import { Documents } from './documents';
import { Evidence } from './evidence';
import { fact, namedBy, type NamedBytes } from './named-by';
import { Standing } from './standing';

/** Signed bytes that are not kept as the log says. */
export interface KeptFault {
  readonly code: AuditFaultCode;
  readonly named: NamedBytes;
}

const DOCUMENT_WORDS = ['root', 'charter', 'roster', 'revocation'] as const;

/**
 * What a server keeps, held against its own logs, leaf by leaf: each judged as in a file (docs/audit.md 3 and 5), but not
 * ended by the first fault, because whoever mends a database wants to know of every row. The leaves' own hashes and the
 * heads over them are somebody else's to compare.
 */
export class KeptEvidence {
  private readonly documents: Documents;
  private readonly devices: Devices;
  private readonly accepted = new Map<string, number>();
  private standing: Standing | undefined;
  private evidence: Evidence | undefined;
  private dispatches = new Map<number, NamedBytes>();

  constructor(private readonly cache?: VerificationCache) {
    this.documents = new Documents(cache);
    this.devices = new Devices(cache);
  }

  /** In the order of acceptance; false when it does not hold on those before it. */
  document(envelope: Envelope, place: number): boolean {
    return this.documents.take(envelope, place);
  }

  device(terminal: string, key: unknown): boolean {
    return this.devices.take(terminal, key, 0);
  }

  /** A platform's log begins; those above it were read before. */
  log(platform: string): void {
    this.standing = new Standing(this.documents, platform, this.accepted);
    this.evidence = new Evidence(platform, this.standing, this.devices, () => undefined, this.cache);
    this.dispatches = new Map();
  }

  /** The next leaf, with what is kept of the bytes that it names; undefined where nothing is. */
  leaf(seq: number, body: LeafBody, kept: (named: NamedBytes) => Envelope | undefined): readonly KeptFault[] {
    const { evidence, standing } = this;
    if (evidence === undefined || standing === undefined) return [];
    const document = this.acceptance(body, standing);
    evidence.begin(body, 0, seq);
    const faults = namedBy(body).flatMap((named): readonly KeptFault[] => {
      if (named.word === 'dispatch') this.dispatches.set(seq, named);
      const envelope = kept(named);
      const code = envelope === undefined ? 'SIGNED_MISSING' : evidence.signed(envelope);
      if (code === undefined) return [];
      evidence.pass();
      return [{ code, named }];
    });
    // One digest over all of them: which one is another than it was, the leaf does not tell.
    const whole = faults.length === 0 ? evidence.complete() : undefined;
    return [...document, ...faults, ...(whole === undefined ? [] : [{ code: whole.code, named: namedBy(body)[0] ?? { word: 'record', name: '', digest: null } } as const])];
  }

  /** After the last leaf of a log: a dispatch that stands on nothing. */
  end(): readonly KeptFault[] {
    const unfounded = this.evidence?.unfounded();
    const named = unfounded === undefined ? undefined : this.dispatches.get(unfounded.seq);
    return named === undefined ? [] : [{ code: 'DISPATCH_UNFOUNDED', named }];
  }

  private acceptance({ kind, facts, at }: LeafBody, standing: Standing): readonly KeptFault[] {
    const word = DOCUMENT_WORDS.find((one) => kind === `${one}.accepted`);
    if (word === undefined) return [];
    const digest = fact(facts, 'digest');
    if (!this.accepted.has(digest)) this.accepted.set(digest, at);
    return standing.accept(digest, at) ? [] : [{ code: 'SIGNED_MISSING', named: { word, name: digest, digest } }];
  }
}
