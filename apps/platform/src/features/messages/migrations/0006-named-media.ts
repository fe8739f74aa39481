import type { Migration } from '../../../kernel/database';

/** Recordings that messages handed in before name: they stay as those of later ones do. */
export const namedMedia: Migration = {
  name: 'messages/0006-named-media',
  sql: `
    INSERT INTO media_reference (sha256, platform, subject)
    SELECT DISTINCT media.sha256, kept.platform, kept.id
      FROM (SELECT platform, id::text AS id, envelope FROM message
            UNION ALL SELECT m.platform, m.id::text, c.envelope FROM message_correction c JOIN message m ON m.id = c.message) kept,
           json_array_elements(convert_from(decode(kept.envelope::json->>'payload', 'base64'), 'UTF8')::json->'body'->'segments') segment
      JOIN media ON media.sha256 = segment->>'sha256';
  `,
};
