import { messageIdSchema, SOURCE_AWAY_MS } from '#libs/contracts';
import { afterEvent, READY, type LiveEvent, type LiveState, type OnAir } from '../../../../../../apps/console/src/sign/live/live-state';

const MESSAGE = messageIdSchema.parse('01963c4e-5f00-7000-8000-000000000001');
const START = 1_793_000_000_000;
/** Chime of 1.5 s, heard 800 ms after capture, a minute. */
const TIMES = { from: START + 700, until: START + 60_700 };
const GRANT: readonly LiveEvent[] = [{ kind: 'does', doing: 'microphone' }, { kind: 'does', doing: 'drafting' }, { kind: 'does', doing: 'connecting' }];
const TURN: LiveEvent = { kind: 'turn', message: MESSAGE, times: TIMES, at: START };
const OPEN: readonly LiveEvent[] = [...GRANT, TURN];
const by = { title: '暴雨红色预警', holder: '区应急局', until: START + 90_000, terminals: 8 };

function after(events: readonly LiveEvent[], state: LiveState = READY): LiveState {
  return events.reduce(afterEvent, state);
}
function onAir(events: readonly LiveEvent[]): OnAir {
  const state = after(events);
  if (state.kind !== 'on-air') throw new Error(`not on the air but ${state.kind}`);
  return state;
}
const at = (ms: number): LiveEvent => ({ kind: 'time', at: START + ms });

describe('the speaker\'s page', () => {
  it('goes from the press over the opening to the voice, and says what it does', () => {
    expect(after(GRANT.slice(0, 2))).toEqual({ kind: 'granting', doing: 'drafting', message: null });
    expect(onAir(OPEN)).toMatchObject({ phase: 'opening', opensInMs: 700, leftMs: 60_000, isWarned: false });
    expect(onAir([...OPEN, at(700)])).toMatchObject({ phase: 'speaking', opensInMs: 0, leftMs: 60_000 });
  });

  it('warns thirty seconds before the end, and is over by itself when nobody says so', () => {
    expect(onAir([...OPEN, at(30_699)]).isWarned).toBe(false);
    expect(onAir([...OPEN, at(30_700)])).toMatchObject({ isWarned: true, leftMs: 30_000 });
    expect(onAir([...OPEN, at(61_000)])).toMatchObject({ leftMs: 0, isWarned: true });
    expect(after([...OPEN, at(63_700)])).toMatchObject({ kind: 'ended', code: 'LIVE_OVER', saidMs: 60_000 });
  });

  it('tests to the own ear and comes back, with what was wrong', () => {
    expect(after([{ kind: 'test', part: 'recording' }, { kind: 'test', part: 'playing' }])).toEqual({ kind: 'testing', part: 'playing' });
    expect(after([{ kind: 'test', part: 'recording' }, { kind: 'tested', fault: { code: 'live-microphone-denied', sentence: '' } }])).toMatchObject({ kind: 'ready', fault: { code: 'live-microphone-denied' } });
    expect(after([...OPEN, { kind: 'test', part: 'recording' }]).kind).toBe('on-air');
  });

  it('shows whose the turn is and until when, however it hears of it', () => {
    const taken = { holder: '村书记', until: START + 5_000 };
    expect(after([...GRANT, { kind: 'taken', ...taken }])).toEqual({ kind: 'taken', message: null, ...taken });
    expect(after([...GRANT, { kind: 'ended', code: 'LIVE_TAKEN', ...taken, at: START }])).toEqual({ kind: 'taken', message: null, ...taken });
    expect(after([...GRANT, { kind: 'taken', ...taken }, { kind: 'again' }])).toEqual(READY);
  });

  it('keeps a grant that others signed when its release fails', () => {
    const waiting: readonly LiveEvent[] = [{ kind: 'waits', message: MESSAGE, signed: false }];
    expect(after([...waiting, { kind: 'does', doing: 'releasing' }]).kind).toBe('waiting');
    const signed: readonly LiveEvent[] = [...waiting, { kind: 'waits', message: MESSAGE, signed: true }, { kind: 'does', doing: 'microphone' }];
    expect(after(signed)).toEqual({ kind: 'granting', doing: 'microphone', message: MESSAGE });
    expect(after([...signed, { kind: 'failed', fault: { code: 'NETWORK', sentence: '' } }])).toMatchObject({ kind: 'waiting', message: MESSAGE, signed: true, fault: { code: 'NETWORK' } });
    expect(after([...signed, { kind: 'ended', code: 'LIVE_NOT_DISPATCHED', holder: null, until: null, at: START }])).toMatchObject({ kind: 'waiting', fault: { code: 'LIVE_NOT_DISPATCHED' } });
  });

  it('goes back to the beginning with the fault when nothing was granted', () => {
    expect(after([...GRANT, { kind: 'failed', fault: { code: 'REJ_PERMIT', sentence: 'x' } }])).toEqual({ kind: 'ready', fault: { code: 'REJ_PERMIT', sentence: 'x' } });
  });

  it('counts how long the connection is away and how often it was tried; twenty seconds end it', () => {
    const away: readonly LiveEvent[] = [...OPEN, at(5_000), { kind: 'lost', at: START + 5_000 }, { kind: 'retries' }, { kind: 'lost', at: START + 6_000 }, { kind: 'retries' }];
    expect(onAir(away).away).toEqual({ since: START + 5_000, tries: 2 });
    expect(onAir([...away, at(5_000 + SOURCE_AWAY_MS - 1)]).away).not.toBeNull();
    expect(after([...away, at(5_000 + SOURCE_AWAY_MS)])).toMatchObject({ kind: 'ended', code: 'LIVE_AWAY' });
    expect(onAir([...away, { ...TURN, at: START + 8_000 }])).toMatchObject({ away: null, phase: 'speaking' });
  });

  it('keeps what was proved over a broken connection and to the end', () => {
    const heard = { targeted: 8, listening: 8, proved: 7, behind: 0 };
    const events: readonly LiveEvent[] = [...OPEN, at(900), { kind: 'heard', heard }, { kind: 'lost', at: START + 1_000 }, { ...TURN, at: START + 2_000 }, { kind: 'refused-block' }];
    expect(onAir(events)).toMatchObject({ heard, refused: 1 });
    expect(after([...events, { kind: 'ends' }, { kind: 'ended', code: 'LIVE_SAID', holder: null, until: null, at: START + 41_700 }])).toEqual({
      kind: 'ended', message: MESSAGE, code: 'LIVE_SAID', holder: null, until: null, heard, refused: 1, saidMs: 41_000,
    });
  });

  it('tells silence, a lost microphone and a pre-emption beside each other', () => {
    const state = onAir([...OPEN, at(900), { kind: 'silence', silence: 'reminded' }, { kind: 'microphone', microphone: 'lost' }, { kind: 'preempted', by }]);
    expect(state).toMatchObject({ silence: 'reminded', microphone: 'lost', preempted: by, phase: 'speaking' });
    expect(afterEvent(state, { kind: 'preempted', by: null })).toMatchObject({ preempted: null, silence: 'reminded' });
  });

  it('takes no turn of another message, and nothing of the air before or after it', () => {
    const other = messageIdSchema.parse('01963c4e-5f00-7000-8000-000000000002');
    expect(onAir([...OPEN, { ...TURN, message: other, times: { from: 0, until: 1 } }]).times).toEqual(TIMES);
    const ended = after([...OPEN, { kind: 'ended', code: 'LIVE_STOPPED', holder: null, until: null, at: START + 900 }]);
    for (const event of [TURN, at(2_000), { kind: 'ended', code: 'LIVE_SAID', holder: null, until: null, at: START }, { kind: 'ends' }, { kind: 'failed', fault: { code: 'X', sentence: '' } }, { kind: 'lost', at: START }] as const) {
      expect(afterEvent(ended, event)).toBe(ended);
      if (event.kind !== 'failed') expect(afterEvent(READY, event)).toBe(READY);
    }
  });
});
