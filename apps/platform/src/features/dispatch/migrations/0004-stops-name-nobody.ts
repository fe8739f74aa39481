import type { Migration } from '../../../kernel/database';

/** Who asked for a stop stands in the side table beside its audit leaf, from where a person can be erased, and nowhere else. */
export const stopsNameNobody: Migration = {
  name: 'dispatch/0004-stops-name-nobody',
  sql: 'ALTER TABLE stop DROP COLUMN requested_by;',
};
