import type { Migration } from '../migrate';
import { APP_ROLE } from '../roles';

/**
 * Audit leaves, inserted in the transaction of the change they tell of. The sequencer (features/audit) gives each its
 * number and hash in audit_sequence, so a leaf itself is never updated. Names, phones and texts stand only in
 * audit_person_detail: erasing a person deletes rows there and leaves every hash valid.
 */
export const audit: Migration = {
  name: 'kernel/0003-audit',
  sql: `
    CREATE TABLE audit_leaf (
      id          uuid PRIMARY KEY,
      platform    text NOT NULL,
      kind        text NOT NULL,
      subject     text NOT NULL,
      -- Canonical JSON: the leaf hash is over exactly these characters (jsonb would not keep them).
      body        text NOT NULL,
      inserted_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX audit_leaf_subject ON audit_leaf (platform, subject);

    CREATE TABLE audit_sequence (
      platform  text NOT NULL,
      seq       bigint NOT NULL,
      leaf_id   uuid NOT NULL UNIQUE REFERENCES audit_leaf (id),
      leaf_hash bytea NOT NULL,
      PRIMARY KEY (platform, seq)
    );

    CREATE TABLE audit_person_detail (
      leaf_id uuid NOT NULL REFERENCES audit_leaf (id),
      field   text NOT NULL,
      salt    bytea NOT NULL,
      value   text NOT NULL,
      PRIMARY KEY (leaf_id, field)
    );

    REVOKE UPDATE, DELETE, TRUNCATE ON audit_leaf, audit_sequence FROM ${APP_ROLE};
    REVOKE UPDATE, TRUNCATE ON audit_person_detail FROM ${APP_ROLE};
  `,
};
