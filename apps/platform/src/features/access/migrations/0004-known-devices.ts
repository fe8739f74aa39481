import type { Migration } from '../../../kernel/database';

/** Devices from which an account signed in before: a token of each as its SHA-256, and the mistakes made with it. */
export const knownDevices: Migration = {
  name: 'access/0004-known-devices',
  sql: `
    CREATE TABLE known_device (
      account       text NOT NULL REFERENCES account (account) ON DELETE CASCADE,
      hash          text NOT NULL,
      made_at       bigint NOT NULL,
      expires_at    bigint NOT NULL,
      -- Null until the token came back.
      used_at       bigint,
      -- An officer's code: a token of the device's own takes its place.
      once          boolean NOT NULL,
      failures      integer NOT NULL DEFAULT 0,
      failing_since bigint NOT NULL DEFAULT 0,
      PRIMARY KEY (account, hash)
    );
  `,
};
