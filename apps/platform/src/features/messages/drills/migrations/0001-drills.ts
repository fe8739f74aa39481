import { APP_ROLE, type Migration } from '../../../../kernel/database';

/** Planned drills. A plan never changes; it can be cancelled, once. */
export const drills: Migration = {
  name: 'drills/0001-drills',
  sql: `
    CREATE TABLE drill (
      id            uuid PRIMARY KEY,
      platform      text NOT NULL,
      plan          text NOT NULL,
      opens_at      bigint NOT NULL,
      closes_at     bigint NOT NULL CHECK (closes_at > opens_at),
      planned_by    text NOT NULL,
      planned_at    bigint NOT NULL,
      cancelled_by  text,
      cancelled_at  bigint
    );
    CREATE INDEX drill_platform ON drill (platform, planned_at DESC);
    CREATE INDEX drill_ahead ON drill (closes_at) WHERE cancelled_at IS NULL;
    REVOKE UPDATE, DELETE, TRUNCATE ON drill FROM ${APP_ROLE};
    GRANT UPDATE (cancelled_by, cancelled_at) ON drill TO ${APP_ROLE};
  `,
};
