import { useOwnText, type OwnSpoken } from './own-text';
import { permitEn } from './permit-en';
import { permitZh } from './permit-zh';

export type PermitTextKey = keyof typeof permitZh;
export type PermitSpoken = OwnSpoken<PermitTextKey>;

/** The permits' own words. */
export function usePermitText(): PermitSpoken {
  return useOwnText(permitZh, permitEn);
}
