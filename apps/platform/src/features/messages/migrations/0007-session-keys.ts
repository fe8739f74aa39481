import type { Migration } from '../../../kernel/database';

/** The key of a living voice: thrown away behind it, so no platform sees it twice. Null for what is recorded. */
export const sessionKeys: Migration = {
  name: 'messages/0007-session-keys',
  sql: `
    ALTER TABLE message ADD COLUMN session_key text;
    CREATE UNIQUE INDEX message_session_key ON message (session_key) WHERE session_key IS NOT NULL;
  `,
};
