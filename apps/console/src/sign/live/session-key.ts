import { messageIdSchema, sessionKeySchema, type LiveBody, type MessageId } from '#libs/contracts';
import type { BlockSeal } from '#libs/domain';
import { toBase64 } from '#libs/envelope';
import { z } from 'zod';
import { owned } from '../keys/bytes';
import { keyIdOf } from '../keys/p256';
import { LiveFault } from './live-fault';

/** The throw-away key of one microphone session. */
export interface SessionKey {
  readonly record: LiveBody['sessionKey'];
  readonly sign: BlockSeal['sign'];
  /** Its private half as the browser keeps it: no script can read it. Null: it lies in this page's memory and is kept nowhere. */
  readonly kept: CryptoKey | null;
}

const ED25519 = { name: 'Ed25519' } as const;

/** By the browser; where that knows no Ed25519 (Chromium before 137, Safari before 17) by a library. Refuses live-no-session-key. */
export async function makeSessionKey(): Promise<SessionKey> {
  try {
    const pair = await browserPair();
    if (pair !== undefined) return { record: await recordOf(new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey))), sign: signerOf(pair.privateKey), kept: pair.privateKey };
    const { spki, sign } = (await import('./software-key')).makeSoftwareKey();
    return { record: await recordOf(spki), sign, kept: null };
  } catch (cause) {
    throw new LiveFault('live-no-session-key', '', cause);
  }
}

/** Whether a key made here may wait for others' signatures while the page is closed. */
export async function canWait(): Promise<boolean> {
  return (await browserPair()) !== undefined;
}

async function browserPair(): Promise<CryptoKeyPair | undefined> {
  const pair = await crypto.subtle.generateKey(ED25519, false, ['sign', 'verify']).catch(() => undefined);
  return pair !== undefined && 'privateKey' in pair ? pair : undefined;
}

async function recordOf(spki: Uint8Array): Promise<SessionKey['record']> {
  return sessionKeySchema.parse({ keyId: await keyIdOf('ed25519', spki), alg: 'ed25519', spki: toBase64(spki) });
}

function signerOf(privateKey: CryptoKey): SessionKey['sign'] {
  return async (bytes) => new Uint8Array(await crypto.subtle.sign(ED25519, privateKey, owned(bytes)));
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

/** Keeps the key while its grant waits, so that the page may be closed meanwhile. Refuses live-cannot-wait: what a script can read is not stored. */
export async function keepWaiting({ message, key: { record, kept } }: WaitingKey): Promise<void> {
  if (kept === null) throw new LiveFault('live-cannot-wait');
  await run('readwrite', (keys) => keys.put({ message, record, privateKey: kept }, message));
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
    return data === undefined ? [] : [{ message: data.message, key: { record: data.record, sign: signerOf(data.privateKey), kept: data.privateKey } }];
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
