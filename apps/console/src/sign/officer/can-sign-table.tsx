import { Fragment, type ReactNode } from 'react';
import { severitySchema, type CanSign } from '#libs/contracts';
import { useText } from '../i18n';
import { useKeyLifeText } from '../i18n/key-life';

type Case = CanSign['cases'][number];

/** Of each platform n of m approvers can sign now, and how many are needed; by the platform's word. Those that lack somebody first. */
export function CanSignTable({ platforms }: { readonly platforms: readonly CanSign[] }): ReactNode {
  const { t } = useText();
  const { w, language } = useKeyLifeText();
  const kinds = ({ classes, severities }: Case): string => {
    const all = severities.length === severitySchema.options.length;
    const words = classes.map((one) => t(`class.${one}`)).join(language === 'zh' ? '、' : ', ');
    return all ? words : `${words}（${severities.map((one) => t(`severity.${one}`)).join('/')}）`;
  };
  const sorted = [...platforms].sort((a, b) => Number(a.enough) - Number(b.enough));
  const short = platforms.filter(({ enough }) => !enough).length;
  return (
    <>
      <h1>{w('officer.canSign')}</h1>
      <p className={short > 0 ? 'warning' : 'note'}>{short > 0 ? w('officer.shortOf', { n: short, of: platforms.length }) : w('officer.allEnough', { n: platforms.length })}</p>
      <table className="can-sign">
        <thead><tr><th>{w('officer.platform')}</th><th>{w('officer.kinds')}</th><th>{w('officer.now')}</th></tr></thead>
        <tbody>
          {sorted.map(({ platform, name, cases, enough, persons }) => (
            <Fragment key={platform}>
              {cases.map((one, at) => (
                <tr key={one.classes.join()} data-platform={platform} data-enough={one.enough} className={one.enough ? '' : 'short'}>
                  {at === 0 && <th rowSpan={cases.length}>{name}<br /><small>{platform}</small></th>}
                  <td>{kinds(one)}</td>
                  <td>{one.enough ? '' : '‼ '}{w('officer.nOfM', { n: one.able, m: one.of, k: one.needs })}{one.lacks === null ? '' : ` ${w(`officer.lacks.${one.lacks}`)}`}</td>
                </tr>
              ))}
              {!enough && persons.some(({ why }) => why === 'stale' || why === 'revoked') && <tr><td colSpan={3} className="note">{w('officer.unable')} {persons.filter(({ why }) => why === 'stale' || why === 'revoked').map(({ person, why }) => `${person}（${w(why === 'stale' ? 'officer.why.stale' : 'officer.why.revoked')}）`).join(' ')}</td></tr>}
            </Fragment>
          ))}
        </tbody>
      </table>
    </>
  );
}
