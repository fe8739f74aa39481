import { APP_ROLE, type Migration } from '../../../kernel/database';

/** Whose turn it is to speak, and what became of each voice. What was said stands in its signed blocks, not here. */
export const liveSession: Migration = {
  name: 'streaming/0001-live-session',
  sql: `
    CREATE TABLE live_session (
      stream       text PRIMARY KEY,
      message      uuid NOT NULL UNIQUE,
      digest       text NOT NULL,
      platform     text NOT NULL,
      author       text NOT NULL,
      areas        text[] NOT NULL,
      -- A turn that nobody takes up is free again from here on.
      claimed_until bigint NOT NULL,
      ends_at      bigint NOT NULL,
      dispatch     uuid,
      start_at     bigint,
      started_at   bigint,
      ended_at     bigint,
      ended        text,
      last_seq     bigint NOT NULL DEFAULT 0,
      refused      bigint NOT NULL DEFAULT 0
    );
    CREATE INDEX live_session_running ON live_session (ends_at) WHERE ended_at IS NULL;
    CREATE INDEX live_session_newest ON live_session (started_at DESC) WHERE started_at IS NOT NULL;
    REVOKE DELETE, TRUNCATE ON live_session FROM ${APP_ROLE};
  `,
};
