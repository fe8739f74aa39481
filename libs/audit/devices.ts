import { keyRecordSchema, type KeyRecord } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { checkKeyRecord, verifiedSignatures, type VerificationCache } from '#libs/suites';

interface Device { readonly line: number; readonly terminal: string; readonly key: KeyRecord }

/** The keys of terminals. The file brings them; an enrolment in a log or a signed assignment names each. */
export class Devices {
  private readonly keys = new Map<string, Map<string, KeyRecord>>();
  private readonly brought: Device[] = [];
  private readonly named = new Set<string>();

  constructor(private readonly cache?: VerificationCache) {}

  /** False when the key is not sound, or not the one of its name. */
  take(terminal: string, value: unknown, line: number): boolean {
    const { data: key } = keyRecordSchema.safeParse(value);
    if (key === undefined || !checkKeyRecord(key).ok) return false;
    const own = this.keys.get(terminal) ?? new Map<string, KeyRecord>();
    this.keys.set(terminal, own.set(key.keyId, key));
    this.brought.push({ line, terminal, key });
    return true;
  }

  name(terminal: string, keyId: string): void {
    this.named.add(`${terminal} ${keyId}`);
  }

  hasSigned(terminal: string, envelope: Envelope, payload: Uint8Array): boolean {
    return envelope.signatures.length === 1 && verifiedSignatures(envelope, payload, this.keys.get(terminal)?.values() ?? [], this.cache).length === 1;
  }

  /** The line of the first key that nothing names. */
  unnamed(): number | undefined {
    return this.brought.find(({ terminal, key }) => !this.named.has(`${terminal} ${key.keyId}`))?.line;
  }
}
