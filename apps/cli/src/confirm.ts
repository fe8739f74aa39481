import { CliError, EXIT } from './cli-error';
import type { Context } from './command';

/**
 * Asks the person whether what was just shown shall be signed; `--yes` answers for scripts. Refuses (NOT_CONFIRMED)
 * anything but yes, and where nothing was shown (`--json`) or nobody can be asked; then nothing was signed.
 */
export async function confirm({ questions, json }: Context, yes: boolean, question: string): Promise<void> {
  if (yes) return;
  if (questions === undefined || json) throw new CliError('NOT_CONFIRMED', 'Nobody was shown what would be signed: --yes signs it unseen, --dry-run shows it', EXIT.usage);
  const answer = await questions.ask(`${question} [yes/no 是/否] `, false);
  if (!['yes', 'y', '是'].includes(answer.toLowerCase())) throw new CliError('NOT_CONFIRMED', 'Nothing was done / 未执行', EXIT.usage);
}
