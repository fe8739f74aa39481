import type { Migration } from '../migrate';
import { APP_ROLE } from '../roles';

/** The two roles: who runs this owns everything; the run-time role gets rows, never tables. */
export const roles: Migration = {
  name: 'kernel/0001-roles',
  sql: `
    DO $$ BEGIN
      CREATE ROLE ${APP_ROLE} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$;
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO ${APP_ROLE};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${APP_ROLE};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${APP_ROLE};
    REVOKE ALL ON schema_migration FROM ${APP_ROLE};
    GRANT SELECT ON schema_migration TO ${APP_ROLE};
  `,
};
