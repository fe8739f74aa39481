import { useMemo } from 'react';
import { translateWith, useText, type Language, type Values } from './index';
import { factorEn } from './factor-en';
import { factorZh } from './factor-zh';

export type FactorTextKey = keyof typeof factorZh;

export interface FactorSpoken {
  readonly language: Language;
  readonly w: (key: FactorTextKey, values?: Values) => string;
  /** Every text by its key, for refusals that mean something else here. */
  readonly words: Readonly<Record<string, string>>;
}

/** Words of what one signs in with: both languages come with their page, so that they weigh on no approver's first load. */
export function useFactorText(): FactorSpoken {
  const { language } = useText();
  return useMemo(() => {
    const words = language === 'zh' ? factorZh : factorEn;
    return { language, words, w: translateWith<FactorTextKey>(words) };
  }, [language]);
}
