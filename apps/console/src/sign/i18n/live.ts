import { liveEn } from './live-en';
import { liveZh } from './live-zh';
import { useOwnText, type OwnSpoken } from './own-text';

export type LiveTextKey = keyof typeof liveZh;
export type LiveSpoken = OwnSpoken<LiveTextKey>;

/** The microphone page's own words. */
export function useLiveText(): LiveSpoken {
  return useOwnText(liveZh, liveEn);
}
