import path from 'node:path';
import type { PlatformId } from '#libs/contracts';
import type { Signer } from '#libs/suites';
import { openServerKey } from '../access';

/** The log keys of the hosted platforms: `<platform>.log.json` in CLARION_KEYS, opened once each. */
export class LogKeys {
  private readonly open = new Map<PlatformId, Promise<Signer>>();

  constructor(private readonly keysDir: string) {}

  /** Throws SERVER_KEY_MISSING, SERVER_KEY_EXPOSED or SERVER_KEY_INVALID; a file put right later is read again. */
  signerOf(platform: PlatformId): Promise<Signer> {
    const known = this.open.get(platform);
    if (known !== undefined) return known;
    const opening = openServerKey(path.join(this.keysDir, `${platform}.log.json`)).then(({ signer }) => signer);
    this.open.set(platform, opening);
    opening.catch(() => this.open.delete(platform));
    return opening;
  }
}
