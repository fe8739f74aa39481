import type { Language } from '../i18n';

/** China's time, whatever this device is set to: it is what will be on the clock where it sounds. */
export function clockTime(ms: number, language: Language): string {
  return new Date(ms).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'Asia/Shanghai', hour12: false });
}
