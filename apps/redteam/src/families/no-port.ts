import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { terminalIssuedSchema } from '#libs/contracts';
import { systemClock } from '../../../cli/src';
import { agentScript } from '../../../cli/src/terminal/agent-process';
import { until } from '../../../scripted-day/src/until';
import { tone } from '../../../../tests/support/terminal-agent/fake-media';
import type { Family, Scene } from '../attack';
import type { Range } from '../range';
import { fleetOf } from '../rogue';
import { listeningOf } from '../sockets';

const ONLINE_MS = 30_000;
const QUIET_MS = 4_000;
const DEBUGGER_MS = 1_000;
/** Where somebody with a cable or a stick would come in: consoles, serial and USB lines, Bluetooth, input devices. */
const LINES = /^\/dev\/(tty|pts|serial|rfcomm|input|bus\/usb|hidraw|uinput|ttyUSB|ttyACM)/;

/** The real terminal program, enrolled and online: no way in but the connections that it opens itself, and no sound out of a file that lies beside its own (T37, T43). */
export const NO_PORT: Family = {
  family: 'ways into a terminal\'s program', threat: 'T37 T43', where: 'district',
  run: async (scene) => {
    const { range, tally } = scene;
    const gateway = range.system.pids()['gateway'];
    if (gateway === undefined) throw new Error('the gateway does not run');
    tally.control('the same look finds the gateway\'s port', listeningOf(gateway).some(({ kind }) => kind.startsWith('tcp')));
    await withAgent(range, async ({ pid, folder, log }) => {
      look(scene, pid, 'while it connects');
      const isOnline = await until(ONLINE_MS, () => Promise.resolve(log().includes('"online":true') ? true : undefined));
      tally.control('the terminal enrolled and is online', isOnline === true);
      look(scene, pid, 'online');
      await files(scene, folder, log);
      look(scene, pid, 'after files were laid beside its own');
      // At this signal the runtime opens a debugger's port, if nobody forbids it.
      process.kill(pid, 'SIGUSR1');
      await systemClock.sleep(DEBUGGER_MS);
      look(scene, pid, 'after it was told to open a debugger');
    });
  },
};

function look({ tally }: Scene, pid: number, when: string): void {
  const open = listeningOf(pid);
  for (const kind of ['tcp', 'tcp6', 'udp', 'udp6', 'unix'] as const) {
    const found = open.filter((one) => one.kind === kind);
    tally.judged(`${kind} ${when}`, found.length === 0 ? 'none open' : `open: ${found.map(({ at }) => at).join(' ')}`, ['none open']);
  }
  const lines = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkOf(`/proc/${pid}/fd/${fd}`)).filter((at) => LINES.test(at));
  tally.judged(`lines ${when}`, lines.length === 0 ? 'none open' : `open: ${lines.join(' ')}`, ['none open']);
}

/** Sounds where a technician or a thief would lay them. */
async function files({ tally }: Scene, folder: string, log: () => string): Promise<void> {
  const { bytes, segment } = tone(900, 1_000, 'siren');
  const before = log().split('"sounding"').length;
  for (const at of [`shelf/${segment.sha256}`, 'siren.ogg', 'play/siren.ogg', 'media.ogg', 'autoplay.wav', 'order.0197a3b0-0009-7000-8000-000000000009.a']) {
    const file = path.join(folder, at);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  await systemClock.sleep(QUIET_MS);
  tally.judged('files laid beside its own', log().split('"sounding"').length > before || readdirSync(path.join(folder, '..', 'heard')).length > 0 ? 'play' : 'silent', ['silent']);
}

interface Running {
  readonly pid: number;
  readonly folder: string;
  log(): string;
}

async function withAgent(range: Range, work: (running: Running) => Promise<void>): Promise<void> {
  const home = mkdtempSync(path.join(range.setting.dir, 'box-'));
  const box = `BOX-${systemClock.now()}`;
  const officer = await range.actor(range.cast.district, range.cast.officer);
  const { claimCode } = await officer.context.api.post('/api/terminals', terminalIssuedSchema, { name: box, area: range.cast.insideArea, physicalCode: box, latitudeE6: 28_700_000, longitudeE6: 115_800_000 });
  const fleet = fleetOf(range);
  for (const name of ['state', 'heard']) mkdirSync(path.join(home, name));
  cpSync(fleet.caFile, path.join(home, 'ca.pem'));
  writeFileSync(path.join(home, 'root.json'), JSON.stringify(fleet.root));
  const child = spawn(process.execPath, [agentScript()], { stdio: ['ignore', 'pipe', 'pipe'], env: {
    CLARION_TERMINAL_STATE: path.join(home, 'state'), CLARION_GATEWAY_URL: fleet.gatewayUrl.replace(/^wss/, 'https'), CLARION_CA_FILE: path.join(home, 'ca.pem'), CLARION_ROOT_FILE: path.join(home, 'root.json'),
    CLARION_TERMINAL_DEMO: 'yes', CLARION_CLAIM_CODE: claimCode, CLARION_PHYSICAL_CODE: box, CLARION_SOUND: `wav:${path.join(home, 'heard')}`,
  } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { said += chunk.toString('utf8'); });
  const ended = new Promise<void>((resolve) => { child.on('close', () => { resolve(); }); });
  try {
    const { pid } = child;
    if (pid === undefined) throw new Error('the terminal did not start');
    await until(ONLINE_MS, () => Promise.resolve(said.includes('"ready":true') ? true : undefined), 50);
    await work({ pid, folder: path.join(home, 'state'), log: () => said });
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(home, { recursive: true, force: true });
  }
}

function readlinkOf(at: string): string {
  try {
    return readlinkSync(at);
  } catch {
    return '';
  }
}
