import { APP_ROLE, type Migration } from '../../../kernel/database';

/**
 * Messages and what was signed over them. The envelopes are the truth and are verified again before anything follows;
 * the columns beside them only find rows. What was submitted can change nowhere: the running server has no right to
 * update it, and a trigger stops the owner's slip. Author and approver differ by a CHECK that no code can forget.
 */
export const messages: Migration = {
  name: 'messages/0001-messages',
  sql: `
    CREATE TABLE message (
      id            uuid PRIMARY KEY,
      digest        text NOT NULL UNIQUE CHECK (digest ~ '^[0-9a-f]{64}$'),
      platform      text NOT NULL,
      author        text NOT NULL,
      class         text NOT NULL,
      mode          text NOT NULL,
      envelope      text NOT NULL,
      submitted_at  bigint NOT NULL,
      not_before    bigint NOT NULL,
      not_after     bigint NOT NULL,
      hold          boolean NOT NULL,
      state         text NOT NULL DEFAULT 'submitted'
                    CHECK (state IN ('submitted', 'returned', 'withdrawn', 'approved', 'dispatched', 'completed', 'stopped', 'expired')),
      approved_at   bigint,
      changed_at    bigint NOT NULL,
      version       integer NOT NULL DEFAULT 1,
      UNIQUE (id, author)
    );
    CREATE INDEX message_platform ON message (platform, submitted_at DESC);
    CREATE INDEX message_open ON message (not_after) WHERE state IN ('submitted', 'approved', 'dispatched');

    CREATE TABLE approval (
      message         uuid NOT NULL,
      author          text NOT NULL,
      person          text NOT NULL,
      step            text NOT NULL,
      decision        text NOT NULL CHECK (decision IN ('approve', 'return')),
      payload_digest  text NOT NULL,
      envelope        text NOT NULL,
      received_at     bigint NOT NULL,
      CONSTRAINT approval_once_per_person PRIMARY KEY (message, person),
      CONSTRAINT approval_of_message FOREIGN KEY (message, author) REFERENCES message (id, author),
      CONSTRAINT approval_not_by_author CHECK (person <> author)
    );

    CREATE FUNCTION message_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'what was submitted does not change' USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER message_frozen BEFORE UPDATE OF id, digest, platform, author, class, mode, envelope, submitted_at, not_before, not_after, hold
      ON message FOR EACH ROW EXECUTE FUNCTION message_is_frozen();
    CREATE TRIGGER approval_frozen BEFORE UPDATE ON approval FOR EACH ROW EXECUTE FUNCTION message_is_frozen();

    REVOKE UPDATE, DELETE, TRUNCATE ON message, approval FROM ${APP_ROLE};
    GRANT UPDATE (state, approved_at, changed_at, version) ON message TO ${APP_ROLE};
  `,
};
