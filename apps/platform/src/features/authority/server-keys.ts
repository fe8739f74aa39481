import path from 'node:path';
import type { KeyRecord, PlatformId } from '#libs/contracts';
import { knownAnswerGate, type Signer } from '#libs/suites';
import type { TrustState } from '#libs/trust';
import { errorCode, operationalError } from '../../kernel/errors';
import type { Log } from '../../kernel/log';
import { openServerKey } from '../access';
import { ServerKeys } from './authority';

/**
 * Dispatcher keys of the hosted platforms, from files `<platform>.dispatcher.json` in CLARION_KEYS. `open` runs the
 * known-answer gate first and refuses a key that the roster in force does not name: what it signed, no terminal would take.
 */
export class FileServerKeys extends ServerKeys {
  private readonly dispatchers = new Map<PlatformId, Signer>();

  constructor(private readonly keysDir: string, private readonly log: Log) {
    super();
  }

  /** Opens what is missing for the rosters of this state. Throws SERVER_KEY_EXPOSED and _INVALID; a missing or foreign key is logged. */
  async open(state: TrustState): Promise<void> {
    knownAnswerGate();
    for (const [platform, { value: roster }] of state.rosters) {
      if (this.dispatchers.get(platform)?.key.keyId === roster.dispatcher.keyId) continue;
      try {
        this.dispatchers.set(platform, await this.openAs(`${platform}.dispatcher.json`, roster.dispatcher));
      } catch (cause) {
        this.dispatchers.delete(platform);
        if (!['SERVER_KEY_MISSING', 'SERVER_KEY_OTHER'].includes(errorCode(cause) ?? '')) throw cause;
        this.log.error('server-keys.unusable', { platform }, cause);
      }
    }
  }

  override dispatcherOf(platform: PlatformId): Signer {
    const dispatcher = this.dispatchers.get(platform);
    if (dispatcher === undefined) throw operationalError('SERVER_KEY_MISSING', `This server does not hold the dispatcher key of ${platform}.`);
    return dispatcher;
  }

  private async openAs(name: string, expected: KeyRecord): Promise<Signer> {
    const { key, signer } = await openServerKey(path.join(this.keysDir, name));
    if (key.keyId !== expected.keyId) {
      throw operationalError('SERVER_KEY_OTHER', `The key in ${name} is not the one that the roster in force names.`);
    }
    return signer;
  }
}
