import { LIMITS } from '#libs/contracts';
import { linkAge, maySound } from '#libs/domain';

const NOW = 1_800_000_000_000;

describe('linkAge', () => {
  it.each([
    [0, 'ready'], [LIMITS.beaconDegradedMs - 1, 'ready'], [LIMITS.beaconDegradedMs, 'degraded'], [LIMITS.beaconEmergencyOnlyMs - 1, 'degraded'],
    [LIMITS.beaconEmergencyOnlyMs, 'emergency-only'], [LIMITS.beaconSilentMs - 1, 'emergency-only'], [LIMITS.beaconSilentMs, 'silent'],
  ])('is, %i ms after the newest beacon, %s', (age, expected) => {
    expect(linkAge(NOW, NOW - age)).toBe(expected);
  });
  it('is ready when the beacon is ahead of the clock, and silent when there never was one', () => {
    expect(linkAge(NOW, NOW + 5_000)).toBe('ready');
    expect(linkAge(NOW, null)).toBe('silent');
  });
});

describe('maySound', () => {
  it('lets everything sound while ready or degraded, then emergency and advisory alone, then nothing', () => {
    const classes = ['emergency', 'advisory', 'notice', 'governance', 'daily'] as const;
    const allowed = (age: Parameters<typeof maySound>[0]) => classes.filter((one) => maySound(age, one));
    expect(allowed('ready')).toEqual(classes);
    expect(allowed('degraded')).toEqual(classes);
    expect(allowed('emergency-only')).toEqual(['emergency', 'advisory']);
    expect(allowed('silent')).toEqual([]);
  });
});
