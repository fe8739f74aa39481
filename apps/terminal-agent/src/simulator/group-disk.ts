import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '#libs/suites';
import { DiskError, type Disk, type DiskRead } from '../hardware/disk';
import { freeMiB, readOrNothing, replaceFile, syncFolder } from '../hardware/file-disk';
import { openCopy, sealCopy } from '../hardware/sealed-copy';

/** A log longer than this is folded into the files, unless said otherwise. */
const LOG_BYTES = 64 * 1024 * 1024;
/** Files folded at once. */
const AT_ONCE = 8;
const SUM_BYTES = 32;

interface Write {
  readonly terminal: string;
  readonly name: string;
  /** Null removes. */
  readonly bytes: Uint8Array | null;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/**
 * One disk under six hundred simulated units. A real unit syncs its own flash; here all units that wait at the same
 * moment share one sync of one log, `<folder>/log.<n>`, and the files `<folder>/<terminal>/<name>` are brought up to
 * date later. The promise is the same as for a unit of its own: what resolved survives a power cut of the whole process.
 */
export class GroupDisk {
  private waiting: Write[] = [];
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;
  /** What the log holds beyond the files; null means removed. */
  private fresh = new Map<string, Uint8Array | null>();
  /** The same of the log that is being folded. */
  private folding = new Map<string, Uint8Array | null>();
  /** The logs that `folding` was read from. */
  private foldingLogs: readonly string[] = [];
  private isFolding = false;
  private foldingDone: Promise<void> = Promise.resolve();
  private closing = false;
  /** Of whole records; after a refused write there may lie more. */
  private logBytes = 0;
  private isTorn = false;
  private free = 0;

  private constructor(private readonly folder: string, private log: FileHandle, private logNumber: number, private readonly mostLogBytes: number) {
    this.free = freeMiB(folder);
  }

  /**
   * Opens the folder and reads whatever logs earlier processes left, each up to the first record that is not whole.
   * They are folded into the files while the units already run. A log of more than `mostLogBytes` is folded.
   */
  static async open(folder: string, mostLogBytes = LOG_BYTES): Promise<GroupDisk> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const logs = (await readdir(folder)).filter((name) => /^log\.\d+$/.test(name)).sort((a, b) => numberOf(a) - numberOf(b));
    const next = (logs.length === 0 ? 0 : numberOf(logs[logs.length - 1] ?? '')) + 1;
    const disk = new GroupDisk(folder, await beginLog(folder, next), next, mostLogBytes);
    for (const name of logs) for (const [key, bytes] of recordsOf(readFileSync(join(folder, name)))) disk.folding.set(key, bytes);
    disk.beginFolding(logs);
    return disk;
  }

  /** The disk of one unit. */
  diskOf(terminal: string): Disk {
    return {
      read: (name) => this.read(terminal, name),
      writeDurably: (name, bytes) => this.write(terminal, name, bytes),
      remove: (name) => this.write(terminal, name, null),
      freeMiB: () => this.free,
    };
  }

  /** Power cut of one unit: what was not yet on its way to the disk is lost, and nobody hears of it. */
  drop(terminal: string): void {
    this.waiting = this.waiting.filter((write) => write.terminal !== terminal);
  }

  /** Resolves when the logs of earlier processes are folded in. */
  whenFolded(): Promise<void> {
    return this.foldingDone;
  }

  /** Waits for all writes. What only the log holds is folded in by the next start. */
  async close(): Promise<void> {
    this.closing = true;
    await this.settle();
    await this.foldingDone;
    await this.log.close();
  }

  private async settle(): Promise<void> {
    while (this.isRunning || this.waiting.length > 0) await this.running;
  }

  private async read(terminal: string, name: string): Promise<DiskRead> {
    const key = `${terminal}/${name}`;
    const recent = this.fresh.has(key) ? this.fresh.get(key) : this.folding.get(key);
    if (recent !== undefined) return recent === null ? { kind: 'missing' } : { kind: 'whole', bytes: recent };
    const file = await readOrNothing(join(this.folder, terminal, name));
    if (file === undefined) return { kind: 'missing' };
    const copy = openCopy(file);
    return copy === undefined ? { kind: 'corrupt' } : { kind: 'whole', bytes: copy.bytes };
  }

  private write(terminal: string, name: string, bytes: Uint8Array | null): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ terminal, name, bytes, done, failed });
      if (this.isRunning) return;
      this.isRunning = true;
      // One turn later, so that whatever else is decided in this turn shares the sync.
      this.running = new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.run());
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      const pieces = batch.flatMap(({ terminal, name, bytes }) => recordOf(`${terminal}/${name}`, bytes));
      try {
        await this.append(Buffer.concat(pieces));
        for (const { terminal, name, bytes, done } of batch) {
          this.fresh.set(`${terminal}/${name}`, bytes);
          done();
        }
      } catch (cause) {
        for (const { name, failed } of batch) failed(new DiskError(name, cause));
      }
      if (this.logBytes > this.mostLogBytes) await this.makeLogShort();
    }
    this.isRunning = false;
  }

  /** What a refused write left at the end is cut off first: a reader stops there, and nothing behind it would be found. */
  private async append(records: Buffer): Promise<void> {
    if (this.isTorn) await this.log.truncate(this.logBytes);
    this.isTorn = true;
    await this.log.appendFile(records);
    await this.log.datasync();
    this.isTorn = false;
    this.logBytes += records.length;
  }

  /** A new log, and the old one folded; where that cannot be, the old one just grows and it is tried again. */
  private async makeLogShort(): Promise<void> {
    if (this.folding.size > 0) {
      if (!this.isFolding) this.beginFolding(this.foldingLogs);
      return;
    }
    const next = await beginLog(this.folder, this.logNumber + 1).catch(() => undefined);
    if (next === undefined) return;
    const old = this.log;
    this.log = next;
    this.logNumber += 1;
    this.logBytes = 0;
    this.isTorn = false;
    this.folding = this.fresh;
    this.fresh = new Map();
    this.beginFolding([`log.${this.logNumber - 1}`]);
    await old.close().catch(() => undefined);
  }

  /** One that fails leaves logs and `folding` as they are, to be tried again. */
  private beginFolding(logs: readonly string[]): void {
    this.foldingLogs = logs;
    this.isFolding = true;
    this.foldingDone = this.fold(logs).catch(() => undefined).finally(() => { this.isFolding = false; });
  }

  /** Brings the files up to date with `folding`, then throws its logs away. */
  private async fold(logs: readonly string[]): Promise<void> {
    const entries = [...this.folding];
    const worker = async () => {
      for (let entry = entries.pop(); entry !== undefined && !this.closing; entry = entries.pop()) await this.foldOne(...entry);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    // The logs stay until every file is up to date.
    if (this.closing) return;
    for (const terminal of new Set([...this.folding.keys()].map((key) => key.split('/')[0] ?? ''))) await syncFolder(join(this.folder, terminal)).catch(() => undefined);
    for (const log of logs) await rm(join(this.folder, log), { force: true });
    this.folding = new Map();
    this.free = freeMiB(this.folder);
  }

  private async foldOne(key: string, bytes: Uint8Array | null): Promise<void> {
    const path = join(this.folder, key);
    if (bytes === null) {
      await rm(path, { force: true });
      return;
    }
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    await replaceFile(path, sealCopy(1, bytes));
  }
}

async function beginLog(folder: string, number: number): Promise<FileHandle> {
  const log = await open(join(folder, `log.${number}`), 'a', 0o600);
  try {
    await syncFolder(folder);
  } catch (cause) {
    await log.close();
    throw cause;
  }
  return log;
}

/** Length of what follows, checksum, kind, key length, key, bytes; in pieces, to be written one after the other. */
function recordOf(key: string, bytes: Uint8Array | null): readonly Uint8Array[] {
  const name = Buffer.from(key);
  const head = Buffer.alloc(4 + SUM_BYTES + 3 + name.length);
  const about = head.subarray(4 + SUM_BYTES);
  about[0] = bytes === null ? 0 : 1;
  about.writeUInt16BE(name.length, 1);
  about.set(name, 3);
  const body = bytes ?? new Uint8Array();
  head.writeUInt32BE(about.length + body.length);
  head.set(sha256(about, body), 4);
  return [head, body];
}

/** Every whole record; a torn one ends the log: nothing after it was promised, because `append` cuts a tear off before it goes on. */
function recordsOf(log: Uint8Array): readonly (readonly [string, Uint8Array | null])[] {
  const records: (readonly [string, Uint8Array | null])[] = [];
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  for (let at = 0; at + 4 + SUM_BYTES <= log.length;) {
    const length = view.getUint32(at);
    const body = log.subarray(at + 4 + SUM_BYTES, at + 4 + SUM_BYTES + length);
    if (length < 3 || body.length < length) break;
    const sum = sha256(body);
    if (sum.some((byte, index) => log[at + 4 + index] !== byte)) break;
    const nameLength = new DataView(body.buffer, body.byteOffset).getUint16(1);
    const key = new TextDecoder().decode(body.subarray(3, 3 + nameLength));
    records.push([key, body[0] === 0 ? null : body.slice(3 + nameLength)]);
    at += 4 + SUM_BYTES + length;
  }
  return records;
}

function numberOf(log: string): number {
  return Number(log.slice('log.'.length));
}
