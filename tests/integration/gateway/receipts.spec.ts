import { until } from '../../support/until';
import { Bench } from './support/bench';
import { envelope } from './support/samples';

describe('receipts', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open();
  });
  afterEach(() => bench.close());

  it('acknowledges only after the platform has committed', async () => {
    const terminal = await bench.online('a', await bench.device('a'));
    let commit: () => void = () => undefined;
    bench.platform.beforeCommit = () => new Promise((resolve) => {
      commit = resolve;
    });
    terminal.send({ kind: 'receipts', envelopes: [envelope('receipt', '1'), envelope('receipt', '2')] });
    await until(() => bench.platform.receiptRequests === 1);
    terminal.send({ kind: 'time', t1: 1 });
    await terminal.frame('time');
    expect(terminal.kinds).not.toContain('ack');
    commit();
    expect(await terminal.frame('ack')).toEqual({ kind: 'ack', counter: 2 });
    expect(bench.platform.committed.get('a')).toHaveLength(2);
  });

  it('keeps receipts while the platform is dead, takes repeats once and hands all over when it is back', async () => {
    const terminal = await bench.online('a', await bench.device('a'));
    await bench.platform.stop();
    const envelopes = [1, 2, 3].map((n) => envelope('receipt', String(n)));
    terminal.send({ kind: 'receipts', envelopes });
    terminal.send({ kind: 'receipts', envelopes });
    terminal.send({ kind: 'time', t1: 1 });
    await terminal.frame('time');
    await bench.platform.start();
    expect(await terminal.frame('ack')).toEqual({ kind: 'ack', counter: 3 });
    expect(bench.platform.committed.get('a')).toHaveLength(3);
  });

  it('tries again after a failure between receipt and commit', async () => {
    const terminal = await bench.online('a', await bench.device('a'));
    bench.platform.failing.set('/internal/receipts', 500);
    terminal.send({ kind: 'receipts', envelopes: [envelope('receipt', '1')] });
    terminal.send({ kind: 'time', t1: 1 });
    await terminal.frame('time');
    bench.platform.failing.clear();
    expect(await terminal.frame('ack')).toEqual({ kind: 'ack', counter: 1 });
  });

  it('hands over what a terminal left behind', async () => {
    const key = await bench.device('a');
    const terminal = await bench.online('a', key);
    await bench.platform.stop();
    terminal.send({ kind: 'receipts', envelopes: [envelope('receipt', '1')] });
    terminal.send({ kind: 'time', t1: 1 });
    await terminal.frame('time');
    terminal.cut();
    await bench.platform.start();
    await until(() => bench.platform.committed.get('a')?.length === 1);
  });

  it('reads on while the platform is away, however many receipts wait, and takes the rest when they are sent again', async () => {
    const terminal = await bench.online('a', await bench.device('a'));
    await bench.platform.stop();
    const frames = Array.from({ length: 6 }, (_, frame) => ({ kind: 'receipts', envelopes: Array.from({ length: 50 }, (_, n) => envelope('receipt', `${frame}-${n}`)) }));
    for (const frame of frames) terminal.send(frame);
    terminal.send({ kind: 'time', t1: 1 });
    await terminal.frame('time');
    expect(bench.sessions.get('a' as never)?.link.isPaused).toBe(false);
    await bench.platform.start();
    await until(() => bench.platform.committed.get('a')?.length === 200);
    for (const frame of frames.slice(4)) terminal.send(frame);
    await until(() => bench.platform.committed.get('a')?.length === 300);
  });

  it('lets one refused receipt hold up nobody else', async () => {
    const bad = await bench.online('bad', await bench.device('bad'));
    const good = await bench.online('good', await bench.device('good'));
    bench.platform.failing.set('/internal/receipts', 422);
    bad.send({ kind: 'receipts', envelopes: [envelope('receipt', 'x')] });
    expect(await bad.refusal()).toBe('RECEIPTS_REFUSED');
    bench.platform.failing.clear();
    good.send({ kind: 'receipts', envelopes: [envelope('receipt', '1')] });
    expect(await good.frame('ack')).toEqual({ kind: 'ack', counter: 1 });
  });
});
