import { useMemo } from 'react';
import { translateWith, useText, type Language, type Values } from './index';

export interface OwnSpoken<K extends string> {
  readonly language: Language;
  readonly w: (key: K, values?: Values) => string;
  /** Every text by its key, for refusals that mean something else on this page. */
  readonly words: Readonly<Record<K, string>>;
}

/** Words of one page: both languages come with it, so that they weigh on no approver's first load. */
export function useOwnText<K extends string>(zh: Readonly<Record<K, string>>, en: Readonly<Record<K, string>>): OwnSpoken<K> {
  const { language } = useText();
  return useMemo(() => {
    const words = language === 'zh' ? zh : en;
    return { language, words, w: translateWith<K>(words) };
  }, [language, zh, en]);
}
