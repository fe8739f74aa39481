import { documentsAnswerSchema, envelopeSchema, platformIdSchema, rosterSchema, type PlatformId, type Roster } from '#libs/contracts';
import { documentDifference, sayQuiet, sayVolume } from '#libs/domain';
import { encodePayload } from '#libs/envelope';
import { signEnvelope, type Signer } from '#libs/suites';
import type { TrustState } from '#libs/trust';
import { openSigners } from '../ceremony/open-signers';
import { CliError, EXIT } from '../cli-error';
import { readArgs, readWord, type Command, type Context } from '../command';
import { readHours, type WantedHours } from '../read-bands';
import { checkSigners, readRoot, rosterInForce, vouchedBy } from '../roster-in-force';

/** `hours`: when a platform's horns keep quiet, and how loud they may be by class and hour; signed into its roster by its officers. */
export const hours: Command = {
  usage: `hours show PLATFORM [--root ROOT_FILE]
  hours set PLATFORM [--quiet 21:00-06:30]... [--volume 06:30-08:00=notice,governance:low]... --key OFFICER_KEY_FILE --key OFFICER_KEY_FILE
      [--passphrase-file FILE, one for all keys or one for each] [--root ROOT_FILE, for officers who did not sign the roster in force] [--dry-run]
      (--quiet none, --volume none: no band any more; left out: as they stand)`,
  does: 'quiet hours and volume by the hour, in China Standard Time / 夜间限播与分时段音量',
  async run(args, context) {
    const { values, words: [verb, word = ''] } = readArgs(args, {
      quiet: { type: 'string', multiple: true }, volume: { type: 'string', multiple: true }, key: { type: 'string', multiple: true },
      'passphrase-file': { type: 'string', multiple: true }, root: { type: 'string' }, 'dry-run': { type: 'boolean' },
    }, { min: 2, max: 2, usage: this.usage });
    const misused = (sentence: string): CliError => new CliError('USAGE', `${sentence}\nUsage: ./clarion ${this.usage}`, EXIT.usage);
    const platform = readWord(platformIdSchema, word, 'is not a platform id', this.usage);
    if (verb === 'show') return show(context, platform, values.root === undefined ? undefined : readRoot(values.root));
    if (verb !== 'set') throw misused(`"${verb}" is nothing that hours does; there are: show, set`);
    if (values.quiet === undefined && values.volume === undefined) throw misused('Say which hours: --quiet, --volume');
    const wanted = readHours({ quiet: values.quiet, volume: values.volume });
    const [keys, passphrases] = [values.key ?? [], values['passphrase-file'] ?? []];
    if (values['dry-run'] === true) return change(context, platform, wanted, undefined);
    if (keys.length === 0) throw misused('Officers sign it: --key OFFICER_KEY_FILE, once for each');
    const root = values.root === undefined ? undefined : readRoot(values.root);
    return change(context, platform, wanted, { signers: await openSigners(context, keys, passphrases), root });
  },
};

/** Says whose word it is; a root that was brought along and under which the roster does not hold is a refusal (ROSTER_NOT_YOURS). */
async function show(context: Context, platform: PlatformId, root: TrustState | undefined): Promise<number> {
  const given = await rosterInForce(context, platform);
  const { roster: { version, quietHours, volumeHours } } = given;
  const vouched = vouchedBy(given, undefined, root);
  if (root !== undefined && vouched !== 'root') throw new CliError('ROSTER_NOT_YOURS', `Roster ${version} of ${platform} does not hold under this root`);
  context.say(`quiet hours: ${sayQuiet(quietHours)}\nvolume:      ${sayVolume(volumeHours)}\nby roster ${version} of ${platform}; those of the platforms above it count as well (UTC+8)${root === undefined ? '; the server says so, --root FILE makes sure' : '; it holds under the root that you brought'}`);
  context.give({ platform, version, quietHours, volumeHours, verified: root !== undefined });
  return EXIT.ok;
}

interface Signing { readonly signers: readonly Signer[]; readonly root: TrustState | undefined }

/** Without signers it only says what would change. */
async function change(context: Context, platform: PlatformId, wanted: WantedHours, by: Signing | undefined): Promise<number> {
  const given = await rosterInForce(context, platform);
  const before = given.roster;
  const quietHours = wanted.quietHours ?? before.quietHours;
  const volumeHours = wanted.volumeHours ?? before.volumeHours;
  const lines = documentDifference('roster', before, { ...before, quietHours, volumeHours }).map(({ en }) => en);
  const answer = { platform, version: before.version, quietHours, volumeHours, changed: lines.length > 0, dryRun: by === undefined };
  lines.forEach((line) => { context.say(line); });
  if (lines.length === 0) {
    context.say(`nothing changes: roster ${before.version} of ${platform} says so already`);
    context.give(answer);
    return EXIT.ok;
  }
  // No document is dated before the one in force: a clock that is slow by more than that would be refused.
  const issuedAt = Math.max(context.clock.now(), before.issuedAt);
  if (before.expiresAt <= issuedAt) throw new CliError('ROSTER_EXPIRED', `Roster ${before.version} of ${platform} has expired: a new one must be signed first`);
  const next: Roster = rosterSchema.parse({ ...before, quietHours, volumeHours, version: before.version + 1, issuedAt });
  context.say(`roster ${next.version} of ${platform}; all else as it stands: ${next.persons.length} persons, policy ${next.policy.version}`);
  if (by !== undefined) {
    checkSigners(given, by.signers, by.root);
    const envelope = envelopeSchema.parse(await signEnvelope('roster', encodePayload(next), by.signers));
    await context.api.post('/api/trust/documents', documentsAnswerSchema, { documents: [envelope] });
    context.say('signed and in force; terminals take it with their next exchange');
  }
  context.give({ ...answer, version: next.version });
  return EXIT.ok;
}
