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

async function bench(disk = new FakeDisk(), budget?: { readonly bytes: number; readonly files: number }) {
  const truth = new DrivenTime(1_800_000_000_000);
  const source = new FakeMedia();
  const told: string[] = [];
  const chance = seededChance(1);
  const store = new MediaStore({
    clock: skewedClock(truth, { ppm: 0, offsetMs: 0 }, chance), chance, disk, shelf: disk.shelf(), source, isRevoked: () => false, sounds: new RecentSounds(2), now: () => Math.floor(truth.now()),
  }, { onArrived: () => told.push('arrived'), onFailed: () => told.push('failed'), onWrong: (digest: Digest) => told.push(`wrong ${digest.slice(0, 4)}`) }, budget);
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

  describe('of what nobody approved', () => {
    const tones = [300, 400, 500, 600, 700].map((hertz) => tone(hertz, 200));
    const digest = (index: number) => tones[index]?.segment.sha256 ?? sha256;
    const here = ({ has }: { has(sha256: Digest): boolean }) => tones.flatMap(({ segment }, index) => (has(segment.sha256) ? [index] : []));
    const prefetch = async ({ truth, store, source }: Awaited<ReturnType<typeof bench>>, ...indices: readonly number[]) => {
      for (const index of indices) {
        const sound = tones[index] ?? speech;
        source.put(sound);
        store.want(sound.segment.sha256, sound.segment.bytes, null);
        await truth.move(1_100);
      }
    };
    const at = (store: { has(sha256: Digest): boolean }) => here({ has: (name) => store.has(name) });

    it('keeps only so many, the oldest thrown out first, and never what an order needs', async () => {
      const made = await bench(new FakeDisk(), { bytes: 1_000_000, files: 2 });
      made.store.useToken('token');
      await prefetch(made, 0);
      made.store.want(digest(0), tones[0]?.segment.bytes ?? 0, made.truth.now() + HOUR);
      await prefetch(made, 1, 2, 3, 4);
      expect(at(made.store)).toEqual([0, 3, 4]);
      expect(made.disk.names().filter((name) => name.startsWith('shelf/'))).toHaveLength(3);
      const again = await bench(made.disk, { bytes: 1_000_000, files: 2 });
      again.store.useToken('token');
      await prefetch(again, 1, 2);
      expect(at(again.store)).toEqual([0, 1, 2]);
    });

    it('keeps only so many bytes, and what was named again lately longer', async () => {
      const made = await bench(new FakeDisk(), { bytes: 2.5 * Math.max(...tones.map(({ segment }) => segment.bytes)), files: 100 });
      made.store.useToken('token');
      await prefetch(made, 0, 1, 0, 2);
      expect(at(made.store)).toEqual([0, 2]);
    });

    it('waits for only so many: a gateway that names without end fills no memory', async () => {
      const made = await bench(new FakeDisk(), { bytes: 1_000_000, files: 2 });
      made.store.want(digest(0), tones[0]?.segment.bytes ?? 0, made.truth.now() + HOUR);
      for (const index of [1, 2, 3, 4]) made.store.want(digest(index), tones[index]?.segment.bytes ?? 0, null);
      for (const sound of tones) made.source.put(sound);
      made.store.useToken('token');
      await made.truth.move(2_000);
      expect(new Set(made.source.asked.map((asked) => asked.sha256))).toEqual(new Set([digest(0), digest(3), digest(4)]));
    });

    it('gives it all up for a sound that an order needs and the disk has no room for', async () => {
      const made = await bench();
      const shelf = made.disk.shelf();
      const put = made.disk.put.bind(made.disk);
      made.store.useToken('token');
      await prefetch(made, 0, 1);
      made.disk.put = async (name, content) => {
        if (await shelf.get(digest(0)) !== null) throw new Error('no space left on device');
        return put(name, content);
      };
      made.source.put(tones[2] ?? speech);
      made.store.want(digest(2), tones[2]?.segment.bytes ?? 0, made.truth.now() + HOUR);
      await made.truth.move(1_100);
      expect(at(made.store)).toEqual([2]);
    });
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
