import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { envelopeSchema, unixMsSchema, type EnvelopeShape } from '#libs/contracts';
import type { Log } from '../log';
import { GATEWAY_LIMITS } from '../limits';

/** What the STOP listener writes before it does anything else; who and when is the audit's part, not ours. */
const stopFileSchema = z.object({ stop: envelopeSchema, notAfter: unixMsSchema });

/**
 * Reads `$CLARION_DATA/stops/*.json`, each file once. The files are the truth about stops; the socket is only faster.
 * A file that cannot be read is reported once and tried again at every scan.
 */
export class StopFiles {
  private readonly read = new Set<string>();
  private readonly reported = new Set<string>();

  constructor(private readonly folder: string, private readonly log: Log) {}

  /** Stops whose files were not there, or not readable, at the last scan. */
  async scan(): Promise<readonly { readonly stop: EnvelopeShape; readonly notAfter: number }[]> {
    const found: { stop: EnvelopeShape; notAfter: number }[] = [];
    for (const name of await this.names()) {
      if (!name.endsWith('.json') || this.read.has(name)) continue;
      const file = await this.readOne(name);
      if (file === undefined) continue;
      this.read.add(name);
      found.push(file);
    }
    return found;
  }

  private async names(): Promise<readonly string[]> {
    try {
      return await readdir(this.folder);
    } catch {
      return [];
    }
  }

  private async readOne(name: string): Promise<z.infer<typeof stopFileSchema> | undefined> {
    try {
      const file = path.join(this.folder, name);
      const { size } = await stat(file);
      if (size <= GATEWAY_LIMITS.stopFileBytes) {
        const parsed = stopFileSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
        if (parsed.success) return parsed.data;
      }
    } catch {
      // Reported below with the others.
    }
    if (!this.reported.has(name)) this.log.error({ code: 'STOP_FILE_UNREADABLE', name }, 'a stop file cannot be read');
    this.reported.add(name);
    return undefined;
  }
}
