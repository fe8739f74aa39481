import { z } from 'zod';
import { keyRecordSchema } from '#libs/contracts';
import { KeyFault, type HeldKey } from './held-key';

const NAME = 'clarion-sign';
const KEYS = 'keys';
const VERSION = 1;

const heldSchema = z.object({
  record: keyRecordSchema,
  name: z.string(),
  madeAt: z.number(),
  secret: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('software'), privateKey: z.custom<CryptoKey>((value) => value instanceof CryptoKey && value.type === 'private' && !value.extractable) }),
    z.object({ kind: z.literal('passkey'), credentialId: z.custom<Uint8Array<ArrayBuffer>>((value) => value instanceof Uint8Array) }),
  ]),
});

/** Keys in IndexedDB, which keeps a private key as an object that has no bytes. Refuses key-no-storage (private windows, a full disk). */
export class KeyStore {
  private constructor(private readonly database: IDBDatabase) {}

  static open(): Promise<KeyStore> {
    return new Promise((resolve, reject) => {
      if (typeof indexedDB === 'undefined') {
        reject(new KeyFault('key-no-storage'));
        return;
      }
      const opening = indexedDB.open(NAME, VERSION);
      opening.onupgradeneeded = () => void opening.result.createObjectStore(KEYS);
      opening.onsuccess = () => {
        // Another tab with a newer page may change the store: let it.
        opening.result.onversionchange = () => opening.result.close();
        resolve(new KeyStore(opening.result));
      };
      opening.onerror = () => reject(new KeyFault('key-no-storage', opening.error));
      opening.onblocked = () => reject(new KeyFault('key-no-storage'));
    });
  }

  /** Oldest first. What is no key of ours is left out. */
  async list(): Promise<readonly HeldKey[]> {
    const all: unknown = await this.run('readonly', (keys) => keys.getAll());
    if (!Array.isArray(all)) return [];
    return all.flatMap((one) => heldSchema.safeParse(one).data ?? []).sort((a, b) => a.madeAt - b.madeAt);
  }

  async put(key: HeldKey): Promise<void> {
    await this.run('readwrite', (keys) => keys.put(key, key.record.keyId));
  }

  async remove(keyId: string): Promise<void> {
    await this.run('readwrite', (keys) => keys.delete(keyId));
  }

  /** Settles once the transaction is complete: what is kept outlives the tab. */
  private run(mode: IDBTransactionMode, act: (keys: IDBObjectStore) => IDBRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(KEYS, mode, { durability: 'strict' });
      const request = act(transaction.objectStore(KEYS));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(new KeyFault('key-no-storage', transaction.error));
      transaction.onerror = () => reject(new KeyFault('key-no-storage', transaction.error));
    });
  }
}
