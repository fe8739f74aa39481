import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { FakeDisk } from '../../../../tests/support/terminal-agent/fake-disk';
import { tone } from '../../../../tests/support/terminal-agent/fake-media';
import { NOW } from '../../../../tests/support/trust-builder';
import { systemChance, systemClock } from '../../../terminal-agent/src/clock';
import { createFileShelf } from '../../../terminal-agent/src/hardware/file-shelf';
import { MediaStore } from '../../../terminal-agent/src/media/media-store';
import { RecentSounds } from '../../../terminal-agent/src/media/recent-sounds';
import { soundOf } from '../../../terminal-agent/src/media/sound-of';
import type { Family, Scene } from '../attack';
import { Bay } from '../bay';

const RACES = 1_000;
const DAY = 86_400_000;
const UNITS = 8;

/** Whoever writes in the terminal's media folder exchanges a file between its check and its play, a thousand times: not one wrong sample (T44). */
export const MEDIA_RACES: Family = {
  family: 'media exchanged between check and play', threat: 'T44 T43', where: 'agent',
  run: async (scene) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'clarion-red-'));
    try {
      await races(scene, folder);
      await wholeUnits(scene);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** Against the part that reads, on a real folder, with the file system's own races. */
async function races({ lab, tally, random, thin }: Scene, folder: string): Promise<void> {
  const { siren, speech } = new Bay(lab.world);
  const { sha256 } = siren.segment;
  const genuine = soundOf(sha256, siren.bytes);
  const file = path.join(folder, sha256);
  const aside = path.join(folder, 'aside');
  mkdirSync(aside);
  const foreign = path.join(aside, 'foreign');
  await writeFile(foreign, speech.bytes);
  const replaces: readonly (() => Promise<void>)[] = [
    () => writeFile(file, speech.bytes),
    () => truncate(file, random.int(siren.bytes.length)),
    () => writeFile(file, siren.bytes.map((byte, index) => (index === siren.bytes.length - 20 ? byte ^ 1 : byte))),
    async () => {
      await symlink(foreign, path.join(aside, 'link'));
      await rename(path.join(aside, 'link'), file);
    },
    async () => {
      await writeFile(path.join(aside, 'ready'), speech.bytes);
      await rename(path.join(aside, 'ready'), file);
    },
  ];
  const counts = { genuine: 0, refused: 0 };
  for (let race = 0; race < Math.max(20, Math.floor(RACES / thin)); race += 1) {
    const shelf = createFileShelf(folder);
    await rm(file, { force: true });
    await shelf.put(sha256, siren.bytes);
    const wrong: string[] = [];
    const store = await storeOn(shelf, sha256, siren.bytes.length, wrong);
    const index = random.int(replaces.length);
    const before = random.int(3);
    const [sound] = await Promise.all([turns(before === 0 ? random.int(4) : 0).then(() => store.open(sha256)), turns(random.int(6)).then(() => replaces[index]?.()).catch(() => undefined)]);
    const outcome = sound === null ? wrong.length > 0 ? 'REJ_MEDIA_DIGEST' : 'not there' : isDeepStrictEqual(sound, genuine) ? 'the genuine one' : 'play';
    counts[sound === null ? 'refused' : 'genuine'] += 1;
    tally.judged(`exchanged in way ${index + 1}`, outcome, ['REJ_MEDIA_DIGEST', 'not there', 'the genuine one']);
  }
  tally.control(`the races were real: ${counts.genuine} times the genuine sound was faster, ${counts.refused} times the thief`, counts.genuine > 0 && counts.refused > 0);
}

async function storeOn(shelf: ReturnType<typeof createFileShelf>, sha256: Parameters<MediaStore['open']>[0], bytes: number, wrong: string[]): Promise<MediaStore> {
  const disk = new FakeDisk();
  disk.overwrite('media', new TextEncoder().encode(JSON.stringify([{ sha256, bytes, keepUntil: NOW + DAY, approved: true }])));
  const store = new MediaStore(
    { clock: systemClock(), chance: systemChance(), disk, shelf, source: { fetch: () => Promise.resolve({ kind: 'cut' }) }, isRevoked: () => false, sounds: new RecentSounds(1), now: () => NOW },
    { onArrived: () => undefined, onFailed: () => undefined, onWrong: (digest) => { wrong.push(digest); } },
  );
  await store.load();
  return store;
}

/** Against whole terminals: the file is exchanged before the order, after it was taken, and while the power is off; what the card sounded is compared sample by sample. */
async function wholeUnits({ lab, tally, random, thin }: Scene): Promise<void> {
  const bay = new Bay(lab.world);
  const quiet = await bay.ready();
  await quiet.order((await bay.order(quiet, { repeats: 2 })).order);
  await quiet.truth.move(20_000);
  const genuine = new Set(quiet.starts().map(({ digest }) => digest));
  tally.control('undisturbed both repetitions sound alike', quiet.starts().length === 2 && genuine.size === 1 && !genuine.has(null));
  const foreign = tone(1_100, 3_000);
  const key = `shelf/${bay.speech.segment.sha256}`;
  for (let unit = 0; unit < Math.max(2, Math.floor(UNITS / thin)); unit += 1) {
    for (const when of ['before the order', 'after it was taken', 'while the power is off'] as const) {
      const terminal = await bay.ready({ seed: unit + 1 });
      const swap = (): void => { terminal.disk.overwrite(key, foreign.bytes); };
      if (when === 'before the order') {
        await terminal.order((await bay.order(terminal, { repeats: 1 })).order);
        await terminal.truth.move(10_000);
        swap();
      }
      await terminal.order((await bay.order(terminal, { repeats: 3 })).order);
      await terminal.truth.move(random.int(2_000));
      if (when !== 'before the order') swap();
      if (when === 'while the power is off') {
        terminal.crash();
        await terminal.truth.move(random.int(2_000));
        await terminal.boot();
        await terminal.goOnline();
      }
      await terminal.truth.move(30_000);
      const wrong = terminal.starts().filter(({ digest, job, endedAt, startedAt }) => (digest === null ? (endedAt ?? 0) - startedAt > 4_900 : job.fromFrame === 0 && !genuine.has(digest)));
      tally.judged(`exchanged ${when}`, wrong.length > 0 ? 'play' : 'no wrong sample', ['no wrong sample']);
      tally.control(`with a file exchanged ${when} the genuine sound is heard`, terminal.starts().some(({ digest }) => genuine.has(digest)));
    }
  }
}

/** Some turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
}
