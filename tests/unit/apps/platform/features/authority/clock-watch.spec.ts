import { ClockWatch, type ClockFault, type KeptTime } from '../../../../../../apps/platform/src/features/authority/clock-watch';
import { DrivenClock } from '../../../../../support/driven-clock';

const NOW = 1_800_000_000_000;
const DAY = 86_400_000;

class Memory implements KeptTime {
  at: number | undefined;

  read(): number | undefined {
    return this.at;
  }

  write(at: number): void {
    this.at = at;
  }
}

function watched(kept = new Memory(), clock = new DrivenClock(NOW)) {
  const told: ClockFault[] = [];
  return { kept, clock, told, watch: new ClockWatch(clock, kept, 7 * DAY, (fault) => told.push(fault)) };
}

describe('the clock of a server', () => {
  it('is believed while it goes, however slowly it drifts', () => {
    const { watch, clock, told } = watched();
    for (let second = 0; second < 100; second += 1) {
      clock.advance(1_000);
      clock.set(50);
      expect(watch.check()).toBeNull();
    }
    expect(told).toEqual([]);
  });

  it('is doubted once it was set, forward or back, until it is right again; one alarm for each doubt', () => {
    const { watch, clock, told } = watched();
    watch.check();
    for (const byMs of [40 * DAY, -60_000]) {
      clock.set(byMs);
      clock.advance(1_000);
      expect(watch.check()).toMatchObject({ kind: 'stepped', byMs });
      clock.advance(3_600_000);
      expect(watch.check()).toMatchObject({ kind: 'stepped', byMs });
      clock.set(-byMs);
      expect(watch.check()).toBeNull();
    }
    expect(told.map(({ byMs }) => byMs)).toEqual([40 * DAY, -60_000]);
  });

  it('is believed again when a person confirms it', () => {
    const { watch, clock, kept } = watched();
    watch.check();
    clock.set(40 * DAY);
    expect(watch.check()).not.toBeNull();
    watch.confirm();
    expect(watch.check()).toBeNull();
    expect(kept.at).toBe(NOW + 40 * DAY);
  });

  it('is doubted after a start before the last time that was believed, or more than a week after it; what a wrong clock said is not kept', () => {
    const first = watched();
    first.watch.check();
    first.clock.set(40 * DAY);
    for (let minute = 0; minute < 5; minute += 1) {
      first.clock.advance(60_000);
      first.watch.check();
    }
    expect(first.kept.at).toBe(NOW);
    for (const [at, fault] of [[NOW + 40 * DAY, { kind: 'since-start', byMs: 40 * DAY }], [NOW - 60_000, { kind: 'since-start', byMs: -60_000 }]] as const) {
      expect(watched(first.kept, new DrivenClock(at)).watch.check()).toMatchObject(fault);
      expect(first.kept.at).toBe(NOW);
    }
    expect(watched(first.kept, new DrivenClock(NOW + 6 * DAY)).watch.check()).toBeNull();
  });
});
