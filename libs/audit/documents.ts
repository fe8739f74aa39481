import { charterSchema, revocationSchema, rosterSchema, rootSchema, type Charter, type RevocationEntry, type Roster } from '#libs/contracts';
import { parseEnvelope, unverifiedPayload, wordOf, type Envelope } from '#libs/envelope';
import { sha256Hex, type VerificationCache } from '#libs/suites';
import { applyDocument, trustFromRoot, type TrustState } from '#libs/trust';

export interface KnownDocument {
  readonly digest: string;
  readonly word: 'root' | 'charter' | 'roster' | 'revocation';
  readonly platform: string;
  readonly version: number;
  readonly issuedAt: number;
  readonly line: number;
  readonly charter?: Charter;
  readonly roster?: Roster;
  readonly revoked: readonly RevocationEntry[];
}

/**
 * The trust documents of a file, each judged as a terminal judges it, on those before it (`applyDocument`); time is not
 * asked, because the file is read later. Every version stays known: who could sign when is read from the log.
 */
export class Documents {
  private readonly known = new Map<string, KnownDocument>();
  private state: TrustState | undefined;

  constructor(private readonly cache?: VerificationCache) {}

  /** False when it does not hold, is no trust document or stands here for the second time. */
  take(envelope: Envelope, line: number): boolean {
    const document = read(envelope, line);
    if (document === undefined || this.known.has(document.digest)) return false;
    const next = this.state === undefined ? this.begun(envelope) : applyDocument(this.state, envelope, null);
    if (!next.ok) return false;
    this.state = next.value;
    this.known.set(document.digest, document);
    return true;
  }

  get(digest: string): KnownDocument | undefined {
    return this.known.get(digest);
  }

  /** In the order of the file. */
  all(): readonly KnownDocument[] {
    return [...this.known.values()];
  }

  /** The platforms above this one, its parent first, as their newest charters say. */
  above(platform: string): readonly string[] {
    const found: string[] = [];
    for (let at: string | null | undefined = platform; at !== null && at !== undefined && !found.includes(at);) {
      if (at !== platform) found.push(at);
      const child: string = at;
      at = this.all().findLast((document) => document.platform === child && document.charter !== undefined)?.charter?.parent;
    }
    return found;
  }

  get root(): { readonly digest: string; readonly demo: boolean } {
    return { digest: this.state?.rootChain[0]?.digest ?? '', demo: this.state?.root.value.demo ?? false };
  }

  private begun(envelope: Envelope): ReturnType<typeof trustFromRoot> {
    const root = rootSchema.safeParse(unverifiedPayload(envelope));
    return trustFromRoot(envelope, { demo: root.data?.demo ?? false, ...(this.cache === undefined ? {} : { cache: this.cache }) });
  }
}

function read(envelope: Envelope, line: number): KnownDocument | undefined {
  const parsed = parseEnvelope(envelope);
  if (!parsed.ok) return undefined;
  const digest = sha256Hex(parsed.payload);
  const payload = unverifiedPayload(envelope);
  const about = ({ version, issuedAt }: { readonly version: number; readonly issuedAt: number }) => ({ digest, version, issuedAt, line });
  switch (wordOf(envelope.payloadType)) {
    case 'root': {
      const { data } = rootSchema.safeParse(payload);
      return data === undefined ? undefined : { ...about(data), word: 'root', platform: data.district, revoked: [] };
    }
    case 'charter': {
      const { data } = charterSchema.safeParse(payload);
      return data === undefined ? undefined : { ...about(data), word: 'charter', platform: data.platform, charter: data, revoked: [] };
    }
    case 'roster': {
      const { data } = rosterSchema.safeParse(payload);
      return data === undefined ? undefined : { ...about(data), word: 'roster', platform: data.platform, roster: data, revoked: data.revocations };
    }
    case 'revocation': {
      const { data } = revocationSchema.safeParse(payload);
      return data === undefined ? undefined : { ...about(data), word: 'revocation', platform: data.platform, revoked: data.entries };
    }
    default: return undefined;
  }
}
