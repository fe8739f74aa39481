import { APP_ROLE, type Migration } from '../../../kernel/database';

/** Where each platform's log stands, and the heads that were signed. Leaves and their numbers are the kernel's tables. */
export const heads: Migration = {
  name: 'audit/0001-heads',
  sql: `
    CREATE INDEX audit_leaf_inserted ON audit_leaf (inserted_at);
    -- The frontier of the tree; can be made again from audit_sequence at any time.
    CREATE TABLE audit_tree (
      platform text PRIMARY KEY,
      size     bigint NOT NULL,
      peaks    text[] NOT NULL
    );
    CREATE TABLE audit_head (
      platform  text NOT NULL,
      tree_size bigint NOT NULL,
      root_hash text NOT NULL,
      at        bigint NOT NULL,
      envelope  text NOT NULL,
      PRIMARY KEY (platform, tree_size)
    );
    REVOKE UPDATE, DELETE, TRUNCATE ON audit_head FROM ${APP_ROLE};
  `,
};
