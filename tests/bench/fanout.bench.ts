import { medianRow, rounded } from './live/figures';
import { measureFanOut, type FanOutRow } from './live/measure-fan-out';
import { MISSING_PEERS } from './live/peers';
import { Systems, type SystemName } from './live/systems';

const RUNS = 3;
const WHOLE = { few: 600, many: 3_000, windowMs: 6_000 };
/** To see that it runs; judges nothing of worth. */
const SHORT = { few: 60, many: 300, windowMs: 2_000 };
/** Times the processor time that a peer needs for the same block to the same listener. */
const MOST = { icecast: 1.6, mosquitto: 0.7, socketIo: 0.4 } as const;
const MOST_SIGNING = 0.05;

type Peer = keyof typeof MOST;

/**
 * What the gateway spends on one living voice: a signed block every 100 ms to each listener, a report from each every second,
 * a lease every two. Peers carry the same packets in the same time to as many (Icecast in Ogg pages of 100 ms, the others the
 * same signed blocks) and are told nothing. Server, source and listeners are a process each; systems take turns.
 */
export async function run({ short = false }: { readonly short?: boolean } = {}) {
  const { few, many, windowMs } = short ? SHORT : WHOLE;
  const peers = (Object.keys(MOST) as Peer[]).filter((peer) => peer === 'socketIo' || !MISSING_PEERS.includes(peer));
  const rows = new Map<string, FanOutRow[]>();
  const systems = await Systems.prepare(many);
  const row = async (name: SystemName, count: number) => {
    const key = `${name}At${count}`;
    const measured = await measureFanOut(systems, name, count, windowMs);
    console.error(`${key}: ${measured.cpuPercent} % of a core, ${measured.cpuUsPerBlock} us a block, ${measured.served} served`);
    rows.set(key, [...(rows.get(key) ?? []), measured]);
  };
  try {
    for (let i = 0; i < RUNS; i += 1) {
      for (const name of ['clarion', ...peers] as const) for (const count of [few, many]) await row(name, count);
      await row('clarionTls', few);
    }
  } finally {
    await systems.close();
  }
  const medianOf = (name: SystemName, count: number) => medianRow(rows.get(`${name}At${count}`) ?? []);
  const ours = medianOf('clarion', many);
  const ratioTo = (peer: Peer, count: number) => rounded(medianOf('clarion', count).cpuUsPerBlock / medianOf(peer, count).cpuUsPerBlock);
  const ratios = (count: number) => Object.fromEntries(peers.map((peer) => [peer, ratioTo(peer, count)]));
  const signingShare = rounded(ours.signingPercent / ours.cpuPercent, 10_000);
  const isServed = [few, many].every((count) => medianOf('clarion', count).served === count);
  return {
    target: `processor time of a block to one of ${many} listeners: <= ${MOST.icecast}x Icecast, <= ${MOST.mosquitto}x mosquitto, <= ${MOST.socketIo}x a Socket.IO room; signing <= ${MOST_SIGNING * 100} % of it; all served`,
    measured: {
      [`at${few}`]: medianOf('clarion', few), [`at${many}`]: ours, [`overTlsAt${few}`]: medianOf('clarionTls', few),
      ratios: { [`at${few}`]: ratios(few), [`at${many}`]: ratios(many) },
      signingShare, peersNotInstalled: MISSING_PEERS, windowMs,
    },
    peers: Object.fromEntries(peers.map((peer) => [peer, { [`at${few}`]: medianOf(peer, few), [`at${many}`]: medianOf(peer, many) }])),
    runs: RUNS,
    held: isServed && signingShare <= MOST_SIGNING && peers.every((peer) => ratioTo(peer, many) <= MOST[peer]),
  };
}
