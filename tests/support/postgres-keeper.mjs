// Ends the test database server, and removes its folder, when no test process leases it any more.
//   node postgres-keeper.mjs BASE POSTMASTER_PID
// A process of its own, so that it also works after jest was killed. One keeper per server is enough; the rest leave.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const [base, postmaster] = [process.argv[2], Number(process.argv[3])];
if (base === undefined || !path.basename(base).startsWith('clarion-test-') || !(postmaster > 1)) process.exit(2);
const mine = path.join(base, `keeper-${postmaster}`);
const lockFile = `${base}.lock`;
const IDLE_MS = 20_000;

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause.code === 'EPERM';
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Still the server we were told about? Its number may belong to another program by now. */
function isOurServer() {
  return alive(postmaster) && read(path.join(base, 'postgres/cluster/postmaster.pid')).startsWith(`${postmaster}\n`);
}

function leased() {
  const folder = path.join(base, 'leases');
  if (!existsSync(folder)) return false;
  const pids = readdirSync(folder);
  for (const pid of pids.filter((pid) => !alive(Number(pid)))) rmSync(path.join(folder, pid), { force: true });
  return pids.some((pid) => alive(Number(pid)));
}

async function end() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
  } catch {
    return false;
  }
  try {
    if (leased()) return false;
    if (isOurServer()) {
      process.kill(postmaster, 'SIGINT');
      for (let waited = 0; alive(postmaster) && waited < 10_000; waited += 100) await pause(100);
    }
    rmSync(base, { recursive: true, force: true });
    return true;
  } finally {
    rmSync(lockFile, { force: true });
  }
}

try {
  writeFileSync(mine, String(process.pid), { flag: 'wx' });
} catch {
  if (alive(Number(read(mine)))) process.exit(0);
  writeFileSync(mine, String(process.pid));
}
for (let idle = 0; ; ) {
  await pause(1_000);
  if (!isOurServer() && !existsSync(base)) break;
  // Another server took the place of the one we keep: it has its own keeper.
  if (!isOurServer() && existsSync(path.join(base, 'postgres/cluster/postmaster.pid'))) break;
  idle = leased() ? 0 : idle + 1_000;
  if (idle >= IDLE_MS && (await end())) break;
}
