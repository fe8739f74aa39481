import { z } from 'zod';
import { askSimulator, askSimulatorBytes, type CliConfig } from '../../cli/src';
import type { HeardPackets } from './voice/heard-packets';

const cardsSchema = z.object({
  now: z.number(),
  starts: z.array(z.object({
    terminal: z.string(), dispatchId: z.string(), messageDigest: z.string(), repetition: z.number(),
    startAt: z.number(), startedAt: z.number(), readyAt: z.number(), endedAt: z.number().nullable(),
    fromMs: z.number().default(0), gainDb: z.number(), digest: z.string().nullable(), packets: z.number().nullable().default(null),
  })),
});
const refusalsSchema = z.array(z.object({ terminal: z.string(), at: z.number(), code: z.string(), subject: z.string().nullable() }));
const voicesSchema = z.object({ packets: z.record(z.string(), z.array(z.tuple([z.number(), z.string()]))) });
const statusSchema = z.object({ terminals: z.number(), online: z.number(), enrolled: z.number(), assigned: z.number() });

export type Refusal = z.infer<typeof refusalsSchema>[number];

/** The simulator's control socket as the day uses it. */
export class Simulator {
  constructor(private readonly config: CliConfig) {}

  status(): Promise<z.infer<typeof statusSchema>> { return askSimulator(this.config, '/status', {}, statusSchema); }
  cards(since: number): Promise<z.infer<typeof cardsSchema>> { return askSimulator(this.config, '/cards', { since }, cardsSchema); }
  refusals(since: number): Promise<readonly Refusal[]> { return askSimulator(this.config, '/refusals', { since }, refusalsSchema); }
  /** When each packet of living voices left these cards, of the last minute. */
  async voices(since: number, terminals: readonly string[]): Promise<ReadonlyMap<string, HeardPackets>> {
    return new Map(Object.entries((await askSimulator(this.config, '/voices', { since, terminals }, voicesSchema)).packets));
  }
  /** The last 60 s of what a terminal sounded, as a WAV file. */
  listen(terminal: string): Promise<Buffer> { return askSimulatorBytes(this.config, '/listen', { terminal }); }
  async offline(terminals: readonly string[], offline: boolean): Promise<void> { await askSimulator(this.config, '/offline', { terminals, offline }, z.unknown()); }
  async inject(terminals: readonly string[], frame: unknown): Promise<void> { await askSimulator(this.config, '/inject', { terminals, frame }, z.unknown()); }
  async crash(terminal: string, when: 'after-floor' | 'now'): Promise<void> { await askSimulator(this.config, '/crash', { terminal, when }, z.unknown()); }
  async boot(terminal: string): Promise<void> { await askSimulator(this.config, '/boot', { terminal }, z.unknown()); }
}
