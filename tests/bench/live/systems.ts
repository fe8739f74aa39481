import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GATEWAY_SOCKET, LIVE_SOCKET } from '#libs/contracts';
import { sessionKey } from '../../support/live-speaker';
import { freePort } from '../../support/ports';
import { ended, Helper, startServer } from './child';
import type { ListenersSetting } from './listeners';
import { startIcecast, startMosquitto } from './peers';
import type { SourceSetting } from './source';
import type { KeptKey } from './wires';

export type SystemName = 'clarion' | 'clarionTls' | 'mosquitto' | 'icecast' | 'socketIo';

/** A server that runs, the voice that it is given, and those who may listen to it: a process each. */
export interface RunningSystem {
  readonly serverPid: number;
  readonly source: Helper;
  readonly listeners: Helper;
  stop(): Promise<void>;
}

/** The switches under which the supervisor starts a gateway (apps/supervisor/src/children.ts). */
const GATEWAY_SWITCHES = ['--max-semi-space-size=8', '--heap-growing-percent=40'];

/** Starts systems in a folder of their own: keys and certificate are made once. */
export class Systems {
  private readonly peerFolders: string[] = [];

  private constructor(private readonly folder: string) {}

  static async prepare(terminals: number): Promise<Systems> {
    const folder = await mkdtemp(path.join(tmpdir(), 'clarion-bench-'));
    await mkdir(path.join(folder, 'gateway/run'), { recursive: true, mode: 0o700 });
    const keys: KeptKey[] = [];
    const devices: unknown[] = [];
    for (let i = 0; i < terminals; i += 1) {
      // Made as any Ed25519 key is.
      const { record: key, privateKey } = sessionKey();
      const terminal = `bench-${i}`;
      keys.push({ terminal, keyId: key.keyId, privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64') });
      devices.push({ terminal, key });
    }
    await writeFile(path.join(folder, 'keys.json'), JSON.stringify(keys), { mode: 0o600 });
    await writeFile(path.join(folder, 'gateway/run/directory.json'), JSON.stringify({ format: 'clarion-directory.v1', devices }), { mode: 0o600 });
    return new Systems(folder);
  }

  /** Nobody speaks yet. */
  async start(name: SystemName): Promise<RunningSystem> {
    const port = await freePort();
    const { server, voice, listen } = await this.serve(name, port);
    const source = Helper.start('source.js', voice);
    const listeners = Helper.start('listeners.js', { port, tls: false, keys: null, ...listen });
    return {
      serverPid: server.pid ?? 0, source, listeners,
      stop: async () => {
        await Promise.all([listeners.stop(), source.stop()]);
        await ended(server);
      },
    };
  }

  async close(): Promise<void> {
    for (const folder of [this.folder, ...this.peerFolders]) await rm(folder, { recursive: true, force: true });
  }

  private async serve(name: SystemName, port: number): Promise<{ readonly server: ChildProcess; readonly voice: SourceSetting; readonly listen: Partial<ListenersSetting> }> {
    switch (name) {
      case 'clarion':
      case 'clarionTls': {
        const data = path.join(this.folder, 'gateway');
        const script = name === 'clarion' ? path.join(__dirname, 'plain-gateway.js') : path.join(__dirname, '../../../apps/gateway/src/main.js');
        const server = await startServer(script, { CLARION_DATA: data, CLARION_DEVICE_PORT: String(port), CLARION_LOG_LEVEL: 'error', MALLOC_ARENA_MAX: '2' }, GATEWAY_SWITCHES);
        return {
          server, voice: { kind: 'gateway', liveSocket: path.join(data, LIVE_SOCKET), controlSocket: path.join(data, GATEWAY_SOCKET) },
          listen: { kind: 'clarion', tls: name === 'clarionTls', keys: path.join(this.folder, 'keys.json') },
        };
      }
      case 'mosquitto':
        return { server: await startMosquitto(await this.subfolder(), port), voice: { kind: 'mqtt', port }, listen: { kind: 'mqtt' } };
      case 'icecast': {
        const password = randomBytes(12).toString('hex');
        return { server: await startIcecast(await this.subfolder(), port, password), voice: { kind: 'icecast', port, password }, listen: { kind: 'icecast' } };
      }
      case 'socketIo': {
        const socket = path.join(this.folder, 'room.sock');
        const server = await startServer(path.join(__dirname, 'room-server.js'), { ROOM_PORT: String(port), ROOM_SOCKET: socket });
        return { server, voice: { kind: 'frames', socket }, listen: { kind: 'room' } };
      }
    }
  }

  /** Outside the folder that holds keys: peers leave their first user and must be able to write. */
  private async subfolder(): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), 'clarion-bench-peer-'));
    this.peerFolders.push(folder);
    return folder;
  }
}
