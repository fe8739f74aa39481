import { digestSchema, keyRecordSchema, platformIdSchema, versionSchema, type Root } from '#libs/contracts';
import { isFingerprint } from '#libs/domain';
import { z } from 'zod';
import { signedBy } from './chain';
import type { Opened } from './open-signed';
import { PageRefusal } from './page-refusal';

const PIN = 'clarion-root';
/** What was seen of documents under that root, below which nothing goes back. */
const FLOORS = ['clarion-charter:', 'clarion-roster:'] as const;

const rootPinSchema = z.object({ district: platformIdSchema, version: versionSchema, threshold: z.number(), keys: z.array(keyRecordSchema), digest: digestSchema });

/** The one root that this browser believes, as it saw it last. */
export type RootPin = z.infer<typeof rootPinSchema>;

export function pinnedRoot(storage: Pick<Storage, 'getItem'> = localStorage): RootPin | null {
  try {
    return rootPinSchema.safeParse(JSON.parse(storage.getItem(PIN) ?? 'null')).data ?? null;
  } catch {
    return null;
  }
}

/**
 * Pins the root at first sight, one for all pages of this origin: under another district's name a root would be seen for the
 * first time for ever. Its keys and threshold change only to those of a later one that the old root's keys signed as well
 * (design 4 "Root"). Refuses PAGE_ROOT_CHANGED.
 */
export async function requireRoot(root: Opened<Root>, storage: Pick<Storage, 'getItem' | 'setItem'>): Promise<void> {
  const { value, envelope } = root;
  const pinned = pinnedRoot(storage);
  if (pinned !== null) {
    const isSameDistrict = pinned.district === value.district;
    const isHeld = isSameDistrict && idsOf(pinned) === idsOf(value) && pinned.threshold === value.threshold && pinned.version <= value.version;
    const isRotation = !isHeld && isSameDistrict && value.version > pinned.version && (await signedBy(envelope, pinned.keys, pinned.threshold)) === 'holds';
    if (!isHeld && !isRotation) throw new PageRefusal('PAGE_ROOT_CHANGED', value.district);
  }
  pin(root, storage);
}

/**
 * Believes another root from now on, when these are its digits: an officer reads them from paper, this page never shows them.
 * What was seen under the old one is forgotten. False, and nothing changed, when they are not.
 */
export function confirmRoot(root: Opened<Root>, typed: string, storage: Storage = localStorage): boolean {
  if (!isFingerprint(root.digest, typed)) return false;
  for (const key of Object.keys(storage)) if (FLOORS.some((floor) => key.startsWith(floor))) storage.removeItem(key);
  pin(root, storage);
  return true;
}

function pin({ value: { district, version, threshold, keys }, digest }: Opened<Root>, storage: Pick<Storage, 'setItem'>): void {
  const kept: RootPin = { district, version, threshold, keys, digest };
  storage.setItem(PIN, JSON.stringify(kept));
}

function idsOf({ keys }: { readonly keys: readonly { readonly keyId: string }[] }): string {
  return keys.map(({ keyId }) => keyId).sort().join();
}
