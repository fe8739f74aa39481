import type { Migration } from '../../../kernel/database';

/** An id is its platform's own: nobody keeps another platform's isolate or restriction out by taking its id first. */
export const narrowingIds: Migration = {
  name: 'delivery/0004-narrowing-ids',
  sql: `
    ALTER TABLE isolate DROP CONSTRAINT isolate_pkey, ADD PRIMARY KEY (platform, id);
    ALTER TABLE restriction DROP CONSTRAINT restriction_pkey, ADD PRIMARY KEY (platform, id);
  `,
};
