import { grantEn } from './grant-en';
import { grantZh } from './grant-zh';
import { keyEn } from './key-en';
import { keyZh } from './key-zh';
import { officerEn } from './officer-en';
import { officerZh } from './officer-zh';
import { useOwnText, type OwnSpoken } from './own-text';

const zh = { ...keyZh, ...officerZh, ...grantZh };
const en: Readonly<Record<KeyLifeTextKey, string>> = { ...keyEn, ...officerEn, ...grantEn };

export type KeyLifeTextKey = keyof typeof zh;

/** Words of keys, from the request to the roster: the keys' page and the officers' bring them with them. */
export function useKeyLifeText(): OwnSpoken<KeyLifeTextKey> {
  return useOwnText(zh, en);
}
