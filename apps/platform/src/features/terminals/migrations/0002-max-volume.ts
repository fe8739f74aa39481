import type { Migration } from '../../../kernel/database';

/** The loudest a terminal shall be, as somebody asked for it; null: nobody did, and what was signed stands. */
export const maxVolume: Migration = {
  name: 'terminals/0002-max-volume',
  sql: `ALTER TABLE terminal ADD COLUMN max_volume text CHECK (max_volume IN ('low', 'normal', 'high', 'full'));`,
};
