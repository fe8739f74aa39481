import { PACKET_MS } from '#libs/trust';
import { Helper } from '../live/child';
import { pause, rounded } from '../live/figures';
import type { AgentsSetting, CardVoiceLog } from './agents';
import { BenchDistrict, claimCodeOf } from './district';
import { openPaths } from './paths';

/** What cuts of every way cost the voice on real agents. */
export interface CutRow {
  /** Of 500 ms without a way, both directions: packets of the voice that did not sound, the worst unit. */
  readonly lostPackets500ms: number;
  /** From the end of so long without a way to the first packet that sounds again, the worst unit, ms; -1 where one stayed silent. */
  readonly back2500Ms: number;
  readonly back5000Ms: number;
}

const UNITS = 6;
const SETTLE_MS = 3_000;
/** After the first block left. */
const CUTS = [{ atMs: 3_000, forMs: 500 }, { atMs: 6_000, forMs: 2_500 }, { atMs: 11_000, forMs: 5_000 }] as const;
const SPEAKS_MS = 19_000;

export async function measureCuts(seed: number): Promise<CutRow> {
  const names = Array.from({ length: UNITS }, (_, index) => `cut-${index + 1}`);
  const district = await BenchDistrict.open(names);
  const ways = await openPaths('equal', UNITS, district.port, seed);
  const agents = Helper.start('../sync/agents.js', {
    ca: district.ca, root: district.world.expected.rootEnvelope, shiftMs: district.shiftMs,
    units: ways.ports.map((port, index) => ({ claimCode: claimCodeOf(names[index] ?? ''), gatewayUrl: `wss://127.0.0.1:${port}`, ppm: 0 })),
  } satisfies AgentsSetting);
  try {
    await agents.ask('boot');
    while (await agents.ask<number>('ready') < UNITS) await pause(200);
    await pause(SETTLE_MS);
    let startedAt = 0;
    await district.speak(SPEAKS_MS, () => {
      startedAt = district.now();
      for (const { atMs, forMs } of CUTS) setTimeout(() => { for (const path of ways.paths) path.cut(null, forMs); }, atMs);
    });
    const logs = await agents.ask<readonly CardVoiceLog[]>('logs');
    const [, second, third] = CUTS;
    const back = ({ atMs, forMs }: (typeof CUTS)[number]): number => {
      const backAt = startedAt + atMs + forMs;
      const after = logs.map(({ packets }) => packets.find(([, at]) => at >= backAt)?.[1] ?? -1);
      return after.includes(-1) ? -1 : rounded(Math.max(...after) - backAt);
    };
    return { lostPackets500ms: Math.max(...logs.map(({ packets }) => lostBefore(packets, startedAt + second.atMs))), back2500Ms: back(second), back5000Ms: back(third) };
  } finally {
    await agents.stop();
    await ways.close();
    await district.close();
  }
}

/** Between the first packet that sounded and the last before a moment. */
function lostBefore(packets: CardVoiceLog['packets'], until: number): number {
  const sounded = packets.filter(([, at]) => at < until);
  return Math.round(((sounded.at(-1)?.[0] ?? 0) - (sounded[0]?.[0] ?? 0)) / PACKET_MS) + 1 - sounded.length;
}
