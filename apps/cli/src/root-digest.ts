import { parseEnvelope, wordOf } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { CliError, EXIT } from './cli-error';
import { readInputJson } from './files';

const DIGEST = /^[0-9a-f]{64}$/;

/** What `--root` names: a root document's file, or its SHA-256 itself. Refuses (usage) FILE_NOT_ROOT. */
export function digestOfRoot(root: string): string {
  if (DIGEST.test(root)) return root;
  const parsed = parseEnvelope(readInputJson(root));
  if (!parsed.ok || wordOf(parsed.envelope.payloadType) !== 'root') throw new CliError('FILE_NOT_ROOT', `${root} is no root document`, EXIT.usage);
  return sha256Hex(parsed.payload);
}
