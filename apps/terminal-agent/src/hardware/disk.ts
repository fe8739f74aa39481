/**
 * The unit's durable memory: small named files. What `writeDurably` promised survives a power cut; a write that had not
 * yet resolved is afterwards either there whole or not at all. Names are lower-case letters, digits, dots and dashes.
 */
export interface Disk {
  /** The bytes last written under this name; `missing` when there never were any, `corrupt` when no copy is whole. */
  read(name: string): Promise<DiskRead>;
  /** Resolves when every copy is on the disk. Rejects with `DiskError` when that cannot be promised. */
  writeDurably(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  /** Free space in MiB, as reported in health. */
  freeMiB(): number;
}

export type DiskRead =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing' }
  | { readonly kind: 'corrupt' };

/** A write that may not have reached the disk. */
export class DiskError extends Error {
  readonly code = 'AGENT_DISK';
  constructor(name: string, cause: unknown) {
    super(`The file ${name} could not be written durably.`, { cause });
    this.name = 'DiskError';
  }
}

/**
 * Media kept by its SHA-256, on the disk when `put` resolves. A file that is lost all the same is fetched again. The
 * reader verifies the digest of what it gets.
 */
export interface Shelf {
  get(sha256: string): Promise<Uint8Array | null>;
  put(sha256: string, bytes: Uint8Array): Promise<void>;
  remove(sha256: string): Promise<void>;
}
