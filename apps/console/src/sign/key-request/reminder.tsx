import { useCallback, type ReactNode } from 'react';
import { z } from 'zod';
import { keyStandingSchema } from '#libs/contracts';
import { useText } from '../i18n';
import type { SignedIn } from '../signed-in';
import { useLoad } from '../ui/load';

/** That a key of one's own wants its monthly proof; nothing while all is well, or while the platform does not say. */
export function Reminder({ api }: Pick<SignedIn, 'api'>): ReactNode {
  const { t } = useText();
  const { value } = useLoad(useCallback(() => api.get('/api/keys', z.array(keyStandingSchema)), [api]));
  return (value ?? []).some(({ state }) => state === 'due' || state === 'stale') ? <p className="warning" id="reminder"><a href="#/keys">{t('request.reminder')}</a></p> : null;
}
