import { SOURCE_AWAY_MS, type LiveEnd, type LiveServerFrame, type MessageId } from '#libs/contracts';
import { speakingTimeAt, type SilenceState, type SpeakingTimes } from '#libs/domain';

/** Something that went wrong, with its code (as `ui/fault` has it). */
interface Fault {
  readonly code: string;
  readonly sentence: string;
}

type FrameOf<K extends LiveServerFrame['kind']> = Omit<Extract<LiveServerFrame, { kind: K }>, 'kind'>;
export type Heard = FrameOf<'heard'>;
export type PreemptedBy = NonNullable<FrameOf<'preempted'>['by']>;

/** What is being done between the press and the voice. */
export type Doing = 'microphone' | 'drafting' | 'signing' | 'handing-in' | 'releasing' | 'connecting';

/** On the air, or about to be: nothing of it excludes anything else. Times are district Unix ms. */
export interface OnAir {
  readonly kind: 'on-air';
  readonly message: MessageId;
  readonly times: SpeakingTimes;
  /** In the opening nothing that is said is heard. */
  readonly phase: 'opening' | 'speaking';
  /** What is left of speaking; in the opening all of it. */
  readonly leftMs: number;
  /** Until the voice is heard from, while the opening sounds. */
  readonly opensInMs: number;
  readonly isWarned: boolean;
  readonly silence: SilenceState;
  /** The connection is gone since then, and was tried again so often. */
  readonly away: { readonly since: number; readonly tries: number } | null;
  /** The connection stands and nothing comes back. */
  readonly isSilent: boolean;
  readonly microphone: 'open' | 'lost';
  readonly preempted: PreemptedBy | null;
  readonly heard: Heard | null;
  /** Since when nobody listens or none has proved it, behind the opening; `isLong`: for longer than it takes to begin. */
  readonly unheard: { readonly since: number; readonly isLong: boolean } | null;
  readonly refused: number;
  /** END was said; the platform has not confirmed it. */
  readonly ending: boolean;
}

/** Besides what the platform says: this page could not go on. */
export type EndCode = LiveEnd | 'PAGE_BROKE';

export interface Ended {
  readonly kind: 'ended';
  readonly message: MessageId;
  readonly code: EndCode;
  readonly holder: string | null;
  readonly until: number | null;
  /** The last that was known while it lasted. */
  readonly heard: Heard | null;
  readonly refused: number;
  readonly saidMs: number;
}

export type LiveState =
  | { readonly kind: 'ready'; readonly fault: Fault | null }
  /** To the speaker's own ear, and to nobody's else. */
  | { readonly kind: 'testing'; readonly part: 'recording' | 'playing' }
  | { readonly kind: 'granting'; readonly doing: Doing; readonly message: MessageId | null }
  /** Others must sign; `signed`: they have, and the speaker's press releases it. */
  | { readonly kind: 'waiting'; readonly message: MessageId; readonly signed: boolean; readonly fault: Fault | null }
  | { readonly kind: 'taken'; readonly message: MessageId | null; readonly holder: string | null; readonly until: number | null }
  | OnAir
  | Ended;

/** `at` is district Unix ms. */
export type LiveEvent =
  | { readonly kind: 'test'; readonly part: 'recording' | 'playing' }
  | { readonly kind: 'tested'; readonly fault: Fault | null }
  | { readonly kind: 'does'; readonly doing: Doing }
  | { readonly kind: 'waits'; readonly message: MessageId; readonly signed: boolean }
  | { readonly kind: 'failed'; readonly fault: Fault }
  | { readonly kind: 'taken'; readonly holder: string | null; readonly until: number | null }
  /** The platform gave the turn, or gave it back on a new connection. */
  | { readonly kind: 'turn'; readonly message: MessageId; readonly times: SpeakingTimes; readonly at: number }
  | { readonly kind: 'time'; readonly at: number }
  | { readonly kind: 'silence'; readonly silence: SilenceState }
  | { readonly kind: 'lost'; readonly at: number }
  | { readonly kind: 'retries' }
  | { readonly kind: 'link'; readonly isSilent: boolean }
  | { readonly kind: 'microphone'; readonly microphone: 'open' | 'lost' }
  | { readonly kind: 'heard'; readonly heard: Heard }
  | { readonly kind: 'preempted'; readonly by: PreemptedBy | null }
  | { readonly kind: 'refused-block' }
  | { readonly kind: 'ends' }
  | { readonly kind: 'ended'; readonly code: EndCode; readonly holder: string | null; readonly until: number | null; readonly at: number }
  /** Back to the beginning. */
  | { readonly kind: 'again' };

export const READY: LiveState = { kind: 'ready', fault: null };

/** After its last moment the platform has so long to say that a voice has ended. */
const CONFIRM_MS = 3_000;
/** Loudspeakers sound a voice and prove it within so long. */
const UNHEARD_MS = 3_000;

/** The page of one speaker: what it shows after this. An event that has no meaning in a state changes nothing. */
export function afterEvent(state: LiveState, event: LiveEvent): LiveState {
  switch (event.kind) {
    case 'again': return READY;
    case 'test': return state.kind === 'ready' || state.kind === 'testing' ? { kind: 'testing', part: event.part } : state;
    case 'tested': return state.kind === 'testing' ? { kind: 'ready', fault: event.fault } : state;
    case 'does': return doing(state, event.doing);
    case 'waits': return { kind: 'waiting', message: event.message, signed: event.signed, fault: state.kind === 'waiting' ? state.fault : null };
    case 'failed': return failed(state, event.fault);
    case 'taken': return state.kind === 'granting' ? { kind: 'taken', message: state.message, holder: event.holder, until: event.until } : state;
    case 'turn': return turn(state, event.message, event.times, event.at);
    case 'ended': return ended(state, event.code, event.at, event.holder, event.until);
    default: return state.kind === 'on-air' ? onAir(state, event) : state;
  }
}

function doing(state: LiveState, now: Doing): LiveState {
  switch (state.kind) {
    case 'ready': return { kind: 'granting', doing: now, message: null };
    case 'granting': return { ...state, doing: now };
    // The released grant keeps its place: when it fails, it still waits.
    case 'waiting': return state.signed ? { kind: 'granting', doing: now, message: state.message } : state;
    case 'taken': return { kind: 'granting', doing: now, message: state.message };
    case 'testing': case 'on-air': case 'ended': return state;
  }
}

function failed(state: LiveState, fault: Fault): LiveState {
  if (state.kind === 'waiting') return { ...state, fault };
  if (state.kind !== 'granting') return state.kind === 'ready' ? { kind: 'ready', fault } : state;
  return state.message === null ? { kind: 'ready', fault } : { kind: 'waiting', message: state.message, signed: true, fault };
}

function turn(state: LiveState, message: MessageId, times: SpeakingTimes, at: number): LiveState {
  if (state.kind === 'on-air') return state.message === message ? timed({ ...state, times, away: null, isSilent: false, unheard: null }, at) : state;
  if (state.kind !== 'granting') return state;
  return timed({
    kind: 'on-air', message, times, phase: 'opening', leftMs: 0, opensInMs: 0, isWarned: false, silence: 'speaking', away: null, isSilent: false, microphone: 'open', preempted: null, heard: null, unheard: null, refused: 0, ending: false,
  }, at);
}

type AirEvent = Extract<LiveEvent, { kind: 'time' | 'silence' | 'lost' | 'retries' | 'link' | 'microphone' | 'heard' | 'preempted' | 'refused-block' | 'ends' }>;

function onAir(state: OnAir, event: AirEvent): LiveState {
  switch (event.kind) {
    case 'time': return passed(state, event.at);
    case 'silence': return { ...state, silence: event.silence };
    case 'lost': return { ...state, isSilent: false, away: state.away ?? { since: event.at, tries: 0 } };
    case 'retries': return { ...state, away: state.away === null ? null : { ...state.away, tries: state.away.tries + 1 } };
    case 'link': return event.isSilent === state.isSilent ? state : { ...state, isSilent: event.isSilent };
    case 'microphone': return { ...state, microphone: event.microphone };
    case 'heard': return { ...state, heard: event.heard };
    case 'preempted': return { ...state, preempted: event.by };
    case 'refused-block': return { ...state, refused: state.refused + 1 };
    case 'ends': return { ...state, ending: true };
  }
}

function passed(state: OnAir, at: number): LiveState {
  if (state.away !== null && at - state.away.since >= SOURCE_AWAY_MS) return ended(state, state.ending ? 'LIVE_SAID' : 'LIVE_AWAY', at, null, null);
  if (at >= state.times.until + CONFIRM_MS) return ended(state, 'LIVE_OVER', at, null, null);
  return timed(state, at);
}

function timed(state: OnAir, at: number): OnAir {
  const time = speakingTimeAt(state.times, at);
  const isEarly = time.kind === 'early';
  return {
    ...state, unheard: isEarly ? null : unheardAt(state, at), phase: isEarly ? 'opening' : 'speaking', leftMs: time.kind === 'over' ? 0 : time.leftMs, opensInMs: isEarly ? state.times.from - at : 0, isWarned: time.kind === 'warned' || time.kind === 'over',
  };
}

/** While the voice is held, or this page is not connected, nobody can prove anything: the time does not count. */
function unheardAt({ heard, unheard, silence, away, microphone }: OnAir, at: number): OnAir['unheard'] {
  const isHeard = heard !== null && heard.listening > 0 && heard.proved > 0;
  if (isHeard || silence === 'held' || away !== null || microphone === 'lost') return null;
  const since = unheard?.since ?? at;
  return { since, isLong: at - since > UNHEARD_MS };
}

function ended(state: LiveState, code: EndCode, at: number, holder: string | null, until: number | null): LiveState {
  if (state.kind === 'granting') return code === 'LIVE_TAKEN' ? { kind: 'taken', message: state.message, holder, until } : failed(state, { code, sentence: '' });
  if (state.kind !== 'on-air') return state;
  const saidMs = Math.max(0, Math.min(at, state.times.until) - state.times.from);
  return { kind: 'ended', message: state.message, code, holder, until, heard: state.heard, refused: state.refused, saidMs };
}
