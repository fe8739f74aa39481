import { DiskError, type Disk, type DiskRead, type Shelf } from '../../../apps/terminal-agent/src/hardware/disk';

/**
 * A disk with a write cache. A write lies in the cache until it is synced, and only then does `writeDurably` resolve;
 * `crash` throws the cache away and never answers what was waiting. By default every write is synced at once.
 */
export class FakeDisk implements Disk, Shelf {
  private readonly platter = new Map<string, Uint8Array | 'corrupt'>();
  private cache: { readonly name: string; readonly bytes: Uint8Array; readonly done: () => void }[] = [];
  /** Names whose writes stay in the cache, or every one. */
  private held: readonly string[] | 'all' = [];
  private failing = false;
  private epoch = 0;
  /** Names of durable writes, in order. */
  readonly written: string[] = [];

  read(name: string): Promise<DiskRead> {
    const bytes = this.platter.get(name);
    if (bytes === undefined) return Promise.resolve({ kind: 'missing' });
    return Promise.resolve(bytes === 'corrupt' ? { kind: 'corrupt' } : { kind: 'whole', bytes: bytes.slice() });
  }

  writeDurably(name: string, bytes: Uint8Array): Promise<void> {
    if (this.failing) return Promise.reject(new DiskError(name, new Error('no space left on device')));
    const { epoch } = this;
    return new Promise((resolve) => {
      this.cache.push({ name, bytes: bytes.slice(), done: () => { if (epoch === this.epoch) resolve(); } });
      if (!this.holds(name)) queueMicrotask(() => this.sync());
    });
  }

  remove(name: string): Promise<void> {
    this.platter.delete(name);
    return Promise.resolve();
  }

  freeMiB(): number {
    return 1_000;
  }

  get(sha256: string): Promise<Uint8Array | null> {
    const bytes = this.platter.get(`shelf/${sha256}`);
    return Promise.resolve(bytes === undefined || bytes === 'corrupt' ? null : bytes);
  }

  put(sha256: string, bytes: Uint8Array): Promise<void> {
    this.platter.set(`shelf/${sha256}`, bytes.slice());
    return Promise.resolve();
  }

  /** Takes the disk's shelf apart from its state files, whose `remove` has the same name. */
  shelf(): Shelf {
    return { get: (sha256) => this.get(sha256), put: (sha256, bytes) => this.put(sha256, bytes), remove: (sha256) => this.remove(`shelf/${sha256}`) };
  }

  /** Writes stay in the cache from now on until `resume`; with names, only those: a disk promises nothing about the order of files. */
  hold(...names: readonly string[]): void {
    this.held = names.length === 0 ? 'all' : names;
  }

  resume(): void {
    this.held = [];
    this.sync();
  }

  private holds(name: string): boolean {
    return this.held === 'all' || this.held.includes(name);
  }

  private sync(): void {
    const cached = this.cache.filter(({ name }) => !this.holds(name));
    this.cache = this.cache.filter(({ name }) => this.holds(name));
    for (const { name, bytes, done } of cached) {
      this.platter.set(name, bytes);
      this.written.push(name);
      done();
    }
  }

  /** What lies on it now, for `putBack`: a backup of the folder. */
  copy(): ReadonlyMap<string, Uint8Array | 'corrupt'> {
    return new Map(this.platter);
  }

  /** The state files as they were; the shelf stays. */
  putBack(older: ReturnType<FakeDisk['copy']>): void {
    for (const name of this.platter.keys()) if (!name.startsWith('shelf/')) this.platter.delete(name);
    for (const [name, bytes] of older) this.platter.set(name, bytes);
  }

  /** Power cut: the cache is gone, and nothing that waited for it ever hears of it. */
  crash(): void {
    this.epoch += 1;
    this.cache = [];
    this.held = [];
  }

  /** Every write fails from now on. */
  fail(failing: boolean): void {
    this.failing = failing;
  }

  corrupt(name: string): void {
    this.platter.set(name, 'corrupt');
  }

  /** Changes bytes in place, as a worn-out flash does behind a checksum that somehow still holds. */
  overwrite(name: string, bytes: Uint8Array): void {
    this.platter.set(name, bytes);
  }

  erase(name: string): void {
    this.platter.delete(name);
  }

  names(): readonly string[] {
    return [...this.platter.keys()];
  }
}
