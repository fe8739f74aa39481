import { messageIdSchema, sessionKeySchema, type LiveBody, type MessageId } from '#libs/contracts';
import type { BlockSeal } from '#libs/domain';
import { toBase64 } from '#libs/envelope';
import { z } from 'zod';
import { owned, sha256 } from '../keys/bytes';
import { keyIdOf } from '../keys/p256';
import { LiveFault } from './live-fault';

/** The throw-away key of one microphone session: no script can read its private half. */
export interface SessionKey {
  readonly record: LiveBody['sessionKey'];
  readonly privateKey: CryptoKey;
}

const ED25519 = { name: 'Ed25519' } as const;

/** Refuses live-no-session-key where the browser knows no Ed25519 (before 2025 most did not). */
export async function makeSessionKey(): Promise<SessionKey> {
  try {
    const pair = await crypto.subtle.generateKey(ED25519, false, ['sign', 'verify']);
    if (!('privateKey' in pair)) throw new LiveFault('live-no-session-key');
    const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
    return { record: sessionKeySchema.parse({ keyId: await keyIdOf('ed25519', spki), alg: 'ed25519', spki: toBase64(spki) }), privateKey: pair.privateKey };
  } catch (cause) {
    throw new LiveFault('live-no-session-key', '', cause);
  }
}

export function sealOf({ privateKey }: SessionKey): BlockSeal {
  return { sign: async (bytes) => new Uint8Array(await crypto.subtle.sign(ED25519, privateKey, owned(bytes))), sha256 };
}

const NAME = 'clarion-live';
const WAITING = 'waiting';

/** Of a grant that waits for others' signatures. */
export interface WaitingKey {
  readonly message: MessageId;
  readonly key: SessionKey;
}

const waitingSchema = z.object({
  message: messageIdSchema, record: sessionKeySchema,
  privateKey: z.custom<CryptoKey>((value) => value instanceof CryptoKey && value.type === 'private' && !value.extractable),
});

/** Keeps the key while its grant waits, so that the page may be closed meanwhile. */
export async function keepWaiting({ message, key }: WaitingKey): Promise<void> {
  await run('readwrite', (keys) => keys.put({ message, record: key.record, privateKey: key.privateKey }, message));
}

/** Forgets it: when the voice has begun, and when nobody will speak under the grant any more. */
export async function forgetWaiting(message: MessageId): Promise<void> {
  await run('readwrite', (keys) => keys.delete(message));
}

export async function waitingKeys(): Promise<readonly WaitingKey[]> {
  const all = await run('readonly', (keys) => keys.getAll()).catch(() => []);
  if (!Array.isArray(all)) return [];
  return all.flatMap((one: unknown) => {
    const { data } = waitingSchema.safeParse(one);
    return data === undefined ? [] : [{ message: data.message, key: { record: data.record, privateKey: data.privateKey } }];
  });
}

function run(mode: IDBTransactionMode, act: (keys: IDBObjectStore) => IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown): void => reject(new LiveFault('live-no-session-key', '', cause));
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => void opening.result.createObjectStore(WAITING);
    opening.onerror = () => failed(opening.error);
    opening.onblocked = () => failed(null);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction(WAITING, mode, { durability: 'strict' });
      const request = act(transaction.objectStore(WAITING));
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(request.result);
      };
      transaction.onabort = () => {
        opening.result.close();
        failed(transaction.error);
      };
    };
  });
}
