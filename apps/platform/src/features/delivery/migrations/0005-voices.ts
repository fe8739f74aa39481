import { APP_ROLE, type Migration } from '../../../kernel/database';

/** What a terminal took of a living voice, as its last receipt says; null for what is recorded, and before the end. */
export const voices: Migration = {
  name: 'delivery/0005-voices',
  sql: `
    ALTER TABLE delivery ADD COLUMN voice_blocks bigint, ADD COLUMN voice_late bigint, ADD COLUMN voice_lost bigint;
    GRANT UPDATE (voice_blocks, voice_late, voice_lost) ON delivery TO ${APP_ROLE};
  `,
};
