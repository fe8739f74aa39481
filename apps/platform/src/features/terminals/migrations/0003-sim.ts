import type { Migration } from '../../../kernel/database';

/** The number of its SIM card (ICCID), where the district's tables name it; empty where they do not. */
export const sim: Migration = {
  name: 'terminals/0003-sim',
  sql: "ALTER TABLE terminal ADD COLUMN sim text NOT NULL DEFAULT '';",
};
