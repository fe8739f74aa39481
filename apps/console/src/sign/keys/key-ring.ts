import type { Clock } from '../../clock';
import { KeyFault, type HeldKey } from './held-key';
import { KeyStore } from './key-store';
import { makePair, recordOf } from './p256';
import { makePasskey } from './passkey';

/** The keys of persons in this browser. All tabs of the origin share them. */
export class KeyRing {
  private constructor(private readonly store: KeyStore, private readonly clock: Clock) {}

  /** Refuses key-no-secure-context and key-no-storage. */
  static async open(clock: Clock): Promise<KeyRing> {
    if (!globalThis.isSecureContext || typeof globalThis.crypto.subtle === 'undefined') throw new KeyFault('key-no-secure-context');
    return new KeyRing(await KeyStore.open(), clock);
  }

  list(): Promise<readonly HeldKey[]> {
    return this.store.list();
  }

  /** An ES256 key that no script can read out. Kept before it is returned. */
  async makeSoftwareKey(name: string): Promise<HeldKey> {
    const { privateKey, publicKey } = await makePair();
    const record = await recordOf('es256', new Uint8Array(await crypto.subtle.exportKey('spki', publicKey)));
    return this.keep({ record, name, madeAt: this.clock.now(), secret: { kind: 'software', privateKey } });
  }

  /** A passkey of this device for this origin; `owner` is what the device's own list shows. Refuses as `makePasskey`. */
  async makePasskey(owner: string, name: string): Promise<HeldKey> {
    return this.keep(await makePasskey(this.clock, owner, name));
  }

  /** Forgets a key of this browser. A software key is gone for good; a passkey stays in the device's own list. */
  remove(keyId: string): Promise<void> {
    return this.store.remove(keyId);
  }

  private async keep(key: HeldKey): Promise<HeldKey> {
    await this.store.put(key);
    return key;
  }
}
