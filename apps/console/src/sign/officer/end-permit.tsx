import { useCallback, useState, type ReactNode } from 'react';
import { permitSchema, type Digest, type Permit, type PlatformId } from '#libs/contracts';
import { useKeyLifeText } from '../i18n/key-life';
import { PermitTerms } from '../permits/permit-terms';
import { toldPermit } from '../permits/told-permits';
import type { SignedIn } from '../signed-in';
import { openSigned, PageRefusal } from '../trust';
import { FaultBox } from '../ui/fault';
import { useLoad } from '../ui/load';
import { useBusy } from '../ui/use-busy';
import { rostersInForce, type InForce } from './in-force';
import { draftWithoutPermit, type Paper } from './paper';
import { PaperList } from './paper-list';

interface Listed {
  readonly permit: Permit;
  readonly digest: Digest;
  readonly inForce: ReadonlyMap<PlatformId, InForce>;
}

interface Props extends Pick<SignedIn, 'api' | 'keys' | 'clock'> {
  readonly digest: string;
  readonly onSigned: (published: number, waiting: number) => void;
}

/** `#/officer/permits/<digest>`: the roster without a live permit, drafted here from the one in force and signed as every other. */
export function EndPermit({ digest, api, keys, clock, onSigned }: Props): ReactNode {
  const { w, words } = useKeyLifeText();
  const { value, fault, again } = useLoad(useCallback(() => readListed(api, digest), [api, digest]));
  const [draft, setDraft] = useState<Paper | null>(null);
  const drafting = useBusy();
  const held = value === null ? undefined : value.inForce.get(value.permit.platform);
  return (
    <section id="end-permit">
      <h1>{w('end.title')}</h1>
      <FaultBox fault={fault} own={words} />
      {value !== null && held !== undefined && (
        <>
          <p className="note">{w('end.why')}</p>
          <PermitTerms permit={value.permit} digest={value.digest} village={held.charter.name} />
          {draft === null && (held.roster.value.permits?.includes(value.digest) === true
            ? <p className="actions"><button id="draft-end" type="button" className="primary" disabled={drafting.busy} onClick={() => void drafting.run(async () => setDraft(await draftWithoutPermit(held, value.digest, clock.now())))}>{w('end.draft')}</button></p>
            : <p className="note" id="not-listed">{w('end.notListed')}</p>)}
          <FaultBox fault={drafting.fault} own={words} />
          {draft !== null && <PaperList {...{ papers: [draft], inForce: value.inForce, keys, api, clock, onSigned }} vouchedFor={() => true} isDraft onGone={again} />}
        </>
      )}
      <p><a href={`#/permits/${digest}`}>{w('end.back')}</a></p>
    </section>
  );
}

/** The permit's own bytes under the digest of the link; whether they would count is no question for whoever ends it. Refuses PAGE_OTHER_PERMIT. */
async function readListed(api: SignedIn['api'], digest: string): Promise<Listed> {
  const permit = await openSigned('permit', (await toldPermit(api, digest)).envelope, permitSchema);
  if (permit.digest !== digest) throw new PageRefusal('PAGE_OTHER_PERMIT', permit.digest.slice(0, 16));
  return { permit: permit.value, digest: permit.digest, inForce: await rostersInForce(api, new Set([permit.value.platform])) };
}
