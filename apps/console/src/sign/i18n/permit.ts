import { useMemo } from 'react';
import { translateWith, useText, type Language, type Values } from './index';
import { permitEn } from './permit-en';
import { permitZh } from './permit-zh';

export type PermitTextKey = keyof typeof permitZh;
export type PermitTranslate = (key: PermitTextKey, values?: Values) => string;

export interface PermitSpoken {
  readonly language: Language;
  readonly w: PermitTranslate;
  /** Every text by its key, for refusals that only this page knows. */
  readonly words: Readonly<Record<string, string>>;
}

/** The permits' own words: both languages come with their page, so that they weigh on no approver's first load. */
export function usePermitText(): PermitSpoken {
  const { language } = useText();
  return useMemo(() => {
    const words = language === 'zh' ? permitZh : permitEn;
    return { language, words, w: translateWith<PermitTextKey>(words) };
  }, [language]);
}
