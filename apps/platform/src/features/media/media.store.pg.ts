import { digestSchema, type MediaHoldings, type MediaView, type SegmentRole, type SoundView } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { Holder, MediaStore, RemovedMedia, StoredMedia, UsableMedia } from './media.store';

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

interface HoldingRow extends Omit<SoundRow, 'id' | 'role'> {
  readonly role: SegmentRole;
  readonly original_bytes: number;
  readonly at: string;
  readonly named: string;
}

export class PgMediaStore implements MediaStore {
  constructor(private readonly database: Database) {}

  async keep(_scope: Scope, tx: Tx, media: StoredMedia, holder: Holder): Promise<MediaView> {
    await insertMedia(tx, media, holder.at);
    await tx.execute(
      `INSERT INTO media_holder (sha256, platform, role, name, person, at) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (sha256, platform) DO UPDATE SET role = EXCLUDED.role, name = EXCLUDED.name, at = EXCLUDED.at`,
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
    await insertMedia(tx, { ...sound, originalSha256: null, originalBytes: 0 }, at);
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

  async refer(_scope: Scope, tx: Tx, platform: string, subject: string, sha256s: readonly string[]): Promise<void> {
    await tx.execute(
      `INSERT INTO media_reference (sha256, platform, subject)
       SELECT sha256, $2, $3 FROM media WHERE sha256 = ANY($1) ON CONFLICT DO NOTHING`,
      [sha256s, platform, subject],
    );
  }

  async usedBytes(_scope: Scope, platform: string): Promise<number> {
    const [row] = await this.database.query<{ used: string }>(
      'SELECT coalesce(sum(m.bytes + m.original_bytes), 0) AS used FROM media m JOIN media_holder h USING (sha256) WHERE h.platform = $1', [platform],
    );
    return Number(row?.used ?? 0);
  }

  async holdings(_scope: Scope, platform: string, count: number): Promise<MediaHoldings['recordings']> {
    const rows = await this.database.query<HoldingRow>(
      `SELECT m.sha256, m.bytes, m.duration_ms, m.integrated_centi_lufs, m.true_peak_centi_dbtp, m.original_bytes, h.role, h.name, h.at,
              (SELECT count(*) FROM media_reference r WHERE r.sha256 = m.sha256 AND r.platform = h.platform) AS named
         FROM media m JOIN media_holder h USING (sha256) WHERE h.platform = $1 ORDER BY h.at DESC, m.sha256 LIMIT $2`,
      [platform, count],
    );
    return rows.map((row) => ({
      sha256: digestSchema.parse(row.sha256), bytes: row.bytes, durationMs: row.duration_ms, role: row.role, name: row.name,
      integratedCentiLufs: row.integrated_centi_lufs, truePeakCentiDbtp: row.true_peak_centi_dbtp,
      at: Number(row.at), originalBytes: row.original_bytes, named: Number(row.named),
    }));
  }

  async release(_scope: Scope, tx: Tx, platform: string, sha256: string): Promise<'released' | 'named' | 'unknown'> {
    const held = await tx.query('SELECT 1 FROM media_holder WHERE sha256 = $1 AND platform = $2 FOR UPDATE', [sha256, platform]);
    if (held.length === 0) return 'unknown';
    const named = await tx.query('SELECT 1 FROM media_reference WHERE sha256 = $1 AND platform = $2 LIMIT 1', [sha256, platform]);
    if (named.length > 0) return 'named';
    await tx.execute('DELETE FROM media_holder WHERE sha256 = $1 AND platform = $2', [sha256, platform]);
    return 'released';
  }

  async takeUnnamed(tx: Tx, before: number, most: number): Promise<readonly RemovedMedia[]> {
    const unnamed = await tx.query<{ sha256: string }>(
      `SELECT sha256 FROM media
        WHERE stored_at < $1
          AND NOT EXISTS (SELECT 1 FROM sound s WHERE s.sha256 = media.sha256)
          AND NOT EXISTS (SELECT 1 FROM media_reference r WHERE r.sha256 = media.sha256)
          AND NOT EXISTS (SELECT 1 FROM media_holder h WHERE h.sha256 = media.sha256 AND h.at >= $1)
        ORDER BY stored_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
      [before, most],
    );
    const sha256s = unnamed.map(({ sha256 }) => sha256);
    await tx.execute('DELETE FROM speech WHERE sha256 = ANY($1)', [sha256s]);
    await tx.execute('DELETE FROM media_holder WHERE sha256 = ANY($1)', [sha256s]);
    const removed = await tx.query<{ sha256: string; original_sha256: string | null }>('DELETE FROM media WHERE sha256 = ANY($1) RETURNING sha256, original_sha256', [sha256s]);
    const kept = await tx.query<{ original_sha256: string }>('SELECT original_sha256 FROM media WHERE original_sha256 = ANY($1)', [removed.map((one) => one.original_sha256)]);
    return removed.map((one) => ({ sha256: one.sha256, originalSha256: kept.some((other) => other.original_sha256 === one.original_sha256) ? null : one.original_sha256 }));
  }
}

async function insertMedia(tx: Tx, media: StoredMedia, at: number): Promise<void> {
  await tx.execute(
    `INSERT INTO media (sha256, bytes, duration_ms, integrated_centi_lufs, true_peak_centi_dbtp, original_sha256, original_bytes, stored_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (sha256) DO NOTHING`,
    [media.sha256, media.bytes, media.durationMs, media.integratedCentiLufs, media.truePeakCentiDbtp, media.originalSha256, media.originalBytes, at],
  );
}
