import { UsageRecord, usageOf } from '../../../../apps/supervisor/src/usage';

const onLinux = process.platform === 'linux' ? it : it.skip;

describe('what a process used', () => {
  onLinux('is read from the system', () => {
    const usage = usageOf(process.pid);
    expect(usage?.peakRssMiB).toBeGreaterThan(10);
    expect(usage?.peakRssMiB).toBeGreaterThanOrEqual(process.memoryUsage.rss() / 1024 / 1024 - 64);
    expect(usage?.cpuSeconds).toBeGreaterThan(0);
  });

  it('is nothing for a process that is not there', () => {
    expect(usageOf(999_999_999)).toBeNull();
  });

  onLinux('adds up over the lives of a process, and keeps the highest peak', () => {
    const record = new UsageRecord();
    record.sample(process.pid);
    const one = record.total();
    record.close();
    record.sample(process.pid);
    const two = record.total();
    expect(two.cpuSeconds).toBeGreaterThanOrEqual(2 * one.cpuSeconds);
    expect(two.peakRssMiB).toBeLessThan(one.peakRssMiB * 1.5);
  });
});
