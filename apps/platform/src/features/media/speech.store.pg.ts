import { lexiconEntrySchema, type LexiconEntry, type PersonId, type PlatformId } from '#libs/contracts';
import type { Database, Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { SpeechStore, SpokenMedia } from './speech.store';

interface SpeechRow {
  readonly sha256: string;
  readonly bytes: number;
  readonly duration_ms: number;
  readonly integrated_centi_lufs: number;
  readonly true_peak_centi_dbtp: number;
  readonly engine: string;
  readonly voice: string;
}

export class PgSpeechStore implements SpeechStore {
  constructor(private readonly database: Database) {}

  async made(_scope: Scope, key: string): Promise<SpokenMedia | undefined> {
    const [row] = await this.database.query<SpeechRow>(
      `SELECT m.sha256, m.bytes, m.duration_ms, m.integrated_centi_lufs, m.true_peak_centi_dbtp, s.engine, s.voice
         FROM speech s JOIN media m USING (sha256) WHERE s.key = $1`,
      [key],
    );
    if (row === undefined) return undefined;
    const media = {
      sha256: row.sha256, bytes: row.bytes, durationMs: row.duration_ms, originalSha256: null, originalBytes: 0,
      integratedCentiLufs: row.integrated_centi_lufs, truePeakCentiDbtp: row.true_peak_centi_dbtp,
    };
    return { media, engine: row.engine, voice: row.voice };
  }

  async remember(_scope: Scope, tx: Tx, key: string, { media, engine, voice }: SpokenMedia, at: number): Promise<void> {
    await tx.execute(
      `INSERT INTO speech (key, sha256, engine, voice, made_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (key) DO UPDATE SET sha256 = EXCLUDED.sha256, made_at = EXCLUDED.made_at`,
      [key, media.sha256, engine, voice, at],
    );
  }

  async lexicon(_scope: Scope, platforms: readonly PlatformId[]): Promise<readonly LexiconEntry[]> {
    const rows = await this.database.query<{ entry: unknown }>(
      'SELECT entry FROM lexicon_entry WHERE platform = ANY($1) ORDER BY array_position($1::text[], platform), written',
      [platforms],
    );
    return rows.map(({ entry }) => lexiconEntrySchema.parse(entry));
  }

  async writeLexicon(_scope: Scope, tx: Tx, platform: PlatformId, entries: readonly LexiconEntry[], by: { readonly person: PersonId; readonly at: number }): Promise<void> {
    await tx.execute('DELETE FROM lexicon_entry WHERE platform = $1', [platform]);
    await tx.execute(
      `INSERT INTO lexicon_entry (platform, written, entry, person, at)
       SELECT $1, e ->> 'written', e, $3, $4 FROM jsonb_array_elements($2::jsonb) AS e`,
      [platform, JSON.stringify(entries), by.person, by.at],
    );
  }
}
