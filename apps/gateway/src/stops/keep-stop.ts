import { createHash } from 'node:crypto';
import { link, mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { stopIdSchema, type EnvelopeShape } from '#libs/contracts';
import type { Log } from '../log';
import { GATEWAY_LIMITS } from '../limits';
import { generalOf } from './general-stop';

const namedStopSchema = z.object({ stopId: stopIdSchema });

/** Who asked, in the file: on the socket nobody has a name; the signature in the envelope is the authority. */
const BY = 'gateway';

/** Single stops must not fill the folder against a stop of everything. */
const GENERAL_ROOM = 2;

/** What a stop's file holds, in the form that the STOP listener writes. */
export function stopFileText(stop: EnvelopeShape, notAfter: number, receivedAt: number): string {
  return JSON.stringify({ stop, notAfter, receivedAt: Math.trunc(receivedAt), by: BY });
}

/**
 * Puts a stop that came over the socket into `$CLARION_DATA/stops`, synced, so that it outlives this process and the
 * platform imports it. One that lies there already stays as it is: the STOP listener wrote it and knows who asked.
 * Never throws: a full disk or folder is reported, and must not keep terminals waiting.
 */
export class KeepStop {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly folder: string, private readonly log: Log, private readonly max: number = GATEWAY_LIMITS.stopsInForce) {}

  /** False when it is not on the disk. One at a time, so that the folder's bound holds. */
  run(stop: EnvelopeShape, text: string): Promise<boolean> {
    const next = this.last.then(() => this.write(nameOf(stop), text, this.max * (generalOf(stop) === null ? 1 : GENERAL_ROOM))).catch((cause: unknown) => {
      this.log.error({ code: 'STOP_FILE_UNWRITTEN', reason: String(cause) }, 'a stop is told but not kept: it is lost when this process ends');
      return false;
    });
    this.last = next;
    return next;
  }

  private async write(name: string, text: string, max: number): Promise<boolean> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const present = (await readdir(this.folder)).filter((entry) => entry.endsWith('.json'));
    if (present.includes(`${name}.json`)) return true;
    if (present.length >= max) throw new Error('STOPS_FULL');
    const part = path.join(this.folder, `.${name}.gateway.part`);
    await synced(part, 'w', text);
    try {
      // Not renamed: that would replace what the STOP listener may have written this moment.
      await link(part, path.join(this.folder, `${name}.json`)).catch((cause: unknown) => {
        if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
      });
    } finally {
      await rm(part, { force: true });
    }
    await synced(this.folder, 'r');
    return true;
  }
}

async function synced(file: string, flags: 'r' | 'w', text?: string): Promise<void> {
  const handle = await open(file, flags, 0o600);
  try {
    if (text !== undefined) await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The stop's own id, which the platform imports by; without one, a name that its content gives. */
function nameOf({ payload }: EnvelopeShape): string {
  const bytes = Buffer.from(payload, 'base64');
  try {
    const named = namedStopSchema.safeParse(JSON.parse(bytes.toString('utf8')));
    if (named.success) return named.data.stopId;
  } catch {
    // Not JSON: named by its content.
  }
  return createHash('sha256').update(bytes).digest('hex');
}
