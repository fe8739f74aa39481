import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { envelopeSchema, stopIdSchema, unixMsSchema, type StopId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { errorCode, userError } from '../kernel/errors';

/** Below CLARION_DATA. A stop stands here before anybody is told of it; the gateway and the API server both read it. */
export const STOP_FOLDER = 'stops';
const MAX_BYTES = 262_144;
/** Parts written by this process: two never share a name. */
let written = 0;

export const stopFileSchema = z.strictObject({
  stop: envelopeSchema,
  notAfter: unixMsSchema,
  receivedAt: unixMsSchema,
  /** Account or person that asked for it. */
  by: z.string().min(1).max(64),
});
export type StopFile = z.infer<typeof stopFileSchema>;

/**
 * Writes a stop so that no power cut can take it back: a file beside, synced, linked under its name, the folder synced.
 * The same stop again changes nothing. Throws STOP_ID_TAKEN when another one lies under this id: who may stop a village
 * must not make the district's stop disappear by giving his the same id.
 */
export async function writeStopFile(dataDir: string, id: StopId, content: { readonly stop: Envelope; readonly notAfter: number; readonly receivedAt: number; readonly by: string }): Promise<void> {
  const folder = path.join(dataDir, STOP_FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const target = path.join(folder, `${id}.json`);
  const part = path.join(folder, `.${id}.${process.pid}.${++written}.part`);
  const file = await open(part, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify(content));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(part, target);
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') throw cause;
    const before = await readStopFile(dataDir, id);
    if (before === undefined) await rename(part, target);
    else if (before.stop.payload !== content.stop.payload) throw userError('STOP_ID_TAKEN', 'Another stop has this id; sign a new one.', { status: 409 });
  } finally {
    await rm(part, { force: true });
  }
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Ids of the stops that lie there, oldest first. */
export async function listStopFiles(dataDir: string): Promise<readonly StopId[]> {
  const names = await readdir(path.join(dataDir, STOP_FOLDER)).catch(() => []);
  return names.flatMap((name) => {
    const id = stopIdSchema.safeParse(name.replace(/\.json$/, ''));
    return name.endsWith('.json') && id.success ? [id.data] : [];
  }).sort();
}

/** The content of one; undefined when it is gone, too large or not of this form. Throws what the disk says otherwise. */
export async function readStopFile(dataDir: string, id: StopId): Promise<StopFile | undefined> {
  const file = path.join(dataDir, STOP_FOLDER, `${id}.json`);
  try {
    if ((await stat(file)).size > MAX_BYTES) return undefined;
    const parsed = stopFileSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError || errorCode(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

export async function removeStopFile(dataDir: string, id: StopId): Promise<void> {
  await rm(path.join(dataDir, STOP_FOLDER, `${id}.json`), { force: true });
}
