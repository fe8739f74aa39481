import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { softwareKeyRecordSchema } from '#libs/contracts';
import { fromBase64 } from '#libs/envelope';
import { signerFromPkcs8, type Signer } from '#libs/suites';
import { GroupDisk } from '../../terminal-agent/src/simulator/group-disk';
import type { Range } from './range';

const identitySchema = z.object({ key: softwareKeyRecordSchema, pkcs8: z.string(), terminal: z.string() });

/** What whoever carries a terminal away reads on its disk: its own files, as text. */
export interface DiskImage {
  readonly terminal: string;
  readonly signer: Signer;
  readonly files: ReadonlyMap<string, string>;
}

const FILES = ['identity', 'journal', 'spool', 'trust', 'assignment', 'media'] as const;

/** Copies the simulator's disks and reads those of these terminals; the simulator runs on. */
export async function diskImages(range: Range, terminals: readonly string[]): Promise<readonly DiskImage[]> {
  const copy = mkdtempSync(path.join(range.setting.dir, 'image-'));
  try {
    cpSync(path.join(range.setting.cli.dataDir, 'simulator', 'state'), copy, { recursive: true });
    const disk = await GroupDisk.open(copy);
    const images: DiskImage[] = [];
    for (const terminal of terminals) {
      const files = new Map<string, string>();
      for (const name of FILES) {
        const read = await disk.diskOf(terminal).read(name);
        if (read.kind === 'whole') files.set(name, new TextDecoder().decode(read.bytes));
      }
      const { key, pkcs8 } = identitySchema.parse(JSON.parse(files.get('identity') ?? 'null'));
      images.push({ terminal, signer: signerFromPkcs8(key.alg, fromBase64(pkcs8) ?? new Uint8Array()), files });
    }
    await disk.close();
    return images;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
