// Ends this process when the npm that runs it is gone. Ctrl-C reaches the whole process group, but a signal to npm alone
// ends npm and at most the shell that npm puts between: without this, the demo would go on unseen. Node built-ins only.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { running } from './root.mjs';

const LOOK_MS = 1_000;
const SHELLS = ['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'busybox'];

/** Parent and words of a process; null when it is gone. */
function look(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // "pid (name) state ppid ...": the name may hold anything.
      const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return { ppid, words: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') };
    }
    const [ppid, ...words] = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim().split(/\s+/);
    return ppid === '' ? null : { ppid: Number(ppid), words };
  } catch {
    return null;
  }
}

/** The processes that must stay: the parent, and npm above it where the parent is the shell of an npm script. */
export function ancestors(parent = process.ppid, seen = look) {
  const found = process.platform === 'win32' ? null : seen(parent);
  const isScriptShell = found !== null && SHELLS.includes(path.basename(found.words[0] ?? '')) && found.words[1] === '-c';
  return isScriptShell ? [parent, found.ppid] : [parent];
}

/** From now on: when npm is gone, what `run` started is ended, and this process gets SIGTERM, as a service manager would send it. Does nothing without npm. */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const before = ancestors().join();
  const watch = setInterval(() => {
    if (ancestors().join() === before) return;
    clearInterval(watch);
    for (const child of running) child.kill('SIGTERM');
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_MS);
  watch.unref();
}
