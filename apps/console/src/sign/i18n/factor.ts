import { factorEn } from './factor-en';
import { factorZh } from './factor-zh';
import { useOwnText, type OwnSpoken } from './own-text';

/** Words of what one signs in with. */
export function useFactorText(): OwnSpoken<keyof typeof factorZh> {
  return useOwnText(factorZh, factorEn);
}
