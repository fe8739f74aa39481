import { APP_ROLE, type Migration } from '../../../kernel/database';

/** Why an approved message did not go out when its time had come: the code of the refusal. */
export const notReleased: Migration = {
  name: 'messages/0003-not-released',
  sql: `
    ALTER TABLE message ADD COLUMN not_released text;
    GRANT UPDATE (not_released) ON message TO ${APP_ROLE};
  `,
};
