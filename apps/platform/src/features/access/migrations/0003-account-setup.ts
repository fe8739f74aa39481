import type { Migration } from '../../../kernel/database';

/** Codes with which persons set their passwords, handed out by officers: one for an account at most, argon2id, over by themselves. */
export const accountSetup: Migration = {
  name: 'access/0003-account-setup',
  sql: `
    CREATE TABLE account_setup (
      account    text PRIMARY KEY REFERENCES account (account) ON DELETE CASCADE,
      hash       text NOT NULL,
      expires_at bigint NOT NULL
    );
  `,
};
