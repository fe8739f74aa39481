import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { operationalError } from '../../errors';

/** The system account PostgreSQL runs as; null when it runs as whoever started us. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then the account `postgres`, or else `nobody`, is used. */
export function serverAccount(passwdFile = '/etc/passwd'): ServerAccount | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readFileSync(passwdFile, 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid = '', gid = '']) => ({ name, uid: Number(uid), gid: Number(gid) }));
  const found = accounts.find(({ name }) => name === 'postgres') ?? accounts.find(({ name }) => name === 'nobody');
  if (found === undefined) {
    throw operationalError('PG_NO_ACCOUNT', 'PostgreSQL cannot run as root, and the system has neither an account "postgres" nor "nobody".');
  }
  return found;
}

/**
 * Refuses, with PG_DATA_UNREACHABLE and the folder's name, when the account may not pass a folder above `dir`.
 * Looks at owner, group and mode bits only.
 */
export function requireReachable(dir: string, account: ServerAccount | null): void {
  if (account === null) return;
  for (let at = path.dirname(path.resolve(dir)); ; at = path.dirname(at)) {
    const { uid, gid, mode } = statSync(at);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      throw operationalError(
        'PG_DATA_UNREACHABLE',
        `PostgreSQL runs as "${account.name}" and may not enter ${at} (mode ${(mode & 0o777).toString(8)}). ` +
          'Set CLARION_DATA to a folder it can reach, for example /var/lib/clarion-demo.',
      );
    }
    if (at === path.dirname(at)) return;
  }
}
