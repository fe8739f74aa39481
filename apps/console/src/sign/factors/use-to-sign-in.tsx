import { useState, type FormEvent, type ReactNode } from 'react';
import { enrolledKeySchema, factorsSchema, type Factors } from '#libs/contracts';
import { useFactorText } from '../i18n/factor';
import type { HeldKey } from '../keys';
import { answerOf } from '../session/sign-in';
import type { SignedIn } from '../signed-in';
import { FaultBox } from '../ui/fault';
import { useBusy } from '../ui/use-busy';

interface Props extends Pick<SignedIn, 'api' | 'session'> {
  readonly held: HeldKey;
  readonly factors: Factors;
  readonly onChanged: () => void;
}

/** Whether a key of this browser signs its owner in, and how it comes to: the password again, a code where one is wanted, and its own answer. */
export function UseToSignIn({ held, factors, api, session, onChanged }: Props): ReactNode {
  const { w, words, language } = useFactorText();
  const { busy, fault, run } = useBusy();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const { kind } = held.secret;
  const enrolled = factors.keys.find(({ keyId }) => keyId === held.record.keyId);
  if (enrolled !== undefined) return <p className="note signs-in">{w(`use.until.${kind}`, { at: new Date(enrolled.expiresAt).toLocaleDateString(language === 'zh' ? 'zh-CN' : 'en') })}</p>;
  const enrol = (event: FormEvent): void => {
    event.preventDefault();
    void run(async () => {
      const answer = await answerOf(api, session.account, held);
      const key = enrolledKeySchema.parse(held.record);
      await api.post('/api/session/keys', { key, name: [...held.name].slice(0, 40).join(''), answer, password, ...(factors.required ? { code: code.trim() } : {}) }, factorsSchema);
      onChanged();
    });
  };
  return (
    <details className="use-to-sign-in">
      <summary>{w(`use.${kind}`)}</summary>
      <form onSubmit={enrol}>
        <label>{w('use.password')}<input className="again-password" type="password" value={password} onChange={({ target }) => setPassword(target.value)} autoComplete="current-password" required /></label>
        {factors.required && <label>{w('use.code')}<input className="again-code" value={code} onChange={({ target }) => setCode(target.value)} autoComplete="one-time-code" required /></label>}
        <FaultBox fault={fault} own={words} />
        <button type="submit" className="primary enrol" disabled={busy || password === '' || (factors.required && code.trim() === '')}>{w(`use.enter.${kind}`)}</button>
      </form>
    </details>
  );
}
