import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { keyIdSchema } from '#libs/contracts';
import { z } from 'zod';
import { errorCode, operationalError } from '../../kernel/errors';

const pinSchema = z.strictObject({ format: z.literal('clarion-root-pin.v1'), keyIds: z.array(keyIdSchema).min(1).max(9) });

/**
 * The keys of the first root, kept beside the server's own keys and not in the database: whoever can write every row
 * still cannot put a root of their own there (threats T61). Written when the first root is read.
 */
export class RootPin {
  private known: readonly string[] | undefined;

  constructor(private readonly file: string) {}

  /** Undefined before the first root. Throws ROOT_PIN_INVALID rather than trusting whatever comes. */
  read(): readonly string[] | undefined {
    if (this.known !== undefined) return this.known;
    let text: string;
    try {
      text = readFileSync(this.file, 'utf8');
    } catch (cause) {
      if (errorCode(cause) === 'ENOENT') return undefined;
      throw cause;
    }
    const pin = pinSchema.safeParse(jsonOf(text));
    if (!pin.success) throw operationalError('ROOT_PIN_INVALID', `${this.file} is not the list of root keys that this server wrote.`);
    this.known = pin.data.keyIds;
    return this.known;
  }

  write(keyIds: readonly string[]): void {
    mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
    const fresh = `${this.file}.${process.pid}.new`;
    const handle = openSync(fresh, 'w', 0o600);
    try {
      writeFileSync(handle, JSON.stringify({ format: 'clarion-root-pin.v1', keyIds }));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(fresh, this.file);
    this.known = [...keyIds];
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
