import { messageIdSchema } from '#libs/contracts';
import { nowOf, isOfBefore } from '../../../../../../apps/console/src/sign/live/now-of';
import { afterEvent, READY, type LiveEvent, type LiveState, type OnAir } from '../../../../../../apps/console/src/sign/live/live-state';

const MESSAGE = messageIdSchema.parse('01963c4e-5f00-7000-8000-000000000001');
const START = 1_793_000_000_000;
const TIMES = { from: START + 700, until: START + 60_700 };
const at = (ms: number): LiveEvent => ({ kind: 'time', at: START + ms });
const heard = (listening: number, proved: number): LiveEvent => ({ kind: 'heard', heard: { targeted: 3, listening, proved, behind: 0 } });
const by = { title: '暴雨红色预警', holder: '区应急局', until: START + 90_000, terminals: 1 };

function onAir(...events: readonly LiveEvent[]): OnAir {
  const all: readonly LiveEvent[] = [{ kind: 'does', doing: 'connecting' }, { kind: 'turn', message: MESSAGE, times: TIMES, at: START }, ...events];
  const state = all.reduce<LiveState>(afterEvent, READY);
  if (state.kind !== 'on-air') throw new Error(`not on the air but ${state.kind}`);
  return state;
}
const says = (...events: readonly LiveEvent[]): string => nowOf(onAir(...events), (key) => key);

describe('what the speaker is told to do now', () => {
  it('is to speak while loudspeakers prove that they sound it, and for the first three seconds while they may yet', () => {
    expect(says(at(700))).toBe('air.speak');
    expect(says(at(3_700))).toBe('air.speak');
    expect(says(at(3_000), heard(3, 3), at(20_000))).toBe('air.speak');
  });

  it('is never to speak alone when three seconds behind the opening nobody listens or none has proved it', () => {
    expect(says(at(700), at(3_701))).toBe('now.unproved');
    expect(says(at(700), heard(3, 0), at(3_701))).toBe('now.unproved');
    expect(says(at(700), heard(0, 0), at(3_701))).toBe('now.nobody');
    expect(says(at(700), heard(0, 2), at(3_701))).toBe('now.nobody');
    expect(says(at(700), heard(0, 0), at(3_701), at(31_000))).toBe('now.nobody · air.warned');
  });

  it('is to speak again as soon as one hears; three seconds are given anew', () => {
    const heardAgain: readonly LiveEvent[] = [at(700), heard(0, 0), at(3_701), heard(3, 1), at(3_900)];
    expect(says(...heardAgain)).toBe('air.speak');
    expect(says(...heardAgain, heard(0, 1), at(4_000), at(7_000))).toBe('air.speak');
    expect(says(...heardAgain, heard(0, 1), at(4_000), at(7_001))).toBe('now.nobody');
  });

  it('is to wait while nothing comes back over the connection, until it does', () => {
    const silent: readonly LiveEvent[] = [at(700), heard(3, 3), { kind: 'link', isSilent: true }];
    expect(says(...silent)).toBe('now.silent');
    expect(says(...silent, { kind: 'link', isSilent: false })).toBe('air.speak');
    expect(says(...silent, { kind: 'lost', at: START + 5_000 })).toBe('now.away');
  });

  it('does not call sounding what was proved before it was held, cut off or lost', () => {
    const spoken: readonly LiveEvent[] = [at(700), heard(3, 3), at(5_000)];
    expect(isOfBefore(onAir(...spoken))).toBe(false);
    const stops: readonly LiveEvent[] = [
      { kind: 'silence', silence: 'held' }, { kind: 'preempted', by }, { kind: 'microphone', microphone: 'lost' }, { kind: 'lost', at: START + 5_000 }, { kind: 'link', isSilent: true },
    ];
    for (const stop of stops) expect([stop.kind, isOfBefore(onAir(...spoken, stop))]).toEqual([stop.kind, true]);
  });
});
