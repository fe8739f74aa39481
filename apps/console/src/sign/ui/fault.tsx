import type { ReactNode } from 'react';
import { ApiProblem } from '../api';
import { isTextKey, useText, type Translate } from '../i18n';
import { KeyFault } from '../keys';

/** Something that went wrong, with the code by which it can be looked up and asked about. */
export interface Fault {
  readonly code: string;
  /** The platform's own sentence, shown where we have none for the code. */
  readonly sentence: string;
}

export function faultOf(cause: unknown): Fault {
  if (cause instanceof ApiProblem) return { code: cause.code, sentence: cause.fields.length > 0 ? cause.fields.map(({ path, code }) => `${path} ${code}`).join(', ') : cause.sentence };
  if (cause instanceof KeyFault) return { code: cause.code, sentence: '' };
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return { code: cause.code, sentence: cause.message };
  return { code: 'PAGE_FAULT', sentence: cause instanceof Error ? cause.message : '' };
}

export function faultWords(t: Translate, { code, sentence }: Fault, own: Readonly<Record<string, string>> = {}): string {
  const key = `fault.${code}`;
  const word = Object.hasOwn(own, key) ? own[key] : undefined;
  if (word !== undefined) return word;
  return isTextKey(key) ? t(key) : sentence === '' ? t('fault.other') : sentence;
}

/** Plain words first, then the code. Stays until the next try. `own`: words of a page that come with it. */
export function FaultBox({ fault, own }: { readonly fault: Fault | null; readonly own?: Readonly<Record<string, string>> }): ReactNode {
  const { t } = useText();
  if (fault === null) return null;
  return (
    <div className="fault" role="alert" data-code={fault.code}>
      <p>{faultWords(t, fault, own)}</p>
      {fault.code === 'PAGE_ROOT_CHANGED' && <p><a href="#/root">{t('fault.rootWhat')}</a></p>}
      <p className="code">{fault.code}{fault.sentence === '' ? '' : ` · ${fault.sentence}`}</p>
    </div>
  );
}
