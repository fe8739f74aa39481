import path from 'node:path';
import type { KeyRecord, PlatformId } from '#libs/contracts';
import { knownAnswerGate, type Signer } from '#libs/suites';
import type { TrustState } from '#libs/trust';
import { errorCode, operationalError } from '../../kernel/errors';
import type { Log } from '../../kernel/log';
import { openServerKey } from '../access';
import { ServerKeys } from './authority';

interface HeldKeys {
  readonly dispatcher: Signer;
  readonly log: Signer;
}

/**
 * Dispatcher and log keys of the hosted platforms, from files `<platform>.dispatcher.json` and `<platform>.log.json`
 * in CLARION_KEYS. `open` runs the known-answer gate first and refuses a key that the roster in force does not name:
 * what it signed, no terminal would take.
 */
export class FileServerKeys extends ServerKeys {
  private readonly held = new Map<PlatformId, HeldKeys>();

  constructor(private readonly keysDir: string, private readonly log: Log) {
    super();
  }

  /** Opens what is missing for the rosters of this state. Throws SERVER_KEY_EXPOSED and _INVALID; a missing or foreign key is logged. */
  async open(state: TrustState): Promise<void> {
    knownAnswerGate();
    for (const [platform, { value: roster }] of state.rosters) {
      const known = this.held.get(platform);
      if (known?.dispatcher.key.keyId === roster.dispatcher.keyId && known.log.key.keyId === roster.logKey.keyId) continue;
      try {
        this.held.set(platform, {
          dispatcher: await this.openAs(`${platform}.dispatcher.json`, roster.dispatcher),
          log: await this.openAs(`${platform}.log.json`, roster.logKey),
        });
      } catch (cause) {
        this.held.delete(platform);
        if (!['SERVER_KEY_MISSING', 'SERVER_KEY_OTHER'].includes(errorCode(cause) ?? '')) throw cause;
        this.log.error('server-keys.unusable', { platform }, cause);
      }
    }
  }

  override dispatcherOf(platform: PlatformId): Signer {
    return this.keysOf(platform).dispatcher;
  }

  override logOf(platform: PlatformId): Signer {
    return this.keysOf(platform).log;
  }

  private keysOf(platform: PlatformId): HeldKeys {
    const held = this.held.get(platform);
    if (held === undefined) throw operationalError('SERVER_KEY_MISSING', `This server does not hold the signing keys of ${platform}.`);
    return held;
  }

  private async openAs(name: string, expected: KeyRecord): Promise<Signer> {
    const { key, signer } = await openServerKey(path.join(this.keysDir, name));
    if (key.keyId !== expected.keyId) {
      throw operationalError('SERVER_KEY_OTHER', `The key in ${name} is not the one that the roster in force names.`);
    }
    return signer;
  }
}
