import type { MediaView, SoundView } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { Holder, MediaStore, StoredMedia, UsableMedia } from './media.store';

interface SoundRow {
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly duration_ms: number;
  readonly integrated_centi_lufs: number;
  readonly true_peak_centi_dbtp: number;
  readonly role: SoundView['role'];
  readonly name: string;
}

export class PgMediaStore implements MediaStore {
  constructor(private readonly database: Database) {}

  async keep(_scope: Scope, tx: Tx, media: StoredMedia, holder: Holder): Promise<MediaView> {
    await insertMedia(tx, media, holder.at);
    await tx.execute(
      `INSERT INTO media_holder (sha256, platform, role, name, person, at) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (sha256, platform) DO UPDATE SET role = EXCLUDED.role, name = EXCLUDED.name`,
      [media.sha256, holder.platform, holder.role, holder.name, holder.person, holder.at],
    );
    return {
      sha256: media.sha256 as MediaView['sha256'],
      bytes: media.bytes,
      durationMs: media.durationMs,
      role: holder.role,
      name: holder.name,
      integratedCentiLufs: media.integratedCentiLufs,
      truePeakCentiDbtp: media.truePeakCentiDbtp,
    };
  }

  async keepSound(tx: Tx, sound: SoundView, at: number): Promise<void> {
    await insertMedia(tx, { ...sound, originalSha256: null }, at);
    await tx.execute(
      `INSERT INTO sound (id, sha256, role, name) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET sha256 = EXCLUDED.sha256, role = EXCLUDED.role, name = EXCLUDED.name`,
      [sound.id, sound.sha256, sound.role, sound.name],
    );
  }

  async sounds(): Promise<readonly SoundView[]> {
    const rows = await this.database.query<SoundRow>(
      `SELECT s.id, s.sha256, m.bytes, m.duration_ms, m.integrated_centi_lufs, m.true_peak_centi_dbtp, s.role, s.name
         FROM sound s JOIN media m USING (sha256) ORDER BY s.id`,
    );
    return rows.map((row) => ({
      id: row.id,
      sha256: row.sha256 as SoundView['sha256'],
      bytes: row.bytes,
      durationMs: row.duration_ms,
      role: row.role,
      name: row.name,
      integratedCentiLufs: row.integrated_centi_lufs,
      truePeakCentiDbtp: row.true_peak_centi_dbtp,
    }));
  }

  async usable(scope: Scope, sha256s: readonly string[]): Promise<readonly UsableMedia[]> {
    const rows = await this.database.query<{ sha256: string; bytes: number; duration_ms: number }>(
      `SELECT sha256, bytes, duration_ms FROM media
        WHERE sha256 = ANY($1)
          AND (EXISTS (SELECT 1 FROM sound s WHERE s.sha256 = media.sha256)
            OR EXISTS (SELECT 1 FROM media_holder h WHERE h.sha256 = media.sha256 AND ($2::text[] IS NULL OR h.platform = ANY($2))))`,
      [sha256s, scope.platforms],
    );
    return rows.map((row) => ({ sha256: row.sha256, bytes: row.bytes, durationMs: row.duration_ms }));
  }
}

async function insertMedia(tx: Tx, media: StoredMedia, at: number): Promise<void> {
  await tx.execute(
    `INSERT INTO media (sha256, bytes, duration_ms, integrated_centi_lufs, true_peak_centi_dbtp, original_sha256, stored_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (sha256) DO NOTHING`,
    [media.sha256, media.bytes, media.durationMs, media.integratedCentiLufs, media.truePeakCentiDbtp, media.originalSha256, at],
  );
}
