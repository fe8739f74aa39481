import type { Migration } from '../../../kernel/database';

/** A request that an officer turned down stays for its person to read why. */
export const refusedRequests: Migration = {
  name: 'authority/0005-refused-requests',
  sql: `
    ALTER TABLE key_request
      ADD COLUMN refused_at     bigint,
      ADD COLUMN refused_by     text,
      ADD COLUMN refused_reason text;
  `,
};
