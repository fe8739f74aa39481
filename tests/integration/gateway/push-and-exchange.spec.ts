import { createHash } from 'node:crypto';
import { until } from '../../support/until';
import { Bench } from './support/bench';
import { envelope, exchange, order } from './support/samples';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('push', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open();
  });
  afterEach(() => bench.close());

  it('writes the very same bytes to each named terminal and to nobody else', async () => {
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(async (id) => bench.online(id, await bench.device(id))));
    const frame = { kind: 'order', order: order('播发') };
    const { body } = await bench.control('/push', { terminals: ['a', 'b', 'absent', 'a'], frame });
    expect(body).toEqual({ written: ['a', 'b'] });
    await Promise.all([a?.frame('order'), b?.frame('order')]);
    const texts = [a, b].map((terminal) => terminal?.received.at(-1)?.text ?? '');
    expect(texts[0]).toBe(JSON.stringify(frame));
    expect(sha256(texts[0] ?? '')).toBe(sha256(texts[1] ?? ''));
    c?.send({ kind: 'time', t1: 0 });
    await c?.frame('time');
    expect(c?.kinds).not.toContain('order');
  });

  it('reaches everybody when no terminal is named', async () => {
    const terminals = await Promise.all(['a', 'b'].map(async (id) => bench.online(id, await bench.device(id))));
    const { body } = await bench.control('/push', { terminals: null, frame: { kind: 'document', document: envelope('revocation', 'r') } });
    expect(body).toEqual({ written: expect.arrayContaining(['a', 'b']) });
    for (const terminal of terminals) await terminal.frame('document');
  });

  it.each([0, 125, 126, 65_535, 65_536, 200_000])('frames a text of about %i bytes so that a client reads it', async (size) => {
    const terminal = await bench.online('a', await bench.device('a'));
    const document = { ...envelope('roster', 'x'), payload: Buffer.alloc(Math.floor(size / 4) * 3 || 3, 1).toString('base64').slice(0, 87_384) };
    await bench.control('/push', { terminals: null, frame: { kind: 'document', document } });
    expect((await terminal.frame('document')).document).toEqual(document);
  });

  it('cuts a terminal that does not read instead of keeping frames for it without end', async () => {
    const slow = await bench.online('slow', await bench.device('slow'));
    const quick = await bench.online('quick', await bench.device('quick'));
    slow.socket.pause();
    const frame = { kind: 'document', document: { ...envelope('roster', 'x'), payload: 'A'.repeat(87_384) } };
    // The kernel takes megabytes before anything waits in the process.
    while (bench.sessions.get('slow' as never) !== undefined) await bench.control('/push', { terminals: null, frame });
    await until(() => quick.kinds.includes('document'));
    expect(bench.sessions.size).toBe(1);
    expect(quick.closeCode).toBeUndefined();
    expect((await bench.control('/metrics')).text).toContain('clarion_gateway_refused_total{code="SLOW"} 1');
  });

  it('refuses a frame that no terminal would take', async () => {
    const big = order('x');
    const frame = { kind: 'order', order: { ...big, approvals: Array.from({ length: 8 }, () => ({ ...envelope('approval', 'y'), payload: 'A'.repeat(80_000) })) } };
    expect(await bench.control('/push', { terminals: null, frame })).toMatchObject({ status: 413, body: { code: 'FRAME_TOO_LARGE' } });
    expect(await bench.control('/push', { terminals: null, frame: { kind: 'play' } })).toMatchObject({ status: 422 });
  });
});

describe('time probes', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open();
  });
  afterEach(() => bench.close());

  it('answers at once, with the platform dead, on Unix time with fractions and in order', async () => {
    const terminal = await bench.online('a', await bench.device('a'));
    await bench.platform.stop();
    const before = Date.now();
    const answers = [];
    for (let i = 0; i < 5; i += 1) {
      terminal.send({ kind: 'time', t1: i + 0.5 });
      answers.push(await terminal.frame('time'));
    }
    const after = Date.now();
    expect(answers.map(({ t1 }) => t1)).toEqual([0.5, 1.5, 2.5, 3.5, 4.5]);
    for (const { t2, t3 } of answers) {
      expect(t2).toBeGreaterThan(before - 20);
      expect(t3).toBeGreaterThanOrEqual(t2);
      expect(t3).toBeLessThan(after + 20);
    }
    expect(answers.some(({ t2 }) => !Number.isInteger(t2))).toBe(true);
  });
});

describe('exchange', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open();
  });
  afterEach(() => bench.close());

  it('carries many exchanges in few requests and gives each terminal its own answer', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `t-${index}`);
    bench.platform.answerExchange = (terminal) => ({ kind: 'exchange', beacon: null, documents: [envelope('roster', terminal) as never], stops: [], isolates: [], orders: [] });
    const keys = await Promise.all(ids.map((id) => bench.device(id)));
    const terminals = await Promise.all(ids.map((id, index) => bench.online(id, keys[index] as never)));
    for (const terminal of terminals) terminal.send(exchange());
    const answers = await Promise.all(terminals.map((terminal) => terminal.frame('exchange')));
    answers.forEach((answer, index) => expect(answer.documents).toEqual([envelope('roster', ids[index] ?? '')]));
    expect(bench.platform.exchanges.length).toBeLessThan(ids.length);
    expect(bench.platform.exchanges.flat()).toHaveLength(ids.length);
  });

  it('keeps the newest exchange of each terminal while the platform is dead and sends it when it is back', async () => {
    const terminal = await bench.online('a', await bench.device('a'));
    await bench.platform.stop();
    terminal.send(exchange({ counter: 1 }));
    terminal.send(exchange({ counter: 2 }));
    terminal.send({ kind: 'time', t1: 1 });
    await terminal.frame('time');
    await bench.platform.start();
    await terminal.frame('exchange');
    expect(bench.platform.exchanges.flat().map(({ exchange: asked }) => asked.counter)).toContain(2);
    expect(bench.platform.exchanges.flat().length).toBeLessThanOrEqual(2);
  });

  it('sends an answer that is too large for one frame as several, documents, beacon, stops, orders', async () => {
    const big = (word: string, text: string) => ({ ...envelope(word, text), payload: 'A'.repeat(60_000) }) as never;
    bench.platform.answerExchange = () => ({
      kind: 'exchange', beacon: envelope('beacon', 'b') as never,
      documents: [1, 2, 3, 4, 5].map((n) => big('roster', `d${n}`)),
      stops: [1, 2, 3, 4, 5].map((n) => big('stop', `s${n}`)), isolates: [], orders: [order('o') as never],
    });
    const terminal = await bench.online('a', await bench.device('a'));
    terminal.send(exchange());
    const frames = [];
    do frames.push(await terminal.frame('exchange'));
    while (frames.at(-1)?.orders.length === 0);
    expect(frames.length).toBeGreaterThan(1);
    const words = frames.flatMap((frame) => [...frame.documents, ...(frame.beacon === null ? [] : [frame.beacon]), ...frame.stops]).map(({ payloadType }) => payloadType.split('.')[2]);
    expect(words).toEqual(['roster', 'roster', 'roster', 'roster', 'roster', 'beacon', 'stop', 'stop', 'stop', 'stop', 'stop']);
    for (const { text } of terminal.received) expect(text.length).toBeLessThanOrEqual(262_144);
  });

  it('goes on with the others when the platform cannot answer one of them', async () => {
    bench.platform.answerExchange = (terminal) => (terminal === 'silent' ? undefined : { kind: 'exchange', beacon: null, documents: [], stops: [], isolates: [], orders: [] });
    const silent = await bench.online('silent', await bench.device('silent'));
    const other = await bench.online('other', await bench.device('other'));
    silent.send(exchange());
    other.send(exchange());
    await other.frame('exchange');
    expect(silent.kinds).not.toContain('exchange');
  });

  it('tries again after the platform answered 500', async () => {
    const terminal = await bench.online('a', await bench.device('a'));
    const other = await bench.online('b', await bench.device('b'));
    bench.platform.failing.set('/internal/exchanges', 503);
    terminal.send(exchange());
    other.send(exchange());
    terminal.send({ kind: 'time', t1: 1 });
    await terminal.frame('time');
    bench.platform.failing.clear();
    await Promise.all([terminal.frame('exchange'), other.frame('exchange')]);
  });
});

describe('presence', () => {
  let bench: Bench;
  afterEach(() => bench.close());

  it('tells everyone anew when the platform comes back', async () => {
    bench = await Bench.open();
    const key = await bench.device('a');
    await bench.online('a', key);
    await until(() => bench.platform.online().has('a'));
    await bench.platform.stop();
    const gone = await bench.online('b', await generateFor(bench, 'b')).catch(() => undefined);
    expect(gone).toBeUndefined();
    bench.platform.presence = [];
    await bench.platform.start();
    await until(() => bench.platform.presence.length > 0);
    expect(bench.platform.presence[0]?.reset).toBe(true);
    expect(bench.platform.presence[0]?.changes).toMatchObject([{ terminal: 'a', online: true, address: '127.0.0.1' }]);
  });

  it('begins with a reset, so that a gateway killed without a word leaves nobody online', async () => {
    bench = await Bench.open();
    await until(() => bench.platform.presence.length > 0);
    expect(bench.platform.presence[0]).toEqual({ reset: true, changes: [] });
  });
});

/** A key that only the platform knows of, and the platform is dead. */
function generateFor(bench: Bench, id: string) {
  return bench.device(id);
}
