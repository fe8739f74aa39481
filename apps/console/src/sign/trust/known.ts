import { keyRecordSchema, versionSchema, type Root } from '#libs/contracts';
import { z } from 'zod';
import { signedBy } from './chain';
import type { Documents } from './chain';
import type { Opened } from './open-signed';
import { PageRefusal } from './page-refusal';

const rootPinSchema = z.object({ version: versionSchema, threshold: z.number(), keys: z.array(keyRecordSchema) });

/**
 * Holds the documents against what this browser saw before: the root of a district is pinned at first sight, and its keys and
 * threshold may change only to those of a later one that the old root's keys signed as well (design 4 "Root"); a
 * charter never goes back, or officers who left would sign once more; a roster neither, nor comes it twice with one version.
 * Refuses PAGE_ROOT_CHANGED, PAGE_CHARTER_OLD, PAGE_ROSTER_OLD. Kept in localStorage: public, and of no use to a thief.
 */
export async function requireKnown({ root, charters, roster }: Documents, storage: Pick<Storage, 'getItem' | 'setItem'> = localStorage): Promise<void> {
  await requireRoot(root, storage);
  for (const { platform, version } of charters) if (version < seenCharter(storage, platform)) throw new PageRefusal('PAGE_CHARTER_OLD', `${platform} ${version}`);
  const at = `clarion-roster:${roster.value.platform}`;
  const [version = '0', digest = ''] = (storage.getItem(at) ?? '').split(' ');
  const isOlder = roster.value.version < Number(version) || (roster.value.version === Number(version) && digest !== roster.digest);
  if (isOlder) throw new PageRefusal('PAGE_ROSTER_OLD', `${roster.value.platform} ${roster.value.version}`);
  storage.setItem(at, `${roster.value.version} ${roster.digest}`);
  for (const { platform, version } of charters) storage.setItem(`clarion-charter:${platform}`, String(version));
}

function seenCharter(storage: Pick<Storage, 'getItem'>, platform: string): number {
  return Number(storage.getItem(`clarion-charter:${platform}`) ?? '0');
}

async function requireRoot({ value, envelope }: Opened<Root>, storage: Pick<Storage, 'getItem' | 'setItem'>): Promise<void> {
  const at = `clarion-root:${value.district}`;
  const pinned = rootPinSchema.safeParse(read(storage.getItem(at))).data;
  const isHeld = pinned !== undefined && isSame(pinned.keys, value.keys) && pinned.threshold === value.threshold && pinned.version <= value.version;
  if (pinned !== undefined && !isHeld) {
    const isRotation = value.version > pinned.version && (await signedBy(envelope, pinned.keys, pinned.threshold)) === 'holds';
    if (!isRotation) throw new PageRefusal('PAGE_ROOT_CHANGED', value.district);
  }
  storage.setItem(at, JSON.stringify({ version: value.version, threshold: value.threshold, keys: value.keys }));
}

function isSame(a: readonly { readonly keyId: string }[], b: readonly { readonly keyId: string }[]): boolean {
  return JSON.stringify(a.map(({ keyId }) => keyId).sort()) === JSON.stringify(b.map(({ keyId }) => keyId).sort());
}

function read(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
