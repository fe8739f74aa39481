import { LIMITS, streamIdSchema, terminalIdSchema, type StreamId } from '#libs/contracts';
import { GATEWAY_LIMITS } from '../../../../../apps/gateway/src/limits';
import { writeToAll } from '../../../../../apps/gateway/src/live/fan-out';
import { LiveDesk } from '../../../../../apps/gateway/src/live/live-desk';
import { textFrame } from '../../../../../apps/gateway/src/socket/wire-frame';
import { unsignedBlock } from '../../../../support/live-block';
import { FakeClock, FakeLink } from '../fakes';

const A = streamIdSchema.parse('a1'.repeat(16));
const B = streamIdSchema.parse('b2'.repeat(16));
const LEASE = textFrame({ kind: 'lease', beacon: { payloadType: 'application/vnd.clarion.beacon.v1+json', payload: 'e30=', signatures: [] } } as never);
const DELAY_MS = 800;

/** The numbers of the blocks in each write: a write may hold several frames. */
function seqsOf(writes: readonly Buffer[]): number[][] {
  return writes.map((bytes) => {
    const seqs: number[] = [];
    for (let at = 0; at < bytes.length;) {
      expect([bytes[at], bytes[at + 1]]).toEqual([0x82, 126]);
      const length = bytes.readUInt16BE(at + 2);
      seqs.push(bytes.readUInt32BE(at + 4 + 22));
      at += 4 + length;
    }
    return seqs;
  });
}

function desk() {
  const clock = new FakeClock();
  const counted = { written: 0, skipped: 0, cut: 0 };
  const live = new LiveDesk(clock, writeToAll, {
    liveBlocks: (written, skipped) => { counted.written += written; counted.skipped += skipped; },
    liveCut: () => { counted.cut += 1; },
  });
  const seqs = new Map<StreamId, number>();
  const open = (stream: StreamId = A, until = clock.now() + 600_000) => live.begin({ stream, delayMs: DELAY_MS, until });
  const listener = (name: string, stream: StreamId = A, lastSeq = 0) => {
    const link = new FakeLink();
    const terminal = terminalIdSchema.parse(name);
    link.listenWith({ frame: () => undefined, closed: () => live.gone(terminal) });
    const listen = (from = lastSeq, of = stream) => live.listen({ terminal, link, mediaToken: '', since: 0 }, { kind: 'listen', stream: of, lastSeq: from });
    listen();
    return {
      terminal, link, listen,
      progress: (at: number, refused = 0) => live.progress(terminal, { kind: 'progress', stream, lastSeq: at, late: 2, refused, bufferMs: 500 }),
      get heard() { return seqsOf(link.pipe.writes).flat(); },
      get writes() { return seqsOf(link.pipe.writes); },
    };
  };
  /** Speaks for so long, a block each 100 ms; `each` after every one. */
  const speak = (ms: number, each: (seq: number) => void = () => undefined, stream: StreamId = A) => {
    for (let at = 0; at < ms; at += 100) {
      clock.ms += 100;
      const seq = (seqs.get(stream) ?? 0) + 1;
      seqs.set(stream, seq);
      expect(live.take(unsignedBlock(stream, seq))).toBeUndefined();
      each(seq);
      if (clock.ms % 1_000 === 0) live.sweep();
    }
  };
  return { clock, live, counted, open, listener, speak, report: (stream: StreamId = A) => live.lease([stream], LEASE)[0] };
}

describe('living voice at the gateway', () => {
  it('goes as the same bytes to each who listens, and to nobody else', () => {
    const { open, listener, speak, counted } = desk();
    open();
    open(B);
    const [one, two, other] = [listener('t-1'), listener('t-2'), listener('t-3', B)];
    speak(300);
    expect([one.heard, two.heard, other.heard]).toEqual([[1, 2, 3], [1, 2, 3], []]);
    expect(one.link.pipe.writes[1]).toBe(two.link.pipe.writes[1]);
    expect(one.link.pipe.writes[1]?.subarray(4)).toEqual(unsignedBlock(A, 2));
    expect(counted).toEqual({ written: 6, skipped: 0, cut: 0 });
  });

  it('gives a newcomer what is still of use in one write, and nothing older', () => {
    const { open, listener, speak } = desk();
    open();
    speak(5_000);
    const late = listener('t-1');
    expect(late.writes).toEqual([Array.from({ length: 19 }, (_, n) => 32 + n)]);
    speak(100);
    expect(late.writes[1]).toEqual([51]);
  });

  it('goes on after the last block that a terminal has when it comes back', () => {
    const { open, listener, speak } = desk();
    open();
    const one = listener('t-1');
    speak(1_000);
    one.link.leaves();
    speak(500);
    expect(listener('t-1', A, 10).writes).toEqual([[11, 12, 13, 14, 15]]);
    expect(listener('t-2', A, 15).writes).toEqual([]);
  });

  it('serves those who asked before the stream was open, from the opening on', () => {
    const { open, listener, speak, live } = desk();
    const one = listener('t-1');
    expect(live.take(unsignedBlock(A, 1))).toBe('LIVE_STREAM');
    expect(live.lease([A], LEASE)).toEqual([]);
    open();
    speak(100);
    expect(one.heard).toEqual([1]);
  });

  it('ends with unlisten, with the stream and with its time', () => {
    const { open, listener, speak, live, clock } = desk();
    open();
    const [one, two] = [listener('t-1'), listener('t-2')];
    speak(100);
    live.unlisten(one.terminal, A);
    speak(100);
    live.end(A);
    expect(live.take(unsignedBlock(A, 3))).toBeUndefined();
    expect([one.heard, two.heard, live.open, live.listening]).toEqual([[1], [1, 2], 0, 0]);
    clock.ms += GATEWAY_LIMITS.liveClosedMs + 1;
    live.sweep();
    expect(live.take(unsignedBlock(A, 3))).toBe('LIVE_STREAM');
    open(B, clock.now() + 1_000);
    clock.ms += 1_001;
    live.sweep();
    expect(live.open).toBe(0);
  });

  it('sends a block once, and none that is not newer than the newest', () => {
    const { open, listener, speak, live } = desk();
    open();
    const one = listener('t-1');
    speak(300);
    for (const seq of [3, 1, 2]) live.take(unsignedBlock(A, seq));
    expect(one.heard).toEqual([1, 2, 3]);
    expect(live.take(Buffer.from('no block'))).toBe('LIVE_BLOCK');
  });

  it('keeps no more streams at once than may run, and hears no terminal that asks for more', () => {
    const { open, listener, live } = desk();
    const ids = Array.from({ length: LIMITS.leases + 1 }, (_, n) => streamIdSchema.parse(n.toString(16).padStart(32, '0')));
    expect(ids.map((id) => open(id))).toEqual(ids.map((_, n) => n < LIMITS.leases));
    expect(open(ids[0])).toBe(true);
    const greedy = listener('t-1', ids[0]);
    ids.forEach((id) => greedy.listen(0, id));
    expect(live.listening).toBe(LIMITS.leases);
    greedy.listen(0, ids[3]);
    expect(live.listening).toBe(LIMITS.leases);
  });

  it('leaves nothing behind of streams that were only asked for', () => {
    const { listener, live, speak, open } = desk();
    const one = listener('t-1');
    one.link.leaves();
    open();
    speak(100);
    expect([one.heard, live.listening]).toEqual([[], 0]);
  });
});

describe('a terminal that does not keep up with a living voice', () => {
  it('is behind, then gets no blocks, then goes on at what is said once it has read what it had', () => {
    const { open, listener, speak, live, report, counted } = desk();
    open();
    const [slow, sound] = [listener('t-slow'), listener('t-sound')];
    const each = (stuckAt: number) => (seq: number) => {
      sound.progress(seq);
      if (seq % 10 === 0) slow.progress(Math.min(seq, stuckAt));
    };
    speak(3_000, each(10));
    expect(report()).toMatchObject({ listening: 2, behind: 1, late: 4, lost: 0 });
    expect(counted.skipped).toBe(0);
    speak(6_000, each(10));
    const heldAt = slow.heard.length;
    expect([heldAt < 90, counted.skipped > 0, sound.heard.length]).toEqual([true, true, 90]);
    slow.progress(heldAt);
    speak(100);
    live.sweep();
    speak(1_900, each(110));
    expect(slow.heard.slice(-20)).toEqual(Array.from({ length: 20 }, (_, n) => 91 + n));
    expect([report()?.behind, counted.cut]).toEqual([0, 0]);
  });

  it('gets no block while its socket holds too much, and the others do', () => {
    const { open, listener, speak, counted } = desk();
    open();
    const [full, sound] = [listener('t-full'), listener('t-sound')];
    speak(100);
    full.link.pipe.writableLength = GATEWAY_LIMITS.liveQueuedBytes + 1;
    speak(200);
    full.link.pipe.writableLength = 0;
    speak(100);
    expect([full.heard, sound.heard]).toEqual([[1, 4], [1, 2, 3, 4]]);
    expect(counted.skipped).toBe(2);
  });

  it('is cut after ten seconds without a report, or with a block unread so long; it counts as lost until it is back', () => {
    const { open, listener, speak, report, counted } = desk();
    open();
    const [silent, stuck, sound] = [listener('t-silent'), listener('t-stuck'), listener('t-sound')];
    const each = (seq: number) => {
      sound.progress(seq);
      stuck.progress(5);
    };
    speak(9_900, each);
    expect(counted.cut).toBe(0);
    speak(1_100, each);
    expect([silent.link.ended, stuck.link.ended, sound.link.ended]).toEqual(['cut', 'cut', undefined]);
    expect([counted.cut, report()]).toEqual([2, expect.objectContaining({ listening: 1, behind: 0, lost: 2 })]);
    listener('t-silent');
    expect(report()).toMatchObject({ listening: 2, lost: 1 });
  });

  it('is not cut for blocks that it refuses, nor while nothing is said, nor while the gateway itself does not read it', () => {
    const { open, listener, speak, live, clock, counted } = desk();
    open();
    const [refusing, paused] = [listener('t-refusing'), listener('t-paused')];
    paused.link.isPaused = true;
    speak(15_000, (seq) => refusing.progress(0, seq));
    for (let s = 0; s < 30; s += 1) {
      clock.ms += 1_000;
      refusing.progress(0, 150);
      live.sweep();
    }
    paused.link.isPaused = false;
    live.sweep();
    expect([counted.cut, refusing.heard.length, paused.heard.length]).toEqual([0, 150, 150]);
  });

  it('does not fall behind by a hole in the numbers or by a burst', () => {
    const { open, listener, live, clock, report, counted } = desk();
    open();
    const one = listener('t-1');
    live.take(unsignedBlock(A, 1));
    one.progress(1);
    for (let seq = 1_000_000; seq < 1_000_040; seq += 1) live.take(unsignedBlock(A, seq));
    clock.ms += 900;
    one.progress(1);
    expect([counted, report()?.behind]).toEqual([{ written: 41, skipped: 0, cut: 0 }, 0]);
  });
});

describe('leases', () => {
  it('go once to each who listens to a stream that is named, and bring back what they report', () => {
    const { open, listener, live } = desk();
    open();
    open(B);
    const [one, both, none] = [listener('t-1'), listener('t-2'), listener('t-3', B)];
    both.listen(0, B);
    live.unlisten(none.terminal, B);
    one.progress(0);
    expect(live.lease([A, B, A, streamIdSchema.parse('c3'.repeat(16))], LEASE)).toEqual([
      { stream: A, listening: 2, behind: 0, late: 2, refused: 0, lost: 0 },
      { stream: B, listening: 1, behind: 0, late: 0, refused: 0, lost: 0 },
    ]);
    expect([one.link.kinds, both.link.kinds, none.link.kinds]).toEqual([['lease'], ['lease'], []]);
  });
});
