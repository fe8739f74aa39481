import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../error-code';

/** Files of `$CLARION_DATA/pki`. `ca-key.pem` may be absent where the district keeps its CA elsewhere. */
export type PkiFileName = 'ca.pem' | 'ca-key.pem' | 'server.pem' | 'server-key.pem';

/** Reads and replaces the TLS files, mode 0600 in a folder of mode 0700; a reader never sees half a file. */
export class PkiFiles {
  constructor(private readonly folder: string) {}

  async read(name: PkiFileName): Promise<string | undefined> {
    try {
      return await readFile(path.join(this.folder, name), 'utf8');
    } catch (cause) {
      if (errorCode(cause) === 'ENOENT') return undefined;
      throw cause;
    }
  }

  async write(name: PkiFileName, pem: string): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = path.join(this.folder, name);
    await writeFile(`${file}.new`, pem, { mode: 0o600, flush: true });
    await rename(`${file}.new`, file);
  }
}
