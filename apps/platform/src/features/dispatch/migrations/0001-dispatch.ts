import { APP_ROLE, type Migration } from '../../../kernel/database';

/**
 * What the dispatchers bound, and one delivery row per terminal. A sequence number is taken by an upsert in the
 * transaction of its dispatch, so numbers have no gaps and none is used twice (UNIQUE holds what code might forget).
 */
export const dispatch: Migration = {
  name: 'dispatch/0001-dispatch',
  sql: `
    CREATE TABLE dispatch_sequence (
      platform text NOT NULL,
      epoch    bigint NOT NULL,
      seq      bigint NOT NULL,
      PRIMARY KEY (platform, epoch)
    );
    CREATE TABLE dispatch (
      id              uuid PRIMARY KEY,
      message         uuid NOT NULL REFERENCES message (id),
      message_digest  text NOT NULL,
      platform        text NOT NULL,
      epoch           bigint NOT NULL,
      seq             bigint NOT NULL,
      payload_digest  text NOT NULL UNIQUE,
      -- {dispatch, message, approvals} as it goes out, byte for byte.
      order_text      text NOT NULL,
      start_at        bigint NOT NULL,
      not_after       bigint NOT NULL,
      max_duration_ms bigint NOT NULL,
      repeats         integer NOT NULL,
      issued_at       bigint NOT NULL,
      UNIQUE (platform, epoch, seq)
    );
    CREATE INDEX dispatch_message ON dispatch (message);
    CREATE INDEX dispatch_window ON dispatch (not_after);

    CREATE TABLE delivery (
      dispatch            uuid NOT NULL REFERENCES dispatch (id),
      terminal            text NOT NULL,
      message             uuid NOT NULL,
      platform            text NOT NULL,
      state               text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'acked', 'audible', 'done', 'failed')),
      reason              text,
      refusal             text,
      repetition          integer NOT NULL DEFAULT 0,
      counter             bigint,
      online_at_dispatch  boolean NOT NULL,
      pushes              integer NOT NULL DEFAULT 0,
      sent_at             bigint,
      last_push_at        bigint,
      acked_at            bigint,
      audible_at          bigint,
      done_at             bigint,
      received_at         bigint,
      -- A later dispatch of the same message to the same terminal took its place.
      superseded          boolean NOT NULL DEFAULT false,
      PRIMARY KEY (dispatch, terminal)
    );
    CREATE INDEX delivery_message ON delivery (message);
    CREATE INDEX delivery_open ON delivery (terminal) WHERE state NOT IN ('done', 'failed');
    CREATE INDEX delivery_terminal ON delivery (terminal, dispatch);

    CREATE TABLE stop (
      id           uuid PRIMARY KEY,
      platform     text NOT NULL,
      area         text NOT NULL,
      everything   boolean NOT NULL,
      digests      text[] NOT NULL,
      issued_at    bigint NOT NULL,
      not_after    bigint NOT NULL,
      envelope     text NOT NULL,
      requested_by text NOT NULL,
      recorded_at  bigint NOT NULL
    );
    CREATE INDEX stop_window ON stop (not_after);

    REVOKE UPDATE, DELETE, TRUNCATE ON dispatch, stop FROM ${APP_ROLE};
    REVOKE DELETE, TRUNCATE ON delivery, dispatch_sequence FROM ${APP_ROLE};
  `,
};
