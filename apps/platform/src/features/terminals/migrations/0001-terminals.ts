import { APP_ROLE, type Migration } from '../../../kernel/database';

/** Terminals, their enrolment, the signed assignments, presence as intervals and the latest health. */
export const terminals: Migration = {
  name: 'terminals/0001-terminals',
  sql: `
    CREATE TABLE assignment (
      place       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      platform    text NOT NULL,
      digest      text NOT NULL UNIQUE,
      envelope    text NOT NULL,
      accepted_at bigint NOT NULL,
      accepted_by text NOT NULL
    );
    REVOKE UPDATE, DELETE, TRUNCATE ON assignment FROM ${APP_ROLE};

    CREATE TABLE terminal (
      id                 text PRIMARY KEY,
      name               text NOT NULL,
      platform           text NOT NULL,
      area               text NOT NULL,
      physical_code      text NOT NULL UNIQUE,
      resource_code      text NOT NULL,
      latitude           double precision NOT NULL,
      longitude          double precision NOT NULL,
      horns              integer NOT NULL,
      households         integer NOT NULL,
      natural_village    text NOT NULL,
      state              text NOT NULL DEFAULT 'expected' CHECK (state IN ('expected', 'enrolled', 'assigned', 'retired')),
      claim_code_hash    text UNIQUE,
      claim_until        bigint NOT NULL,
      device_key_id      text UNIQUE,
      device_alg         text,
      device_spki        text,
      enrolled_at        bigint,
      assignment_version bigint NOT NULL DEFAULT 0,
      assignment         bigint REFERENCES assignment (place)
    );
    CREATE INDEX terminal_platform ON terminal (platform);

    CREATE TABLE terminal_presence (
      terminal text NOT NULL,
      gateway  text NOT NULL,
      address  text NOT NULL,
      since    bigint NOT NULL,
      until    bigint
    );
    CREATE UNIQUE INDEX terminal_presence_open ON terminal_presence (terminal) WHERE until IS NULL;
    CREATE INDEX terminal_presence_history ON terminal_presence (terminal, since);

    CREATE TABLE terminal_health (
      terminal text PRIMARY KEY,
      at       bigint NOT NULL,
      health   jsonb NOT NULL
    );
  `,
};
