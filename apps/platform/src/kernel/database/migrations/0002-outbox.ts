import type { Migration } from '../migrate';

/** What has to happen after a commit, and the answers kept for idempotency keys. */
export const outbox: Migration = {
  name: 'kernel/0002-outbox',
  sql: `
    CREATE TABLE outbox (
      id           uuid PRIMARY KEY,
      topic        text NOT NULL,
      payload      jsonb NOT NULL,
      state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done')),
      lease_until  timestamptz,
      attempts     integer NOT NULL DEFAULT 0,
      last_error   text,
      created_at   timestamptz NOT NULL DEFAULT now(),
      due_at       timestamptz NOT NULL DEFAULT now(),
      done_at      timestamptz
    );
    CREATE INDEX outbox_waiting ON outbox (topic, due_at, id) WHERE state = 'waiting';
    CREATE INDEX outbox_done ON outbox (done_at) WHERE state = 'done';

    CREATE TABLE idempotent_answer (
      principal    text NOT NULL,
      key          text NOT NULL,
      body_digest  bytea NOT NULL,
      status       integer,
      answer       jsonb,
      created_at   timestamptz NOT NULL,
      PRIMARY KEY (principal, key)
    );
    CREATE INDEX idempotent_answer_age ON idempotent_answer (created_at);
  `,
};
