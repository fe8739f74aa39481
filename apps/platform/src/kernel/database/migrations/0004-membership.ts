import type { Migration } from '../migrate';
import { APP_ROLE } from '../roles';

/**
 * Lets the owner step down to the run-time role, for sites that give one address only. Where somebody else made that
 * role, its maker has to grant it; opening the database says so.
 */
export const membership: Migration = {
  name: 'kernel/0004-membership',
  sql: `
    DO $$ BEGIN
      EXECUTE format('GRANT ${APP_ROLE} TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END $$;
  `,
};
