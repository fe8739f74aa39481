import { createContext, useContext, useMemo, useState, type ReactNode } from 'react';
import { zh } from './zh';

export type Language = 'zh' | 'en';
export type TextKey = keyof typeof zh;
export type Values = Readonly<Record<string, string | number>>;
export type Translate = (key: TextKey, values?: Values) => string;

type Texts = Readonly<Record<TextKey, string>>;

/** English is fetched when somebody asks for it: most never do. */
const TEXTS: Readonly<Record<Language, () => Promise<Texts>>> = { zh: async () => zh, en: async () => (await import('./en')).en };

export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(zh, key);
}

/** A district's own word (a step of its policy, an event type): in the page's language where it has one, else as it is signed. */
export function wordOr(t: Translate, list: 'event' | 'step', word: string): string {
  const key = `${list}.${word}`;
  return isTextKey(key) ? t(key) : word;
}

/** The text with `{name}` replaced; what is put in is text again, never markup. */
export function translateWith<K extends string>(texts: Readonly<Record<K, string>>): (key: K, values?: Values) => string {
  return (key, values = {}) => texts[key].replaceAll(/\{([a-zA-Z]+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

interface Spoken {
  readonly language: Language;
  readonly t: Translate;
  readonly choose: (language: Language) => void;
}

const SpokenContext = createContext<Spoken>({ language: 'zh', t: translateWith<TextKey>(zh), choose: () => undefined });

/** Chinese first; the choice lasts as long as the page. */
export function Speaking({ children }: { readonly children: ReactNode }): ReactNode {
  const [{ language, texts }, setSpoken] = useState<{ readonly language: Language; readonly texts: Texts }>({ language: 'zh', texts: zh });
  const spoken = useMemo<Spoken>(() => ({
    language,
    t: translateWith<TextKey>(texts),
    choose: (next) => void TEXTS[next]().then((found) => {
      document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
      setSpoken({ language: next, texts: found });
    }, () => undefined),
  }), [language, texts]);
  return <SpokenContext value={spoken}>{children}</SpokenContext>;
}

export function useText(): Spoken {
  return useContext(SpokenContext);
}
