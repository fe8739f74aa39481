import { liveEn } from './live-en';
import { liveZh, type LiveTextKey } from './live-zh';
import { useOwnText, type OwnSpoken } from './own-text';

export type LiveSpoken = OwnSpoken<LiveTextKey>;

/** The microphone page's own words. */
export function useLiveText(): LiveSpoken {
  return useOwnText(liveZh, liveEn);
}
