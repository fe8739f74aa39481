import { createServer } from 'node:net';
import { readdirSync } from 'node:fs';
import os from 'node:os';
import { findFfmpeg } from '#libs/audio';
import { ChildWorkshop, hasChild, InlineWorkshop, type RecordingWorkshop } from '../../../platform/src/features/media/recording-workshop';
import { goodRecordings, hostileRecordings, type HostileRecording } from '../uploads/recordings';
import type { Family } from '../attack';

/** No file of these takes longer, on a machine that has other things to do. */
const PATIENCE_MS = 45_000;

/**
 * Recordings that are none, at the door where recordings come in: playlists, texts that name other files, other formats
 * under a right beginning, files cut off, and few bytes that stand for hours (T72, T38's decoder bombs). The door's own
 * workshop does the work, in its process with limits where the programs are compiled. Refused is right; besides, nobody is
 * connected to, nothing is left in the temporary folder, and a genuine recording is taken afterwards.
 */
export const HOSTILE_UPLOADS: Family = {
  family: 'hostile recordings at the upload door', threat: 'T38 T72', where: 'files',
  run: async ({ tally, random, thin, whole }) => {
    // The program that this machine has, as the server finds it; without one the formats that need it are refused as such.
    const ffmpeg = findFfmpeg({ bin: null, searchPath: SEARCH_PATH });
    const workshop: RecordingWorkshop = hasChild() ? new ChildWorkshop(undefined, undefined, ffmpeg) : new InlineWorkshop(ffmpeg);
    const before = leftovers();
    const listener = await listening();
    try {
      const all = hostileRecordings(listener.url, random, ffmpeg, whole);
      for (const one of all.filter((_, at) => at % Math.min(MOST_LEFT_OUT, thin) === 0)) tally.judged(one.name, await outcomeOf(workshop, one), one.codes);
      for (const { name, bytes } of goodRecordings(ffmpeg)) tally.control(`a genuine recording is taken: ${name}`, (await workshop.prepare(bytes)).ok);
    } finally {
      listener.close();
    }
    tally.control('nobody was connected to', listener.connections() === 0);
    tally.control('nothing is left in the temporary folder', leftovers() === before);
  },
};

/** Of so many one is tried when it must be quick. */
const MOST_LEFT_OUT = 12;
const SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin';

async function outcomeOf(workshop: RecordingWorkshop, { bytes }: HostileRecording): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const tired = new Promise<string>((resolve) => { timer = setTimeout(() => resolve('NO_ANSWER'), PATIENCE_MS); });
  try {
    return await Promise.race([workshop.prepare(bytes).then((answer) => (answer.ok ? 'ACCEPTED' : answer.code)), tired]);
  } catch (cause) {
    return cause instanceof Error && 'code' in cause ? String(cause.code) : 'UNEXPECTED';
  } finally {
    clearTimeout(timer);
  }
}

/** A server that nothing of this may ever reach. */
async function listening(): Promise<{ readonly url: string; readonly connections: () => number; readonly close: () => void }> {
  let connections = 0;
  const server = createServer((socket) => { connections += 1; socket.destroy(); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/sound.mp3`, connections: () => connections, close: () => { server.close(); } };
}

/** What ffmpeg's cache would leave, were it not nameless. */
function leftovers(): number {
  return readdirSync(os.tmpdir()).filter((name) => name.startsWith('ffcache')).length;
}
