import { Inject, Injectable } from '@nestjs/common';
import type { SegmentRole, UploadAnswer } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import type { Config } from '../../kernel/config';
import type { Transactions, Tx } from '../../kernel/database';
import { operationalError, userError } from '../../kernel/errors';
import { withIdempotency, type BytesCall } from '../../kernel/http';
import { Leaves } from '../../kernel/leaf';
import { CLOCK, CONFIG, TRANSACTIONS } from '../../kernel/tokens';
import { scopeOf, type Principal } from '../access';
import { MediaFiles, type ReceivedUpload } from './media-files';
import { MEDIA_STORE, type MediaStore } from './media.store';
import type { PreparedUpload } from './prepare-recording';
import { RECORDING_WORKSHOP, type RecordingWorkshop } from './recording-workshop';
import { TurnQueue } from './turn-queue';

const MEBIBYTE = 1_048_576;

/** What the person says the recording is. */
export interface UploadWords {
  readonly role: SegmentRole;
  readonly name: string;
}

/**
 * Takes a recording in: reads it, levels it for the horns, encodes it, stores it under the digest of the result. The
 * same recording again is the same media. What waits lies on the disk and is read when its turn has come. Refuses with
 * AUDIO_*, AUDIO_BUSY, MEDIA_QUOTA, PAYLOAD_TOO_LARGE and IDEMPOTENCY_KEY_REUSED, and keeps no original and no row then.
 */
@Injectable()
export class StoreUpload {
  private readonly queue = new TurnQueue<PreparedUpload>(() => operationalError('AUDIO_BUSY', 'Too many recordings wait to be prepared. Try again in a moment.'));

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(TRANSACTIONS) private readonly transactions: Transactions,
    @Inject(MEDIA_STORE) private readonly store: MediaStore,
    @Inject(RECORDING_WORKSHOP) private readonly workshop: RecordingWorkshop,
    private readonly files: MediaFiles,
    private readonly leaves: Leaves,
  ) {}

  async run(principal: Principal, callOf: BytesCall, body: AsyncIterable<Uint8Array>, words: UploadWords): Promise<UploadAnswer> {
    const upload = await this.files.receive(body);
    try {
      await this.room(principal, upload);
      const prepared = await this.queue.run(upload.sha256, () => this.prepared(upload));
      // Before the row that names it; without one the file is nobody's.
      await this.files.put(prepared.bytes);
      const view = await this.transactions.run((tx) => withIdempotency(tx, this.clock, principal.account, callOf(upload.sha256), () => this.keep(tx, principal, upload, prepared, words)));
      // Again, for in between it may have been thrown away as one that nothing names.
      await this.files.put(prepared.bytes);
      // After it, so that what is refused leaves none; when power fails in between, the same upload sent again brings it.
      await this.files.keepOriginal(upload);
      return view;
    } finally {
      // Gone already when it was kept as the original.
      await this.files.discard(upload);
    }
  }

  private async room(principal: Principal, upload: ReceivedUpload): Promise<void> {
    const used = await this.store.usedBytes(scopeOf(principal), principal.platform);
    if (used + upload.bytes <= this.config.mediaQuotaBytes) return;
    const mebibytes = (bytes: number): number => Math.ceil(bytes / MEBIBYTE);
    throw userError('MEDIA_QUOTA', `The platform holds ${mebibytes(used)} of ${mebibytes(this.config.mediaQuotaBytes)} MiB of recordings, and this one has ${mebibytes(upload.bytes)}. Give up some that no message names, or have the quota raised (CLARION_MEDIA_QUOTA_MIB).`, { status: 413 });
  }

  private async keep(tx: Tx, principal: Principal, upload: ReceivedUpload, prepared: PreparedUpload, words: UploadWords): Promise<UploadAnswer> {
    const at = Math.trunc(this.clock.now());
    const view = await this.store.keep(
      scopeOf(principal), tx,
      { ...prepared, bytes: prepared.bytes.length, originalSha256: upload.sha256, originalBytes: upload.bytes },
      { platform: principal.platform, person: principal.person, role: words.role, name: words.name, at },
    );
    await this.leaves.insert(tx, {
      platform: principal.platform, kind: 'media.stored', subject: prepared.sha256,
      facts: { original: upload.sha256, person: principal.person, durationMs: prepared.durationMs }, details: { name: words.name },
    });
    return { ...view, checks: prepared.checks };
  }

  private async prepared(upload: ReceivedUpload): Promise<PreparedUpload> {
    const answer = await this.workshop.prepare(await this.files.readUpload(upload));
    if (!answer.ok) throw userError(answer.code, answer.sentence);
    return answer;
  }
}
