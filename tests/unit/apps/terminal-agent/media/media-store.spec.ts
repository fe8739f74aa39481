import type { Digest } from '#libs/contracts';
import { MediaStore } from '../../../../../apps/terminal-agent/src/media/media-store';
import { RecentSounds } from '../../../../../apps/terminal-agent/src/media/recent-sounds';
import { skewedClock } from '../../../../../apps/terminal-agent/src/simulator/true-time';
import { DrivenTime, seededChance } from '../../../../support/terminal-agent/driven-time';
import { FakeDisk } from '../../../../support/terminal-agent/fake-disk';
import { FakeMedia, tone } from '../../../../support/terminal-agent/fake-media';

const speech = tone(300, 1_000);
const { sha256, bytes } = speech.segment;
const HOUR = 3_600_000;

async function bench(disk = new FakeDisk()) {
  const truth = new DrivenTime(1_800_000_000_000);
  const source = new FakeMedia();
  const told: string[] = [];
  const chance = seededChance(1);
  const store = new MediaStore({
    clock: skewedClock(truth, { ppm: 0, offsetMs: 0 }, chance), chance, disk, shelf: disk.shelf(), source, sounds: new RecentSounds(2), now: () => Math.floor(truth.now()),
  }, { onArrived: () => told.push('arrived'), onFailed: () => told.push('failed'), onWrong: (digest: Digest) => told.push(`wrong ${digest.slice(0, 4)}`) });
  await store.load();
  return { truth, source, told, store, disk };
}

describe('media on a terminal', () => {
  it('is fetched once there is a link, kept, and read back verified after a restart', async () => {
    const { truth, source, told, store, disk } = await bench();
    source.put(speech);
    store.want(sha256, bytes, null);
    await truth.move(100);
    expect(source.asked).toHaveLength(0);
    store.useToken('token');
    await truth.move(1_100);
    expect(told).toEqual(['arrived']);
    const again = await bench(disk);
    expect(again.store.has(sha256)).toBe(true);
    expect((await again.store.open(sha256))?.samples).toBe(48_000);
  });

  it('goes on where a cut connection ended', async () => {
    const { truth, source, told, store } = await bench();
    source.put(speech);
    source.cutAfter = Math.ceil(bytes / 3);
    store.useToken('token');
    store.want(sha256, bytes, null);
    await truth.move(60_000);
    expect(told).toEqual(['arrived']);
    expect(source.asked.map(({ from }) => from)).toEqual([0, source.cutAfter, 2 * source.cutAfter]);
  });

  it('takes a source that fails in a way of its own for a cut connection, and goes on asking', async () => {
    const { truth, source, told, store } = await bench();
    source.put(speech);
    const fetch = source.fetch.bind(source);
    let failures = 0;
    source.fetch = (wanted) => {
      failures += 1;
      if (failures === 1) throw new TypeError('Invalid character in header content');
      return failures === 2 ? Promise.reject(new Error('out of memory')) : fetch(wanted);
    };
    store.useToken('token');
    store.want(sha256, bytes, null);
    await truth.move(10_000);
    expect(told).toEqual(['arrived']);
  });

  it('throws away bytes of another digest, tells of it, and never keeps them', async () => {
    const { truth, source, told, store, disk } = await bench();
    source.put(speech, tone(500, 1_000).bytes.subarray(0, bytes));
    store.useToken('token');
    store.want(sha256, bytes, null);
    await truth.move(1_100);
    expect(told).toEqual([`wrong ${sha256.slice(0, 4)}`, 'failed']);
    expect(store.has(sha256)).toBe(false);
    expect(disk.names().some((name) => name.startsWith('shelf/'))).toBe(false);
  });

  it('breaks off what is longer than announced', async () => {
    const { truth, source, told, store } = await bench();
    source.put(speech, Buffer.concat([speech.bytes, Buffer.alloc(100_000)]));
    store.useToken('token');
    store.want(sha256, bytes, null);
    await truth.move(1_100);
    expect(told).toEqual([`wrong ${sha256.slice(0, 4)}`, 'failed']);
  });

  it('gives up after a while and starts anew when it is wanted again', async () => {
    const { truth, source, told, store } = await bench();
    source.up = false;
    store.useToken('token');
    store.want(sha256, bytes, null);
    await truth.move(120_000);
    expect(told).toEqual(['failed']);
    source.up = true;
    source.put(speech);
    store.want(sha256, bytes, null);
    await truth.move(1_100);
    expect(told).toEqual(['failed', 'arrived']);
  });

  it('finds a file that has rotted on the shelf before it sounds', async () => {
    const { truth, source, store, disk } = await bench();
    source.put(speech);
    store.useToken('token');
    store.want(sha256, bytes, null);
    await truth.move(1_100);
    const rotten = speech.bytes.slice();
    rotten[500] = (rotten[500] ?? 0) ^ 1;
    disk.overwrite(`shelf/${sha256}`, rotten);
    const again = await bench(disk);
    expect(await again.store.open(sha256)).toBeNull();
    expect(again.told).toEqual([`wrong ${sha256.slice(0, 4)}`]);
    expect(again.store.has(sha256)).toBe(false);
  });

  it('evicts what nobody approved after a day, and what was approved after its window', async () => {
    const { truth, source, store } = await bench();
    const other = tone(500, 1_000);
    source.put(speech);
    source.put(other);
    store.useToken('token');
    store.want(sha256, bytes, null);
    store.want(other.segment.sha256, other.segment.bytes, null);
    await truth.move(1_100);
    store.want(other.segment.sha256, other.segment.bytes, truth.now() + 48 * HOUR);
    truth.jump(25 * HOUR);
    await store.evict();
    expect([store.has(sha256), store.has(other.segment.sha256)]).toEqual([false, true]);
    truth.jump(24 * HOUR);
    await store.evict();
    expect(store.has(other.segment.sha256)).toBe(false);
  });
});
