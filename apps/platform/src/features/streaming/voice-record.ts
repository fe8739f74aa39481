import { mkdirSync } from 'node:fs';
import { open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { StreamId } from '#libs/contracts';
import { frameLiveBlock } from '#libs/envelope';

/** Below the data folder; one file a voice, `<stream>.clr`. */
const FOLDER = 'live';

export function recordPath(dataDir: string, stream: StreamId): string {
  return path.join(dataDir, FOLDER, `${stream}.clr`);
}

/** The bytes on record; undefined where there are none. */
export async function readRecord(dataDir: string, stream: StreamId): Promise<Buffer | undefined> {
  return readFile(recordPath(dataDir, stream)).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  });
}

/**
 * The recording of one voice as it grows: its blocks as they came, each behind its length (libs/envelope `live-record`), only
 * ever appended to. Mode 0600. What was appended is in the system's hands; `sync` brings it to the disk.
 */
export class VoiceRecord {
  private waiting: { readonly bytes: Uint8Array; readonly done: () => void; readonly failed: (cause: unknown) => void }[] = [];
  private writing: Promise<void> = Promise.resolve();
  private isUnsynced = false;

  private constructor(private readonly file: FileHandle) {}

  /** `keptBytes`: what is behind them was cut by a crash and is taken away. */
  static async open(dataDir: string, stream: StreamId, keptBytes?: number): Promise<VoiceRecord> {
    mkdirSync(path.join(dataDir, FOLDER), { recursive: true, mode: 0o700 });
    const at = recordPath(dataDir, stream);
    if (keptBytes !== undefined) await truncate(at, keptBytes);
    return new VoiceRecord(await open(at, 'a', 0o600));
  }

  /** Done once it is written, in order. Rejects when it could not be. */
  append(block: Uint8Array): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ bytes: frameLiveBlock(block), done, failed });
      if (this.waiting.length === 1) this.writing = this.writing.then(() => this.write());
    });
  }

  async sync(): Promise<void> {
    await this.writing;
    if (!this.isUnsynced) return;
    this.isUnsynced = false;
    await this.file.sync();
  }

  /** Everything is on the disk, and nothing more can be appended. */
  async close(): Promise<void> {
    try {
      await this.sync();
    } finally {
      await this.file.close();
    }
  }

  private async write(): Promise<void> {
    const taken = this.waiting;
    this.waiting = [];
    try {
      await this.file.appendFile(Buffer.concat(taken.map(({ bytes }) => bytes)));
      this.isUnsynced = true;
      for (const { done } of taken) done();
    } catch (cause) {
      for (const { failed } of taken) failed(cause);
    }
  }
}
