import { liveServerFrameSchema, type LiveServerFrame, type LiveSourceFrame } from '#libs/contracts';
import { createOffsetEstimator } from '#libs/link';

/** One connection to the platform, as the browser's WebSocket is one. */
export interface Wire {
  send(frame: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface WireEvents {
  opened(): void;
  text(frame: string): void;
  closed(): void;
}

export type OpenWire = (events: WireEvents) => Wire;

/** What the link tells: frames of the platform (but those about time), that a connection was lost, that it is tried anew. */
export interface LinkEvents {
  frame(frame: Exclude<LiveServerFrame, { kind: 'time' }>): void;
  lost(): void;
  retries(): void;
}

/** Time probes (design 5 "One time scale"): 20 in the first two seconds, then one a second. */
const FIRST_PROBES = 20;
const FIRST_EVERY_MS = 100;
const EVERY_MS = 1_000;
/** A broken connection is tried anew at once and then so often. */
const RETRY_MS = 1_000;
/** Nothing came for so long: the connection counts as broken, whatever the network says. Time probes are answered each second. */
const DEAD_MS = 4_000;
/** And before that the speaker is told. */
const SILENT_MS = 2_000;

export interface SourceLink {
  /** Who speaks under which grant: said on this and on every later connection. */
  speak(as: Pick<Extract<LiveSourceFrame, { kind: 'speak' }>, 'token' | 'message'>): void;
  /** Whether the platform takes blocks on the connection that stands. */
  isReady(): boolean;
  /** Whether nothing has come for two seconds on the connection that stands. */
  isSilent(): boolean;
  /** A block; dropped where the link is not ready, for it is sent again when it is. */
  send(block: Uint8Array): void;
  /** The district's time for a moment of the monotonic clock; undefined before the first probe was answered. */
  districtAt(monotonic: number): number | undefined;
  close(): void;
}

/**
 * The source link (libs/contracts `live-link`): keeps one connection while it is wanted, and with it the district's time.
 * What is no frame of the protocol is left aside. After `ended` it does not connect again.
 */
export function createSourceLink(open: OpenWire, monotonic: () => number, on: LinkEvents): SourceLink {
  const estimator = createOffsetEstimator();
  let wire: Wire | undefined;
  let speaking: string | undefined;
  let [isOpen, ready, over] = [false, false, false];
  let probes = 0;
  let aliveAt = monotonic();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const say = (frame: LiveSourceFrame): void => wire?.send(JSON.stringify(frame));
  const probe = (): void => {
    if (over) return;
    if (isOpen && monotonic() - aliveAt > DEAD_MS) return broken();
    if (isOpen) say({ kind: 'time', t1: monotonic() });
    probes += 1;
    timer = setTimeout(probe, probes < FIRST_PROBES ? FIRST_EVERY_MS : EVERY_MS);
  };
  const broken = (): void => {
    const gone = wire;
    wire = undefined;
    [isOpen, ready] = [false, false];
    clearTimeout(timer);
    gone?.close();
    if (over) return;
    on.lost();
    retry = setTimeout(() => {
      on.retries();
      connect();
    }, RETRY_MS);
  };
  const take = (text: string): void => {
    const frame = read(text);
    if (frame === undefined) return;
    aliveAt = monotonic();
    switch (frame.kind) {
      case 'time':
        estimator.add({ sentAt: frame.t1, receivedAt: frame.t2, answeredAt: frame.t3, answerReceivedAt: aliveAt });
        return;
      case 'ready':
        ready = true;
        return on.frame(frame);
      case 'ended':
        close();
        return on.frame(frame);
      case 'taken': case 'refused-block': case 'heard': case 'preempted':
        return on.frame(frame);
    }
  };
  const connect = (): void => {
    const current: Wire = open({
      opened: () => {
        if (wire !== current) return;
        isOpen = true;
        aliveAt = monotonic();
        if (speaking !== undefined) current.send(speaking);
        clearTimeout(timer);
        probe();
      },
      text: (text) => {
        if (wire === current) take(text);
      },
      closed: () => {
        if (wire === current) broken();
      },
    });
    wire = current;
  };
  const close = (): void => {
    over = true;
    ready = false;
    clearTimeout(timer);
    clearTimeout(retry);
    wire?.close();
    wire = undefined;
  };
  connect();

  return {
    speak: (as) => {
      const frame: LiveSourceFrame = { kind: 'speak', ...as };
      speaking = JSON.stringify(frame);
      if (isOpen) wire?.send(speaking);
    },
    isReady: () => ready,
    isSilent: () => isOpen && monotonic() - aliveAt > SILENT_MS,
    send: (block) => {
      if (ready) wire?.send(new Uint8Array(block));
    },
    districtAt: (at) => {
      const estimate = estimator.estimate(at);
      return estimate === undefined ? undefined : at + estimate.offsetMs;
    },
    close,
  };
}

function read(text: string): LiveServerFrame | undefined {
  try {
    return liveServerFrameSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
