import type { ReactNode } from 'react';
import { severitySchema, trustViewSchema } from '#libs/contracts';
import { softwareKeyReach, type SoftwareKeyReach } from '#libs/domain';
import { useText, wordOr } from '../i18n';
import { useKeyLifeText } from '../i18n/key-life';
import type { SignedIn } from '../signed-in';
import { readDocuments, requireKnown } from '../trust';
import { FaultBox } from '../ui/fault';
import type { Loaded } from '../ui/load';

/** What this person signs at their platform with either kind of key, by charter and roster that this page has verified. */
export interface Reach {
  readonly platform: string;
  readonly rows: readonly SoftwareKeyReach[];
}

/** Refuses what `readDocuments` and `requireKnown` refuse. */
export async function readReach({ api, session: { platform, person } }: Pick<SignedIn, 'api' | 'session'>): Promise<Reach> {
  const documents = await readDocuments(await api.get(`/api/trust?platform=${platform}`, trustViewSchema), platform);
  await requireKnown(documents);
  const [charter] = documents.charters;
  const own = documents.roster.value.persons.find(({ id }) => id === person);
  return { platform: charter?.name ?? platform, rows: charter === undefined || own === undefined ? [] : softwareKeyReach(charter, documents.roster.value, own) };
}

/** Said before the choice: which kinds of message a software key signs and which it does not. */
export function KeyReach({ reach: { value, fault } }: { readonly reach: Loaded<Reach> }): ReactNode {
  const { w, words } = useKeyLifeText();
  if (value === null) return <FaultBox fault={fault} own={words} />;
  const losesSome = value.rows.some(({ use }) => use === 'verified');
  return (
    <div id="key-reach" className={losesSome ? 'warning' : 'told'} data-loses={losesSome}>
      <p><strong>{w('reach.title', { platform: value.platform })}</strong></p>
      {value.rows.length === 0 ? <p>{w('reach.nothing')}</p> : <ReachRows rows={value.rows} />}
      {losesSome && <p>{w('reach.take')}</p>}
    </div>
  );
}

/** Again at the request itself, of a key that is a software key: what it will not sign. Nothing where it signs everything. */
export function NotWithThisKey({ reach }: { readonly reach: Reach | null }): ReactNode {
  const { w } = useKeyLifeText();
  const lost = reach?.rows.filter(({ use }) => use === 'verified') ?? [];
  return lost.length === 0 ? null : <div className="warning not-with-this-key"><p><strong>{w('reach.thisKey')}</strong></p><ReachRows rows={lost} /></div>;
}

function ReachRows({ rows }: { readonly rows: readonly SoftwareKeyReach[] }): ReactNode {
  const { t } = useText();
  const { w, language } = useKeyLifeText();
  const listed = (words: readonly string[]): string => words.join(language === 'zh' ? '、' : ', ');
  const kinds = ({ classes, severities }: SoftwareKeyReach): string => {
    const named = listed(classes.map((one) => t(`class.${one}`)));
    return severities.length === severitySchema.options.length ? named : w('reach.ofSeverity', { kinds: named, severities: listed(severities.map((one) => t(`severity.${one}`))) });
  };
  const parts = ({ writes, steps }: SoftwareKeyReach): string => listed([...(writes ? [w('reach.writes')] : []), ...steps.map((step) => wordOr(t, 'step', step))]);
  return (
    <ul className="reach">
      {rows.map((row) => (
        <li key={`${row.use} ${row.classes.join()} ${row.severities.join()}`} data-use={row.use} data-classes={row.classes.join(' ')}>
          <strong>{kinds(row)}</strong> {w('reach.parts', { parts: parts(row) })}<br />{w(`reach.${row.use}`)}
        </li>
      ))}
    </ul>
  );
}
