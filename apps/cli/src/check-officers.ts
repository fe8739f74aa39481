import type { PlatformId } from '#libs/contracts';
import type { Signer } from '#libs/suites';
import { CliError, EXIT } from './cli-error';
import type { Context } from './command';
import { notAnOfficer, rosterInForce } from './roster-in-force';

/**
 * Refuses a key that is no officer's (NOT_AN_OFFICER), one key named twice, and fewer officers than the charter wants (OFFICERS_TOO_FEW).
 * Where the charter cannot be read now, what is signed goes out and the platform judges it.
 */
export async function checkOfficers(context: Context, platform: PlatformId, signers: readonly Signer[], usage: string): Promise<void> {
  const keys = new Set(signers.map(({ key }) => key.keyId)).size;
  const charter = await rosterInForce(context, platform).then((given) => given.charter, () => undefined);
  const stranger = charter === undefined ? undefined : signers.find(({ key }) => !charter.officers.some((officer) => officer.key.keyId === key.keyId));
  if (stranger !== undefined) throw notAnOfficer(stranger.key.keyId, platform);
  const threshold = charter?.threshold;
  if (keys === signers.length && keys >= (threshold ?? 1)) return;
  const fault = keys < signers.length ? 'the same key was named twice' : 'one officer signed';
  const needed = threshold === 2 || threshold === undefined ? 'two different officers are needed' : `${threshold} different officers are needed`;
  throw new CliError('OFFICERS_TOO_FEW', `${fault}; ${needed}: --key OFFICER_KEY_FILE, once for each / 需要不同的管理员各签一次\nUsage: ./clarion ${usage}`, EXIT.usage);
}
