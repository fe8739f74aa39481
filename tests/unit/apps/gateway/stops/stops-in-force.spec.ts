import { StopsInForce } from '../../../../../apps/gateway/src/stops/stops-in-force';
import { LogRecord } from '../fakes';

const stop = (text: string) => ({ payloadType: 'application/vnd.clarion.stop.v1+json', payload: text, signatures: [] }) as never;

const payload = (content: object) => ({ payloadType: 'application/vnd.clarion.stop.v1+json', payload: Buffer.from(JSON.stringify(content)).toString('base64'), signatures: [] }) as never;
const general = (platform: string, issuedAt: number) => payload({ platform, area: platform, issuedAt, scope: { kind: 'all' } });
const single = (message: string) => payload({ platform: 't1', area: 't1', issuedAt: 9, scope: { kind: 'messages', messages: [message] } });
const said = (stops: StopsInForce) => stops.frames().map(({ bytes }) => {
  const { stop: told } = JSON.parse(bytes.subarray(bytes.indexOf('{')).toString()) as { stop: { payload: string } };
  const { platform, issuedAt, scope } = JSON.parse(Buffer.from(told.payload, 'base64').toString()) as { platform: string; issuedAt: number; scope: { messages?: string[] } };
  return scope.messages?.[0]?.trimEnd() ?? `${platform} ${issuedAt}`;
});

describe('stops in force', () => {
  it('are each told once, until they expire', () => {
    let now = 1_000;
    const stops = new StopsInForce(new LogRecord(), () => now);
    expect(stops.add(stop('a'), 2_000)).toBeDefined();
    expect(stops.add(stop('a'), 2_000)).toBeUndefined();
    expect(stops.add(stop('past'), 1_000)).toBeUndefined();
    expect(stops.frames()).toHaveLength(1);
    now = 2_000;
    expect(stops.frames()).toHaveLength(0);
    expect(stops.size).toBe(0);
  });

  it('drop the one that ends first when there are too many, and say so', () => {
    const log = new LogRecord();
    const stops = new StopsInForce(log, () => 0, 2);
    stops.add(stop('late'), 300);
    stops.add(stop('early'), 100);
    stops.add(stop('new'), 200);
    expect(stops.frames().map(({ bytes }) => JSON.parse(bytes.subarray(2).toString()).stop.payload)).toEqual(['late', 'new']);
    expect(log.codes).toEqual(['STOPS_FULL']);
  });

  it('are told the general ones first: they reach furthest, and what follows may take a slow terminal long', () => {
    const stops = new StopsInForce(new LogRecord(), () => 0);
    stops.add(single('m1'), 100);
    stops.add(general('t1', 5), 100);
    stops.add(single('m2'), 100);
    expect(said(stops)).toEqual(['t1 5', 'm1', 'm2']);
  });

  it('too many: first go general ones that a later one of the same platform and place covers, then single ones; a general one that stands alone never for a single one', () => {
    const stops = new StopsInForce(new LogRecord(), () => 0, 3);
    for (const stop of [general('t1', 5), general('t1', 6), general('t2', 5), single('m1')]) stops.add(stop, 100);
    expect(said(stops)).toEqual(['t1 6', 't2 5', 'm1']);
    stops.add(single('m2'), 50);
    expect(said(stops)).toEqual(['t1 6', 't2 5', 'm1']);
    stops.add(general('t3', 1), 10);
    expect(said(stops)).toEqual(['t1 6', 't2 5', 't3 1']);
  });

  it('are bounded in bytes too, since everybody who comes is told all of them', () => {
    const log = new LogRecord();
    const stops = new StopsInForce(log, () => 0, 1_000, 10_000);
    for (let index = 0; index < 50; index += 1) stops.add(single(`m${index}`.padEnd(500)), 100 + index);
    stops.add(general('t1', 1), 10);
    const bytes = stops.frames().reduce((sum, frame) => sum + frame.bytes.length, 0);
    expect(bytes).toBeLessThanOrEqual(10_000);
    expect(bytes).toBeGreaterThan(8_000);
    expect(said(stops)[0]).toBe('t1 1');
    expect(log.codes).toContain('STOPS_FULL');
  });
});
