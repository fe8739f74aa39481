import { APP_ROLE, type Migration } from '../../../kernel/database';

/** What was tried, by cause: opened by events, handled by people, never deleted by the server. */
export const incidents: Migration = {
  name: 'monitoring/0001-incidents',
  sql: `
    CREATE TABLE incident (
      id             uuid PRIMARY KEY,
      platform       text NOT NULL,
      kind           text NOT NULL,
      cause          text NOT NULL,
      signer         text,
      state          text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'acknowledged', 'closed')),
      first_at       bigint NOT NULL,
      last_at        bigint NOT NULL,
      count          integer NOT NULL,
      terminals      text[] NOT NULL,
      witnesses      text[] NOT NULL,
      codes          text[] NOT NULL,
      subjects       text[] NOT NULL,
      key_ids        text[] NOT NULL,
      posture_until  bigint,
      handled_by     text,
      handled_at     bigint,
      note           text NOT NULL DEFAULT '',
      -- The outbox row that was counted last: one that is worked on twice counts once.
      last_batch     uuid NOT NULL
    );
    CREATE INDEX incident_cause ON incident (platform, kind, cause, last_at DESC);
    CREATE INDEX incident_newest ON incident (last_at DESC);
    REVOKE DELETE, TRUNCATE ON incident FROM ${APP_ROLE};
  `,
};
