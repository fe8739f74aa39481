// Measures what a newcomer waits for: clone, `npm start`, the page, the first sound. Writes the figures to --json FILE.
// Everything lies in a folder of its own and is removed afterwards; ports are 12000 above the usual ones.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

const OFFSET = 12000;
const LIMIT_MS = 10 * 60_000;
const jsonFile = process.argv[process.argv.indexOf('--json') + 1];
const work = mkdtempSync(join(process.getuid?.() === 0 ? '/var/tmp' : process.env.TMPDIR ?? '/tmp', 'clarion-clone-'));
// PostgreSQL under root runs as another account and must be able to reach its folder.
chmodSync(work, 0o711);
const clone = join(work, 'clarion');
const env = {
  ...process.env, CLARION_DATA: join(work, 'data'), CLARION_DEMO_KEYS: join(work, 'keys'), CLARION_SESSION: join(work, 'session.json'),
  CLARION_PORT_OFFSET: String(OFFSET),
};
const began = performance.now();
const seconds = () => Math.round((performance.now() - began) / 100) / 10;

function clarion(...args) {
  const run = spawnSync('./clarion', [...args, '--json'], { cwd: clone, env, encoding: 'utf8' });
  if (run.status !== 0 && run.status !== 3) throw new Error(`./clarion ${args.join(' ')}: ${run.status} ${run.stdout.slice(0, 400)} ${run.stderr.slice(0, 400)}`);
  return JSON.parse(run.stdout.trim().split('\n').pop());
}

async function until(ask) {
  while (performance.now() - began < LIMIT_MS) {
    const answer = await Promise.resolve().then(ask).catch(() => undefined);
    if (answer) return answer;
    await new Promise((resolve) => { setTimeout(resolve, 250); });
  }
  throw new Error('ten minutes were not enough');
}

async function measure() {
  spawnSync('git', ['clone', '-q', root, clone], { stdio: 'inherit' });
  const clonedSeconds = seconds();
  const start = spawn('npm', ['start'], { cwd: clone, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  try {
    await until(async () => (await fetch(`http://localhost:${8080 + OFFSET}/`)).ok);
    const pageSeconds = seconds();
    await until(() => readFileSync(join(work, 'keys', 'passphrase'), 'utf8'));
    const key = (platform, person) => join(work, 'keys', 'people', platform, `${person}.key.json`);
    const signIn = (account) => clarion('sign-in', '--account', account, '--password-file', join(work, 'keys', 'passphrase'));
    const at = 'guanshan-01';
    await until(() => { signIn(`${at}-clerk`); return clarion('terminals').some((row) => row.state === 'assigned' && row.online); });
    const [sound] = clarion('sounds').filter((row) => row.role === 'chime');
    const file = join(work, 'notice.json');
    writeFileSync(file, JSON.stringify({ class: 'governance', severity: 'none', eventType: 'notice', title: '通知', text: '请相互转告。', segments: [{ sound: sound.id, role: 'chime' }], targets: { areas: [at] }, repeats: 1 }));
    const message = clarion('submit', file, '--key', key(at, `${at}-clerk`));
    signIn(`${at}-head`);
    clarion('approve', message.id, '--key', key(at, `${at}-head`));
    await until(() => clarion('receipts', message.id).some((row) => row.audibleAt !== null));
    return { clonedSeconds, pageSeconds, firstSoundSeconds: seconds() };
  } finally {
    process.kill(-start.pid, 'SIGTERM');
    await Promise.race([new Promise((resolve) => { start.on('close', resolve); }), new Promise((resolve) => { setTimeout(resolve, 20_000); })]);
  }
}

try {
  const figures = await measure();
  const line = JSON.stringify({ ...figures, targets: { pageSeconds: 180, firstSoundSeconds: 300 }, held: figures.pageSeconds <= 180 && figures.firstSoundSeconds <= 300 });
  process.stdout.write(`${line}\n`);
  if (jsonFile && process.argv.includes('--json')) writeFileSync(jsonFile, `${line}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
