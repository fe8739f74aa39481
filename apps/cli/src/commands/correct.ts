import type { Command } from '../command';
import { giveConsent } from './consent';

/** `correct`: a stopper takes a message back: its correction, or the all-clear, sounds where it was heard. */
export const correct: Command = {
  usage: 'correct MESSAGE [--all-clear] --key STOPPER_KEY_FILE [--passphrase-file FILE] [--dry-run]',
  does: 'say the correction or the all-clear where it was heard / 更正、解除',
  run(args, context) { return giveConsent(args, context, (allClear) => (allClear ? 'all-clear' : 'correction'), this.usage); },
};
