import { medianRow, pause, rounded, shareOf } from './live/figures';
import type { Joined } from './live/listeners';
import { MISSING_PEERS } from './live/peers';
import { Systems, type SystemName } from './live/systems';
import { DELAY_MS } from './live/voice';

const RUNS = 3;
const WHOLE = 600;
const SHORT = 60;
/** Long enough for the gateway's ring to be full. */
const VOICE_BEFORE_MS = 2_200;
const WITHIN_MS = 8_000;
const CONNECT_MS = 8_000;
const CONNECTS_PER_SECOND = 600;
const MOST_OF_SOCKET_IO = 0.5;

/** `behindMs`: by how much a listener hears the voice late; of ours the oldest block that is in time for its moment. */
interface JoinRow {
  readonly served: number;
  readonly firstAudioP50Ms: number;
  readonly firstAudioP99Ms: number;
  readonly firstAudioMaxMs: number;
  readonly behindP50Ms: number;
  readonly behindMaxMs: number;
}

/**
 * A voice is on the air and everybody comes at once. `connected`: terminals are there already, as they are when somebody
 * begins to speak, and only ask; the peer's clients are there as well and only enter the room. That is judged. `fromNothing`:
 * from the connection on; ours then prove a device's key by a signature, the peers' clients prove nothing.
 */
export async function run({ short = false }: { readonly short?: boolean } = {}) {
  const count = short ? SHORT : WHOLE;
  const peers = (['socketIo', 'mosquitto', 'icecast'] as const).filter((peer) => peer === 'socketIo' || !MISSING_PEERS.includes(peer));
  const rows = new Map<string, JoinRow[]>();
  const systems = await Systems.prepare(count);
  try {
    for (let i = 0; i < RUNS; i += 1) {
      for (const name of ['clarion', ...peers] as const) add(rows, `${name} fromNothing`, await join(systems, name, count, true));
      for (const name of ['clarion', 'socketIo'] as const) add(rows, `${name} connected`, await join(systems, name, count, false));
    }
  } finally {
    await systems.close();
  }
  const medianOf = (key: string) => medianRow(rows.get(key) ?? []);
  const connected = medianOf('clarion connected');
  const fromNothing = medianOf('clarion fromNothing');
  const ratio = (way: string) => rounded(medianOf(`clarion ${way}`).firstAudioP99Ms / medianOf(`socketIo ${way}`).firstAudioP99Ms);
  const ofSocketIo = { connected: ratio('connected'), fromNothing: ratio('fromNothing') };
  return {
    target: `${count} connected ask at once: first audio p99 <= ${MOST_OF_SOCKET_IO}x a Socket.IO room; from nothing too: all served, behind live <= ${DELAY_MS} ms`,
    measured: { connected, fromNothing, ofSocketIo, peersNotInstalled: MISSING_PEERS, voiceBeforeMs: VOICE_BEFORE_MS },
    peers: {
      socketIoConnected: medianOf('socketIo connected'),
      ...Object.fromEntries(peers.map((peer) => [`${peer}FromNothing`, medianOf(`${peer} fromNothing`)])),
    },
    runs: RUNS,
    held: ofSocketIo.connected <= MOST_OF_SOCKET_IO && [connected, fromNothing].every((row) => row.served === count && row.behindMaxMs <= DELAY_MS),
  };
}

async function join(systems: Systems, name: SystemName, count: number, fromNothing: boolean): Promise<JoinRow> {
  const system = await systems.start(name);
  try {
    if (!fromNothing) await system.listeners.ask('join', { count, perSecond: CONNECTS_PER_SECOND, asking: false, withinMs: CONNECT_MS });
    await system.source.ask('speak');
    await pause(VOICE_BEFORE_MS);
    const { served, firstMs, behindMs } = fromNothing
      ? await system.listeners.ask<Joined>('join', { count, perSecond: null, asking: true, withinMs: WITHIN_MS })
      : await system.listeners.ask<Joined>('ask', WITHIN_MS);
    const whole = (values: readonly number[], share: number) => Math.round(shareOf(values, share));
    return {
      served, firstAudioP50Ms: whole(firstMs, 0.5), firstAudioP99Ms: whole(firstMs, 0.99), firstAudioMaxMs: whole(firstMs, 1),
      behindP50Ms: whole(behindMs, 0.5), behindMaxMs: whole(behindMs, 1),
    };
  } finally {
    await system.stop();
  }
}

function add(rows: Map<string, JoinRow[]>, key: string, row: JoinRow): void {
  rows.set(key, [...(rows.get(key) ?? []), row]);
}
