import type { Migration } from '../../../kernel/database';

/** A correction that a stop cut off may be consented to once more, so a message's subject is not unique any longer. */
export const consentsAgain: Migration = {
  name: 'dispatch/0003-consents-again',
  sql: `
    ALTER TABLE consent DROP CONSTRAINT consent_message_subject_key;
    CREATE INDEX consent_subject ON consent (message, subject);
  `,
};
