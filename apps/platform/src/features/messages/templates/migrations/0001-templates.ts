import { APP_ROLE, type Migration } from '../../../../kernel/database';

/** What people wrote, version by version, never changed; and which version each platform uses. What ships is in policy/templates. */
export const templates: Migration = {
  name: 'templates/0001-templates',
  sql: `
    CREATE TABLE template_version (
      platform    text NOT NULL,
      id          text NOT NULL,
      version     integer NOT NULL CHECK (version >= 1),
      body        text NOT NULL,
      written_by  text NOT NULL,
      written_at  bigint NOT NULL,
      PRIMARY KEY (platform, id, version)
    );
    CREATE TABLE template_use (
      platform    text NOT NULL,
      id          text NOT NULL,
      version     integer CHECK (version >= 1),
      changed_by  text NOT NULL,
      changed_at  bigint NOT NULL,
      PRIMARY KEY (platform, id)
    );
    REVOKE UPDATE, DELETE, TRUNCATE ON template_version FROM ${APP_ROLE};
  `,
};
