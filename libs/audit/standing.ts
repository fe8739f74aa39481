import type { Charter, KeyRecord, Person, Role, Roster } from '#libs/contracts';
import type { Documents, KnownDocument } from './documents';

/** A signature and the document that ends its right may cross on their way into the log. */
const CROSSING_MS = 60_000;

/**
 * Who may sign for a platform at a place of its own log. What counts is the version whose acceptance the log tells of
 * last; within a minute of that the one before counts too, and a later one from the time at which it was issued. A key
 * that the log tells was revoked counts for nothing after the same minute; so does one that a platform above revoked, by
 * the time at which that one's log took the revocation, where the same reader has read that log (`acceptedAt`, by digest).
 */
export class Standing {
  private readonly charters: Versions;
  private readonly rosters: Versions;
  private readonly revokedAt = new Map<string, number>();

  constructor(private readonly documents: Documents, platform: string, acceptedAt: ReadonlyMap<string, number> = new Map()) {
    const own = documents.all().filter((document) => document.platform === platform);
    this.charters = new Versions(own.filter(({ word }) => word === 'charter'));
    this.rosters = new Versions(own.filter(({ word }) => word === 'roster'));
    const above = documents.above(platform);
    for (const document of documents.all().filter((one) => above.includes(one.platform))) {
      const at = acceptedAt.get(document.digest);
      if (at !== undefined) this.revoke(document, at);
    }
  }

  /** A leaf of this platform's log tells that the document was accepted; false when the file does not hold it. */
  accept(digest: string, at: number): boolean {
    const document = this.documents.get(digest);
    if (document === undefined) return false;
    if (document.word === 'charter') this.charters.accept(document, at);
    if (document.word === 'roster') this.rosters.accept(document, at);
    this.revoke(document, at);
    return true;
  }

  private revoke({ revoked }: KnownDocument, at: number): void {
    for (const { keyId } of revoked) this.revokedAt.set(keyId, Math.min(at, this.revokedAt.get(keyId) ?? at));
  }

  logKeys(at: number): readonly KeyRecord[] {
    return this.keysOf(at, this.rostersAt(at).map(({ logKey }) => logKey));
  }

  dispatcherKeys(at: number): readonly KeyRecord[] {
    return this.keysOf(at, this.rostersAt(at).map(({ dispatcher }) => dispatcher));
  }

  /** Keys of one person, or of everybody, in this role; any role when none is asked. */
  personKeys(at: number, id: string | null, role: Role | null): readonly KeyRecord[] {
    const fits = (person: Person): boolean => (id === null || person.id === id) && (role === null || person.roles.includes(role));
    return this.keysOf(at, this.rostersAt(at).flatMap(({ persons }) => persons.filter(fits).flatMap(({ keys }) => keys)));
  }

  /** The officers of each charter that counts, with the threshold. */
  officers(at: number): readonly { readonly keys: readonly KeyRecord[]; readonly personOf: ReadonlyMap<string, string>; readonly threshold: number }[] {
    return this.charters.at(at).flatMap(({ charter }) => (charter === undefined ? [] : [{
      keys: this.keysOf(at, charter.officers.map(({ key }) => key)), personOf: personsOf(charter), threshold: charter.threshold,
    }]));
  }

  /** Whether a roster that counts lists this permit. */
  lists(at: number, permit: string): boolean {
    return this.rostersAt(at).some(({ permits = [] }) => permits.some((digest) => digest === permit));
  }

  private rostersAt(at: number): readonly Roster[] {
    return this.rosters.at(at).flatMap(({ roster }) => roster ?? []);
  }

  private keysOf(at: number, keys: readonly KeyRecord[]): readonly KeyRecord[] {
    return keys.filter(({ keyId }) => at <= (this.revokedAt.get(keyId) ?? Number.POSITIVE_INFINITY) + CROSSING_MS);
  }
}

function personsOf({ officers }: Charter): ReadonlyMap<string, string> {
  return new Map(officers.map(({ person, key }) => [key.keyId, person]));
}

class Versions {
  private current: KnownDocument | undefined;
  private before: KnownDocument | undefined;
  private changedAt = 0;
  private readonly ordered: readonly KnownDocument[];

  constructor(documents: readonly KnownDocument[]) {
    this.ordered = [...documents].sort((a, b) => a.version - b.version);
  }

  accept(document: KnownDocument, at: number): void {
    this.before = this.current;
    this.current = document;
    this.changedAt = at;
  }

  at(at: number): readonly KnownDocument[] {
    const next = this.ordered.find(({ version }) => version > (this.current?.version ?? 0));
    return [
      ...(this.current === undefined ? [] : [this.current]),
      ...(this.before !== undefined && at <= this.changedAt + CROSSING_MS ? [this.before] : []),
      ...(next !== undefined && next.issuedAt <= at ? [next] : []),
    ];
  }
}
