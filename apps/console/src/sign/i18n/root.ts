import { useOwnText, type OwnSpoken } from './own-text';
import { rootEn } from './root-en';
import { rootZh } from './root-zh';

/** Words about the district's root. */
export function useRootText(): OwnSpoken<keyof typeof rootZh> {
  return useOwnText(rootZh, rootEn);
}
