import type { Documents } from './chain';
import { PageRefusal } from './page-refusal';
import { requireRoot } from './root-pin';

/**
 * Holds the documents against what this browser saw before: the root is pinned at first sight (`requireRoot`); a charter never
 * goes back, or officers who left would sign once more; a roster neither, nor comes it twice with one version.
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
