import { useCallback, useState, type ReactNode } from 'react';
import { LIMITS, platformIdSchema, volumeBandSchema, type PermitView, type PlatformId } from '#libs/contracts';
import { usePermitText, type PermitTextKey } from '../i18n/permit';
import type { SignedIn } from '../signed-in';
import { FaultBox } from '../ui/fault';
import { useLoad } from '../ui/load';
import { useBusy } from '../ui/use-busy';
import { daysOf, draftOf, emptyForm, type Draft, type Form } from './draft';
import { myPart } from './my-part';
import { PermitTerms } from './permit-terms';
import { SignBox } from './sign-box';
import { clerksOf, requireGround } from './signed-permit';
import type { Village, Villages } from './villages';

interface Props extends SignedIn {
  readonly villages: Villages;
  readonly onSigned: (view: PermitView) => void;
}

/** Fields with their limits, then the sentences that the bytes say, then the hold. */
export function DraftForm(props: Props): ReactNode {
  const { villages: { named, verified } } = props;
  const { w, words } = usePermitText();
  const [only] = named.length === 1 ? named : [];
  const [platform, setPlatform] = useState<PlatformId | null>(only?.platform ?? null);
  const { value: village, fault } = useLoad(useCallback(async () => (platform === null ? null : verified(platform)), [verified, platform]));
  return (
    <section id="draft">
      <h2>{w('draft')}</h2>
      {named.length === 0 && <p className="note">{w('noVillage')}</p>}
      {named.length > 0 && (
        <label>{w('field.village')}
          <select id="village" value={platform ?? ''} onChange={({ target }) => setPlatform(platformIdSchema.safeParse(target.value).data ?? null)}>
            <option value="">{w('choose')}</option>
            {named.map((one) => <option key={one.platform} value={one.platform}>{`${one.name}（${one.platform}）`}</option>)}
          </select>
          <small className="note">{w('hint.village')}</small>
        </label>
      )}
      <FaultBox fault={fault} own={words} />
      {fault === null && village !== null && village.charter.platform === platform && <Terms key={platform} {...props} village={village} />}
    </section>
  );
}

function Terms({ village, session, keys, api, clock, onSigned }: Props & { readonly village: Village }): ReactNode {
  const { w, words } = usePermitText();
  const { busy, fault, run } = useBusy();
  const [form, setForm] = useState<Form>(() => emptyForm(clock.now()));
  const [wrong, setWrong] = useState<readonly (keyof Form)[]>([]);
  const [draft, setDraft] = useState<Draft | null>(null);
  const { first, last } = daysOf(clock.now());
  const hints: Readonly<Record<keyof Form, string>> = {
    clerk: w('hint.clerk'), from: w('hint.band', { from: clockOf(LIMITS.permitFromMinute), to: clockOf(LIMITS.permitToMinute) }), to: w('hint.band', { from: clockOf(LIMITS.permitFromMinute), to: clockOf(LIMITS.permitToMinute) }),
    seconds: w('hint.seconds', { most: LIMITS.permitDurationMs / 1_000, minutes: LIMITS.permitDurationMs / 60_000 }), perDay: w('hint.perDay', { most: LIMITS.permitPerDay }),
    volume: w('hint.volume'), begins: w('hint.days', { most: LIMITS.expiryDays }), until: w('hint.days', { most: LIMITS.expiryDays }),
  };
  if (draft !== null) {
    return (
      <div className="paper" id="draft-paper" data-digest={draft.digest}>
        <h2>{w('draftTitle')}</h2>
        <PermitTerms permit={draft.permit} digest={draft.digest} village={village.charter.name} />
        <SignBox part={myPart({ permit: draft.permit, village, signers: [] }, session.person, keys, clock.now())} payload={draft.payload} before={null} {...{ api, clock, onSigned }} />
        <p className="actions"><button id="edit" type="button" onClick={() => setDraft(null)}>{w('edit')}</button></p>
      </div>
    );
  }
  const label = (field: keyof Form, control: ReactNode, hint = true): ReactNode => (
    <label key={field} className={wrong.includes(field) ? 'wrong' : ''} data-field={field}>{w(FIELDS[field])}{control}
      {wrong.includes(field) ? <small className="field-fault" role="alert">{w('wrong', { hint: hints[field] })}</small> : hint && <small className="note">{hints[field]}</small>}
    </label>
  );
  const set = (field: keyof Form) => ({ target }: { readonly target: { readonly value: string } }): void => setForm({ ...form, [field]: target.value });
  return (
    <div className="terms-form">
      {label('clerk', (
        <select id="clerk" value={form.clerk} onChange={set('clerk')}>
          <option value="">{w('choose')}</option>
          {clerksOf(village.rosters[0]).map(({ id, unit }) => <option key={id} value={id}>{`${id} · ${village.rosters[0].units.find((one) => one.id === unit)?.name ?? unit}`}</option>)}
        </select>
      ))}
      <div className="pair">
        {label('from', <input id="from" type="time" value={form.from} onChange={set('from')} />, false)}
        {label('to', <input id="to" type="time" value={form.to} onChange={set('to')} />, false)}
      </div>
      {!wrong.includes('from') && !wrong.includes('to') && <small className="note">{hints.from}</small>}
      {label('seconds', <input id="seconds" inputMode="numeric" value={form.seconds} maxLength={6} onChange={set('seconds')} />)}
      {label('perDay', <input id="per-day" inputMode="numeric" value={form.perDay} maxLength={6} onChange={set('perDay')} />)}
      {label('volume', <select id="volume" value={form.volume} onChange={set('volume')}>{volumeBandSchema.options.map((band) => <option key={band} value={band}>{w(`volume.${band}`)}</option>)}</select>)}
      <div className="pair">
        {label('begins', <input id="begins" type="date" value={form.begins} min={first} max={last} onChange={set('begins')} />, false)}
        {label('until', <input id="until" type="date" value={form.until} min={first} max={last} onChange={set('until')} />, false)}
      </div>
      {!wrong.includes('begins') && !wrong.includes('until') && <small className="note">{hints.until}</small>}
      <FaultBox fault={fault} own={words} />
      <p className="actions"><button id="read-back" className="primary" type="button" disabled={busy} onClick={() => void run(async () => {
        const made = await draftOf(village, form, clock);
        const isDraft = 'payload' in made;
        setWrong(isDraft ? [] : made);
        if (!isDraft) return;
        requireGround(made.permit, village, clock.now());
        setDraft(made);
      })}>{w('readBack')}</button></p>
    </div>
  );
}

const FIELDS: Readonly<Record<keyof Form, PermitTextKey>> = {
  clerk: 'field.clerk', from: 'field.from', to: 'field.to', seconds: 'field.seconds', perDay: 'field.perDay', volume: 'field.volume', begins: 'field.begins', until: 'field.until',
};

function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
