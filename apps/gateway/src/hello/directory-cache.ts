import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { areaIdSchema, softwareKeyRecordSchema, terminalIdSchema } from '#libs/contracts';

const devicesSchema = z.array(z.strictObject({ terminal: terminalIdSchema, key: softwareKeyRecordSchema, areas: z.array(areaIdSchema).optional() }));
const cacheSchema = z.strictObject({ format: z.literal('clarion-directory.v1'), devices: devicesSchema });

export type Device = z.infer<typeof devicesSchema>[number];

/** The directory's copy on disk. */
export interface DirectoryCache {
  /** Undefined when there is none or it cannot be read. */
  read(): Promise<readonly Device[] | undefined>;
  write(devices: readonly Device[]): Promise<void>;
}

/**
 * `$CLARION_DATA/run/directory.json`, public keys only. Written to a temporary file and renamed, so a reader never sees
 * half of it; without fsync, because the platform has the original. Writes that queue up are made one: the newest.
 */
export class DirectoryFile implements DirectoryCache {
  private writing: Promise<void> | undefined;
  private next: readonly Device[] | undefined;

  constructor(private readonly file: string) {}

  async read(): Promise<readonly Device[] | undefined> {
    try {
      const parsed = cacheSchema.safeParse(JSON.parse(await readFile(this.file, 'utf8')));
      return parsed.success ? parsed.data.devices : undefined;
    } catch {
      return undefined;
    }
  }

  write(devices: readonly Device[]): Promise<void> {
    this.next = devices;
    this.writing ??= this.drain().finally(() => {
      this.writing = undefined;
    });
    return this.writing;
  }

  private async drain(): Promise<void> {
    await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
    while (this.next !== undefined) {
      const text = JSON.stringify({ format: 'clarion-directory.v1', devices: this.next });
      this.next = undefined;
      await writeFile(`${this.file}.new`, text, { mode: 0o600 });
      await rename(`${this.file}.new`, this.file);
    }
  }
}
