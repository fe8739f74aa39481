import path from 'node:path';
import type { PlatformId } from '#libs/contracts';
import type { Signer } from '#libs/suites';
import { openServerKey } from '../access';

/** The log keys of the hosted platforms: `<platform>.log.json` in CLARION_KEYS, read for each head, so that a new key counts at once. */
export class LogKeys {
  constructor(private readonly keysDir: string) {}

  /** Throws SERVER_KEY_MISSING, SERVER_KEY_EXPOSED or SERVER_KEY_INVALID. */
  async signerOf(platform: PlatformId): Promise<Signer> {
    return (await openServerKey(path.join(this.keysDir, `${platform}.log.json`))).signer;
  }
}
