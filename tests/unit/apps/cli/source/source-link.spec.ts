import { systemClock, type Clock } from '../../../../../apps/cli/src';
import type { LiveSocketEvents } from '../../../../../apps/cli/src/source/live-socket';
import { SourceLink } from '../../../../../apps/cli/src/source/source-link';
import { liveSourceFrameSchema, messageIdSchema, streamIdSchema, type LiveServerFrame } from '#libs/contracts';

// The way to the platform on a driven clock; the other side answers the time, and what a test lets it say.
const MESSAGE = messageIdSchema.parse('019aa000-0000-7000-8000-000000000001');
const AHEAD = 1_793_000_000_000;
const clock: Clock = { ...systemClock, monotonic: () => performance.now() };
const ready = (nextSeq: number): LiveServerFrame => ({ kind: 'ready', stream: streamIdSchema.parse('ab'.repeat(16)), nextSeq, startAt: AHEAD as never, endsAt: AHEAD + 60_000 as never });

class Side {
  readonly opened: LiveSocketEvents[] = [];
  readonly sent: (string | Uint8Array)[] = [];
  isDown = false;
  isDeaf = false;
  readonly open = (events: LiveSocketEvents) => {
    if (this.isDown) setTimeout(() => { events.closed('refused'); }, 1);
    else setTimeout(() => {
      this.opened.push(events);
      events.opened();
    }, 1);
    return {
      send: (frame: string | Uint8Array): void => {
        this.sent.push(frame);
        const asked = typeof frame === 'string' ? liveSourceFrameSchema.parse(JSON.parse(frame)) : undefined;
        if (asked?.kind !== 'time' || this.isDeaf) return;
        const at = AHEAD + clock.monotonic();
        events.frame({ kind: 'time', t1: asked.t1, t2: at, t3: at });
      },
      drop: () => undefined,
    };
  };
  get last(): LiveSocketEvents {
    const events = this.opened.at(-1);
    if (events === undefined) throw new Error('nothing was opened');
    return events;
  }
  get spoken(): readonly Uint8Array[] {
    return this.sent.filter((frame) => typeof frame !== 'string');
  }
}

let side: Side;
let link: SourceLink;
beforeEach(() => {
  jest.useFakeTimers();
  side = new Side();
  link = new SourceLink(clock, side.open);
});
afterEach(() => {
  link.close();
  jest.useRealTimers();
});
const block = (seq: number) => ({ bytes: Uint8Array.of(seq), seq, capturedAt: link.now() ?? 0 });

it('asks the time twenty times in two seconds and then once a second, and knows the district\'s', () => {
  jest.advanceTimersByTime(2_000);
  expect(link.probesAnswered).toBe(20);
  expect(Math.abs((link.now() ?? 0) - AHEAD - clock.monotonic())).toBeLessThan(1);
  jest.advanceTimersByTime(10_000);
  expect(link.probesAnswered).toBe(30);
});

it('keeps what is said while the way is cut, and sends again from what the platform has', () => {
  jest.advanceTimersByTime(1_000);
  link.speak('token-of-sixteen', MESSAGE);
  side.last.frame(ready(1));
  for (const seq of [1, 2, 3]) link.send(block(seq));
  side.last.frame({ kind: 'taken', seq: 1 });
  expect(side.spoken.map(([seq]) => seq)).toEqual([1, 2, 3]);
  side.last.closed('cut');
  expect(link.isReady).toBe(false);
  link.send(block(4));
  jest.advanceTimersByTime(300);
  side.last.frame(ready(3));
  expect(side.spoken.map(([seq]) => seq)).toEqual([1, 2, 3, 3, 4]);
  expect(side.sent.filter((frame) => typeof frame === 'string' && frame.includes('speak'))).toHaveLength(2);
});

it('takes a way on which nothing comes for cut, and one that is closed for good after twenty seconds', () => {
  jest.advanceTimersByTime(1_000);
  side.isDeaf = true;
  jest.advanceTimersByTime(7_000);
  expect(side.opened.length).toBeGreaterThan(1);
  side.isDown = true;
  side.last.closed('cut');
  jest.advanceTimersByTime(15_000);
  expect(link.ended).toBeUndefined();
  jest.advanceTimersByTime(6_000);
  expect(link.ended?.code).toBe('LINK_LOST');
});

it('comes back to a server that restarts, and to none that ended the voice', () => {
  jest.advanceTimersByTime(1_000);
  side.last.frame({ kind: 'ended', code: 'LIVE_SHUTDOWN', holder: null, until: null });
  jest.advanceTimersByTime(300);
  expect(side.opened).toHaveLength(2);
  side.last.frame({ kind: 'ended', code: 'LIVE_STOPPED', holder: null, until: null });
  jest.advanceTimersByTime(30_000);
  expect([link.ended?.code, side.opened.length]).toEqual(['LIVE_STOPPED', 2]);
});
