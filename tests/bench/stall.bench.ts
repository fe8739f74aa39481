import { medianRow } from './live/figures';
import { measureStuck, type StuckRow } from './live/stuck';
import { Systems } from './live/systems';
import { measureCuts, type CutRow } from './sync/cuts';

const RUNS = 3;
const WHOLE = { count: 600, windowMs: 8_000 };
const SHORT = { count: 60, windowMs: 2_000 };
const MOST_DETECTED_MS = 10_000;
const MOST_RATIO = 1.25;
const MOST_BACK_MS = 1_500;

/** What becomes of a living voice where the way to a loudspeaker stands still. */
export async function run({ short = false }: { readonly short?: boolean } = {}) {
  const { count, windowMs } = short ? SHORT : WHOLE;
  const rows: StuckRow[] = [];
  const systems = await Systems.prepare(count);
  try {
    for (let i = 0; i < RUNS; i += 1) rows.push(await measureStuck(systems, count, windowMs));
  } finally {
    await systems.close();
  }
  const cuts: CutRow[] = [];
  for (let i = 0; i < (short ? 1 : RUNS); i += 1) cuts.push(await measureCuts(i + 1));
  const stuck = medianRow(rows);
  return {
    target: `a tenth of ${count} stuck: the platform is told in <= ${MOST_DETECTED_MS / 1_000} s, delivery p99 of the others <= ${MOST_RATIO}x; 500 ms without a way: nothing lost; 5 s: back on air in <= ${MOST_BACK_MS / 1_000} s`,
    measured: { stuck, cut: medianRow(cuts), runs: rows, cuts },
    peers: {},
    runs: RUNS,
    held: rows.every(({ detectedMs }) => detectedMs <= MOST_DETECTED_MS) && stuck.ratio <= MOST_RATIO && cuts.every(isHeard),
  };
}

function isHeard({ lostPackets500ms, back5000Ms }: CutRow): boolean {
  return lostPackets500ms === 0 && back5000Ms >= 0 && back5000Ms <= MOST_BACK_MS;
}
