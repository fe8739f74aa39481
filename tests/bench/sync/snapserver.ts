import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../support/ports';
import { ended, Helper } from '../live/child';
import { pause } from '../live/figures';

const OPENS_MS = 1_000;

/** Whether both programs of the peer are on this machine. */
export function hasSnapcast(): boolean {
  return ['snapserver', 'snapclient'].every((program) => spawnSync(program, ['--version']).error === undefined);
}

/** A real snapserver as it comes, fed with samples that count up. */
export class Snapserver {
  private constructor(readonly port: number, private readonly folder: string, private readonly child: ChildProcess, private readonly feed: Helper) {}

  static async start(): Promise<Snapserver> {
    const [folder, port] = [await mkdtemp(path.join(tmpdir(), 'clarion-snap-')), await freePort()];
    const pipe = path.join(folder, 'source');
    if (spawnSync('mkfifo', [pipe]).status !== 0) throw new Error('mkfifo failed');
    await writeFile(path.join(folder, 'snapserver.conf'), [
      '[server]', `datadir = ${folder}`, '[http]', 'enabled = false', '[tcp]', 'enabled = false',
      '[stream]', 'bind_to_address = 127.0.0.1', `port = ${port}`, `source = pipe://${pipe}?name=default&mode=read&sampleformat=48000:16:2&codec=pcm`, '[logging]', 'sink = null', '',
    ].join('\n'));
    const child = spawn('snapserver', ['-c', path.join(folder, 'snapserver.conf')], { stdio: 'ignore' });
    const feed = Helper.start('../sync/snap-feed.js', pipe);
    await pause(OPENS_MS);
    return new Snapserver(port, folder, child, feed);
  }

  async stop(): Promise<void> {
    await ended(this.child);
    await this.feed.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
