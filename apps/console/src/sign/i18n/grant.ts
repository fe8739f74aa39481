import { grantEn } from './grant-en';
import { grantZh } from './grant-zh';
import { useOwnText, type OwnSpoken } from './own-text';

/** The officers' page's own words on requests that cannot be granted, or are not. */
export function useGrantText(): OwnSpoken<keyof typeof grantZh> {
  return useOwnText(grantZh, grantEn);
}
