import { spawn, type ChildProcess } from 'node:child_process';
import { answerQuestions, settingOf } from '../live/child';

export interface SnapclientsSetting {
  readonly ports: readonly number[];
}

/** What left one client in a stretch of time: true ms by sample number. */
export type CounterLog = readonly (readonly [sample: number, at: number])[];

const SAMPLE_BYTES = 4;
/** A stretch over which a client's lead is taken. */
const STRETCH_MS = 2_000;
const SAMPLES_PER_MS = 48;
/** So near to the promptest of a stretch: a read that this machine made late says nothing about the client, one early outlier no more. */
const PROMPT_SHARE = 0.2;
/** Where two clients are compared, samples: 20 ms. */
const GRID = 960;

/**
 * Real snapclients whose player is a file (standard output): every sample is a 32-bit number that counts up, and the player
 * writes it when it would sound. When which sample sounds is then known from when which number comes.
 */
class Client {
  private reads: { readonly at: number; readonly sample: number; readonly samples: number }[] = [];
  private readonly child: ChildProcess;
  private rest: Buffer = Buffer.alloc(0);

  constructor(port: number, index: number) {
    const child = spawn('snapclient', ['-h', '127.0.0.1', '-p', String(port), '--hostID', `bench-${index}`, '-i', String(index + 1), '--player', 'file:filename=stdout', '--logsink', 'null'], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.child = child;
    child.stdout.on('data', (chunk: Buffer) => this.read(chunk));
  }

  forget(): void {
    this.reads = [];
  }

  log(): CounterLog {
    const first = this.reads[0]?.at ?? 0;
    const stretches = new Map<number, typeof this.reads>();
    for (const read of this.reads) {
      const key = Math.floor((read.at - first) / STRETCH_MS);
      stretches.set(key, [...(stretches.get(key) ?? []), read]);
    }
    return [...stretches.values()].flatMap((reads) => {
      const leads = reads.map(({ at, sample }) => at - sample / SAMPLES_PER_MS).sort((a, b) => a - b);
      const lead = leads[Math.floor(leads.length * PROMPT_SHARE)] ?? 0;
      return reads.flatMap(({ sample, samples }) => {
        const from = Math.ceil(sample / GRID);
        return Array.from({ length: Math.max(0, Math.ceil((sample + samples) / GRID) - from) }, (_, index) => [(from + index) * GRID, lead + ((from + index) * GRID) / SAMPLES_PER_MS] as const);
      });
    });
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }

  private read(chunk: Buffer): void {
    const at = performance.timeOrigin + performance.now();
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const samples = Math.floor(bytes.length / SAMPLE_BYTES);
    this.rest = bytes.subarray(samples * SAMPLE_BYTES);
    // Zero is what it puts out while it has nothing.
    const sample = samples === 0 ? 0 : bytes.readUInt32LE(0);
    if (sample > 0) this.reads.push({ at, sample, samples });
  }
}

function main(): void {
  const clients = settingOf<SnapclientsSetting>().ports.map((port, index) => new Client(port, index));
  process.on('disconnect', () => { for (const client of clients) client.stop(); });
  answerQuestions({
    forget: () => { for (const client of clients) client.forget(); },
    logs: (): readonly CounterLog[] => clients.map((client) => client.log()),
    stop: () => { for (const client of clients) client.stop(); },
  });
}

if (require.main === module) main();
