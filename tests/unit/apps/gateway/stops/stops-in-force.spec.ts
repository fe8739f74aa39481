import { StopsInForce } from '../../../../../apps/gateway/src/stops/stops-in-force';
import { LogRecord } from '../fakes';

const stop = (text: string) => ({ payloadType: 'application/vnd.clarion.stop.v1+json', payload: text, signatures: [] }) as never;

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
});
