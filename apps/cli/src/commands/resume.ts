import { CliError, EXIT } from '../cli-error';
import type { Command } from '../command';
import { giveConsent } from './consent';

/** `resume`: a stopper lets go on what was wrongly stopped, within 30 s, where it was cut off. */
export const resume: Command = {
  usage: 'resume MESSAGE --key STOPPER_KEY_FILE [--passphrase-file FILE] [--dry-run]',
  does: 'go on after a wrongful stop / 恢复播出',
  run(args, context) {
    return giveConsent(args, context, (allClear) => {
      if (allClear) throw new CliError('USAGE', `--all-clear belongs to correct\nUsage: ./clarion ${this.usage}`, EXIT.usage);
      return 'resume';
    }, this.usage);
  },
};
