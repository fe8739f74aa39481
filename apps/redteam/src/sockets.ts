import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A place where a process can be reached from outside it. */
export interface Listening {
  readonly kind: 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'unix';
  readonly at: string;
}

const LISTENS = '0A';
const TABLES = ['tcp', 'tcp6', 'udp', 'udp6'] as const;

/** Every port that this process listens on, and every Unix socket that it has bound by name: by its own file table, as Linux tells it. */
export function listeningOf(pid: number): readonly Listening[] {
  const inodes = inodesOf(pid);
  const ports = TABLES.flatMap((kind) => listenersIn(readFileSync(`/proc/${pid}/net/${kind}`, 'utf8'), kind).filter(({ inode }) => inodes.has(inode)).map(({ at }) => ({ kind, at })));
  const named = boundIn(readFileSync(`/proc/${pid}/net/unix`, 'utf8')).filter(({ inode }) => inodes.has(inode)).map(({ at }) => ({ kind: 'unix' as const, at }));
  return [...ports, ...named];
}

/** Lines of /proc/net/tcp and its like: `sl local remote state ... inode`; UDP is reachable as soon as it is bound without a peer. Pure. */
export function listenersIn(table: string, kind: (typeof TABLES)[number]): readonly { readonly at: string; readonly inode: string }[] {
  return table.split('\n').slice(1).flatMap((line) => {
    const [, local = '', remote = '', state = '', , , , , , inode = ''] = line.trim().split(/\s+/);
    const isOpen = kind.startsWith('tcp') ? state === LISTENS : /^0+:0+$/.test(remote);
    return local === '' || !isOpen ? [] : [{ at: local, inode }];
  });
}

/** Lines of /proc/net/unix that accept connections under a name: `address refs protocol flags type state inode path`, flag __SO_ACCEPTCON. Pure. */
export function boundIn(table: string): readonly { readonly at: string; readonly inode: string }[] {
  return table.split('\n').slice(1).flatMap((line) => {
    const [, , , flags = '0', , , inode = '', at] = line.trim().split(/\s+/);
    return at === undefined || (Number.parseInt(flags, 16) & 0x1_0000) === 0 ? [] : [{ at, inode }];
  });
}

function inodesOf(pid: number): ReadonlySet<string> {
  return new Set(readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  }));
}
