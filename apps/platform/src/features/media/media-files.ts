import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { OnModuleInit } from '@nestjs/common';
import { LIMITS, digestSchema } from '#libs/contracts';
import { sha256Hex } from '#libs/suites';
import type { Clock } from '../../kernel/clock';
import { userError, type ClarionError } from '../../kernel/errors';
import type { RemovedMedia } from './media.store';

/** An upload that lies on the disk, complete and counted, not yet looked into. */
export interface ReceivedUpload {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * The content-addressed store: `media/ab/abcd...` is what terminals fetch, `media-originals/` what people sent, which
 * never leaves the server. A file under its final name is complete: written beside, synced, then renamed. What a crash
 * left half written is thrown away at the start, before anybody writes.
 */
export class MediaFiles implements OnModuleInit {
  private readonly media: string;
  private readonly originals: string;

  constructor(dataDir: string, private readonly clock: Pick<Clock, 'random'>) {
    this.media = path.join(dataDir, 'media');
    this.originals = path.join(dataDir, 'media-originals');
  }

  async onModuleInit(): Promise<void> {
    for (const folder of [this.media, this.originals]) {
      const names = await readdir(folder, { recursive: true }).catch(() => []);
      for (const name of names.filter((one) => one.endsWith('.part'))) await rm(path.join(folder, name), { force: true });
    }
  }

  /** Where a digest's file is or would be; refuses what is no digest, so that no name can leave the folder. */
  pathOf(sha256: string): string {
    return path.join(this.media, digestSchema.parse(sha256).slice(0, 2), sha256);
  }

  /** Size in bytes of a stored file; undefined when there is none. */
  async sizeOf(sha256: string): Promise<number | undefined> {
    return stat(this.pathOf(sha256)).then(({ size }) => size, () => undefined);
  }

  /** Stores bytes under their digest. Storing them again changes nothing. */
  async put(bytes: Uint8Array): Promise<string> {
    const sha256 = sha256Hex(bytes);
    const target = this.pathOf(sha256);
    if ((await this.sizeOf(sha256)) === bytes.length) return sha256;
    await mkdir(path.dirname(target), { recursive: true });
    const part = `${target}.${this.name()}.part`;
    const file = await open(part, 'wx', 0o644);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await moved(part, target);
    return sha256;
  }

  /** Takes an upload in as it comes. Refuses more than LIMITS.uploadBytes with PAYLOAD_TOO_LARGE and keeps nothing of it. */
  async receive(body: AsyncIterable<Uint8Array>): Promise<ReceivedUpload> {
    await mkdir(this.originals, { recursive: true, mode: 0o700 });
    const target = path.join(this.originals, `${this.name()}.part`);
    const hash = createHash('sha256');
    let bytes = 0;
    const file = await open(target, 'wx', 0o600);
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > LIMITS.uploadBytes) throw tooLarge();
        hash.update(chunk);
        await file.write(chunk);
      }
      await file.sync();
    } catch (cause) {
      await rm(target, { force: true });
      throw cause;
    } finally {
      await file.close();
    }
    return { file: target, bytes, sha256: hash.digest('hex') };
  }

  readUpload(upload: ReceivedUpload): Promise<Buffer> {
    return readFile(upload.file);
  }

  /** Keeps an upload as the original of a stored recording. */
  async keepOriginal(upload: ReceivedUpload): Promise<void> {
    const target = path.join(this.originals, upload.sha256);
    const known = await access(target, constants.F_OK).then(() => true, () => false);
    if (known) await rm(upload.file, { force: true });
    else await moved(upload.file, target);
  }

  /** Throws away a recording's file, and its original where one is named. */
  async remove({ sha256, originalSha256 }: RemovedMedia): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
    if (originalSha256 !== null) await rm(path.join(this.originals, digestSchema.parse(originalSha256)), { force: true });
  }

  async discard(upload: ReceivedUpload): Promise<void> {
    await rm(upload.file, { force: true });
  }

  private name(): string {
    return Buffer.from(this.clock.random(8)).toString('hex');
  }
}

export function tooLarge(): ClarionError {
  return userError('PAYLOAD_TOO_LARGE', `A recording may have ${LIMITS.uploadBytes} bytes at most.`);
}

/** A rename that a power cut cannot undo: the folder is synced too. */
async function moved(from: string, to: string): Promise<void> {
  await rename(from, to);
  const folder = await open(path.dirname(to), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
