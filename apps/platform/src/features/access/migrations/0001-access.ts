import type { Migration } from '../../../kernel/database';

/** Who may sign in, the sessions that are open, and the failures that slow guessing down. */
export const access: Migration = {
  name: 'access/0001-access',
  sql: `
    CREATE TABLE account (
      account       text PRIMARY KEY,
      platform      text NOT NULL,
      person        text NOT NULL,
      title         text NOT NULL,
      password_hash text NOT NULL,
      -- Roles and tier of the person in the roster in force; authority writes them when a roster is accepted.
      tier          text NOT NULL,
      roles         text[] NOT NULL DEFAULT '{}'
    );
    CREATE INDEX account_person ON account (platform, person);

    CREATE TABLE session (
      id         uuid PRIMARY KEY,
      account    text NOT NULL REFERENCES account (account) ON DELETE CASCADE,
      issued_at  timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      ended_at   timestamptz
    );
    CREATE INDEX session_account ON session (account);

    CREATE TABLE sign_in_attempts (
      account         text NOT NULL,
      address         text NOT NULL,
      failures        integer NOT NULL DEFAULT 0,
      last_failure_at bigint NOT NULL DEFAULT 0,
      last_success_at bigint NOT NULL DEFAULT 0,
      PRIMARY KEY (account, address)
    );
    -- Failures of an account from addresses it never signed in from, by the hour they fell into.
    CREATE TABLE sign_in_stranger_failures (
      account  text NOT NULL,
      hour     bigint NOT NULL,
      failures integer NOT NULL,
      PRIMARY KEY (account, hour)
    );
  `,
};
