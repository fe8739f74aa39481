import type { Migration } from '../../../kernel/database';

/** Which alarms about papers that end have been told; a row is one alarm, from its beginning to its end. */
export const endingPapers: Migration = {
  name: 'authority/0004-ending-papers',
  sql: `
    CREATE TABLE ending_papers (
      platform text NOT NULL,
      cause    text NOT NULL,
      since    bigint NOT NULL,
      PRIMARY KEY (platform, cause)
    );
  `,
};
