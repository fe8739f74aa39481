import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { startedHere } from './child';

/** Where Debian puts them. */
const MOSQUITTO = '/usr/sbin/mosquitto';
const ICECAST = '/usr/bin/icecast2';

export const MISSING_PEERS: readonly string[] = [
  ...(existsSync(MOSQUITTO) ? [] : ['mosquitto']),
  ...(existsSync(ICECAST) ? [] : ['icecast2']),
];

/** One listener on the loopback, no log, nothing kept. */
export async function startMosquitto(folder: string, port: number): Promise<ChildProcess> {
  const file = path.join(folder, 'mosquitto.conf');
  await writeFile(file, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest none\nset_tcp_nodelay true\nmax_connections -1\n`);
  await chmod(folder, 0o755);
  return answering(startedHere(spawn(MOSQUITTO, ['-c', file], { stdio: 'ignore' })), port);
}

/** As Debian ships it but for addresses, limits and passwords: burst of 64 KiB, queue of 512 KiB. */
export async function startIcecast(folder: string, port: number, password: string): Promise<ChildProcess> {
  const file = path.join(folder, 'icecast.xml');
  const changeOwner = process.getuid?.() === 0 ? '<security><chroot>0</chroot><changeowner><user>icecast2</user><group>icecast</group></changeowner></security>' : '';
  await writeFile(file, `<icecast><location>bench</location><admin>bench@localhost</admin><hostname>localhost</hostname>
<limits><clients>10000</clients><sources>2</sources><queue-size>524288</queue-size><client-timeout>30</client-timeout><header-timeout>15</header-timeout><source-timeout>10</source-timeout><burst-on-connect>1</burst-on-connect><burst-size>65535</burst-size></limits>
<authentication><source-password>${password}</source-password><relay-password>${password}</relay-password><admin-user>admin</admin-user><admin-password>${password}</admin-password></authentication>
<listen-socket><port>${port}</port><bind-address>127.0.0.1</bind-address></listen-socket><fileserve>0</fileserve>
<paths><basedir>/usr/share/icecast2</basedir><logdir>${folder}</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>
<logging><accesslog>-</accesslog><errorlog>-</errorlog><loglevel>1</loglevel></logging>${changeOwner}</icecast>\n`);
  await chmod(folder, 0o777);
  return answering(startedHere(spawn(ICECAST, ['-c', file], { stdio: 'ignore' })), port);
}

/** Resolves once something answers on the port. */
async function answering(child: ChildProcess, port: number): Promise<ChildProcess> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
    const stands = await new Promise<boolean>((resolve) => {
      const probe = connect(port, '127.0.0.1', () => {
        probe.destroy();
        resolve(true);
      });
      probe.once('error', () => resolve(false));
    });
    if (stands) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${child.spawnfile} does not answer on ${port}`);
}
