import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { DeviceSocket } from '../../../../../apps/gateway/src/socket/device-socket';
import type { GuardedWebSocket } from '../../../../../apps/gateway/src/socket/guarded-web-socket';
import { textFrame } from '../../../../../apps/gateway/src/socket/wire-frame';
import { GATEWAY_LIMITS } from '../../../../../apps/gateway/src/limits';
import { FakeClock } from '../fakes';

/** A connection whose peer reads only when told to. */
class FakeRaw extends EventEmitter {
  writable = true;
  writableLength = 0;
  most = 0;
  readonly texts: string[] = [];
  write(bytes: Buffer) {
    this.writableLength += bytes.length;
    this.most = Math.max(this.most, this.writableLength);
    this.texts.push(bytes.subarray(bytes.indexOf('{')).toString());
    return !this.writableNeedDrain;
  }
  /** As of a stream: only after so much was written does it say when all of it has gone. */
  get writableNeedDrain() { return this.writableLength >= 16_384; }
  cork() { return undefined; }
  uncork() { return undefined; }
  /** The peer reads everything that waits for it. */
  reads() {
    const asked = this.writableNeedDrain;
    this.writableLength = 0;
    if (asked) this.emit('drain');
  }
  get payloads() { return this.texts.map((text) => JSON.parse(text) as { kind: string; code?: string }).map(({ kind, code }) => (code ?? kind).trimEnd()); }
}

function connected() {
  const raw = new FakeRaw();
  const refused: string[] = [];
  const ws = Object.assign(new EventEmitter(), { readyState: 1, OPEN: 1, isPaused: false, terminate: () => undefined, close: () => undefined, pause: () => undefined, resume: () => undefined });
  const link = new DeviceSocket(ws as unknown as GuardedWebSocket, raw as unknown as Duplex, '192.0.2.1', new FakeClock(), {
    frameIn: () => undefined, frameOut: () => undefined, refused: (code) => refused.push(code),
  });
  return { raw, refused, link };
}

/** About 100 KB each: what it says, and much room after it. */
const large = (count: number, name = 'f') => Array.from({ length: count }, (_, index) => textFrame({ kind: 'refused', code: `${name}${index}`.padEnd(100_000) }));

describe('what the gateway has to say to a terminal', () => {
  it('goes out page by page as the terminal reads, however much it is, and cuts nobody', () => {
    const { raw, refused, link } = connected();
    expect(link.say(large(40))).toBe(true);
    expect(raw.texts.length).toBeLessThan(10);
    for (let turn = 0; turn < 40; turn += 1) raw.reads();
    expect(raw.payloads).toEqual(Array.from({ length: 40 }, (_, index) => `f${index}`));
    expect(raw.most).toBeLessThan(GATEWAY_LIMITS.pageBytes + 100_100);
    expect([refused, link.isOpen]).toEqual([[], true]);
  });

  it('does not stay behind a page too small for the connection to tell that it was read', () => {
    const { raw, link } = connected();
    const [small, larger] = [textFrame({ kind: 'ack', counter: 1 }), textFrame({ kind: 'refused', code: 'large'.padEnd(262_100) })];
    expect(link.say([small, larger, small, larger])).toBe(true);
    raw.reads();
    raw.reads();
    expect(raw.payloads).toEqual(['ack', 'large', 'ack', 'large']);
  });

  it('lets other frames in between the pages: an order does not wait behind them', () => {
    const { raw, link } = connected();
    link.say(large(20));
    link.write(textFrame({ kind: 'ack', counter: 1 }));
    for (let turn = 0; turn < 20; turn += 1) raw.reads();
    expect(raw.payloads.indexOf('ack')).toBeLessThan(6);
    expect(raw.payloads).toHaveLength(21);
  });

  it('is not heaped up for one that asks again before it has read: of the third only the first page is said', () => {
    const { raw, link } = connected();
    expect(['a', 'b', 'c'].map((name) => link.say(large(20, name)))).toEqual([true, true, false]);
    for (let turn = 0; turn < 60; turn += 1) raw.reads();
    const said = (name: string) => raw.payloads.filter((code) => code.startsWith(name)).length;
    expect([said('a'), said('b'), said('c')]).toEqual([20, 20, 2]);
  });

  it('cuts as SLOW only for what the terminal has not read', () => {
    const { raw, refused, link } = connected();
    expect(link.write(...large(12))).toBe(true);
    expect(link.write(...large(1))).toBe(false);
    expect([refused, link.isOpen]).toEqual([['SLOW'], false]);
    expect(raw.texts).toHaveLength(12);
  });
});
