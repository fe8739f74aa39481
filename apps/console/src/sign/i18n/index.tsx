import { createContext, useContext, useMemo, useState, type ReactNode } from 'react';
import { en } from './en';
import { zh } from './zh';

export type Language = 'zh' | 'en';
export type TextKey = keyof typeof zh;
export type Translate = (key: TextKey, values?: Readonly<Record<string, string | number>>) => string;

/** Texts by language; a key of one is a key of both. */
export const TEXTS: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { zh, en };

export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(zh, key);
}

/** The text with `{name}` replaced; what is put in is text again, never markup. */
export function translateIn(language: Language): Translate {
  return (key, values = {}) => TEXTS[language][key].replaceAll(/\{([a-zA-Z]+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

interface Spoken {
  readonly language: Language;
  readonly t: Translate;
  readonly choose: (language: Language) => void;
}

const SpokenContext = createContext<Spoken>({ language: 'zh', t: translateIn('zh'), choose: () => undefined });

/** Chinese first; the choice lasts as long as the page. */
export function Speaking({ children }: { readonly children: ReactNode }): ReactNode {
  const [language, setLanguage] = useState<Language>('zh');
  const spoken = useMemo<Spoken>(() => ({
    language,
    t: translateIn(language),
    choose: (next) => {
      document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
      setLanguage(next);
    },
  }), [language]);
  return <SpokenContext value={spoken}>{children}</SpokenContext>;
}

export function useText(): Spoken {
  return useContext(SpokenContext);
}
