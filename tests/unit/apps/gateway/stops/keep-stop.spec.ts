import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { KeepStop, stopFileText } from '../../../../../apps/gateway/src/stops/keep-stop';
import { LogRecord } from '../fakes';

const stop = (text: string) => ({ payloadType: 'application/vnd.clarion.stop.v1+json', payload: Buffer.from(text).toString('base64'), signatures: [] }) as never;

describe('keeping a stop that came over the socket', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'clarion-keep-stop-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is bounded: one file more than allowed is not written, one that lies there counts as kept', async () => {
    const keep = new KeepStop(path.join(dir, 'stops'), new LogRecord(), 2);
    const run = (text: string) => keep.run(stop(text), stopFileText(stop(text), 2_000, 1_000));
    expect(await Promise.all([run('a'), run('b'), run('c'), run('a')])).toEqual([true, true, false, true]);
    expect(readdirSync(path.join(dir, 'stops'))).toHaveLength(2);
  });

  it('writes a stop of everything into a folder that is full of single ones', async () => {
    const keep = new KeepStop(path.join(dir, 'stops'), new LogRecord(), 2);
    const run = (text: string) => keep.run(stop(text), stopFileText(stop(text), 2_000, 1_000));
    const general = (area: string) => run(JSON.stringify({ platform: 't1', area, issuedAt: 1, scope: { kind: 'all' } }));
    expect([await run('a'), await run('b'), await run('c'), await general('t1'), await general('t2'), await general('t3')]).toEqual([true, true, false, true, true, false]);
  });

  it('does not throw when the folder cannot be written', async () => {
    writeFileSync(path.join(dir, 'stops'), 'not a folder');
    expect(await new KeepStop(path.join(dir, 'stops'), new LogRecord()).run(stop('a'), '{}')).toBe(false);
  });
});
