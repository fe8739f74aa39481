import { lazy, Suspense, useCallback, useMemo, useState, type ReactNode } from 'react';
import type { Session } from '#libs/contracts';
import { browserClock } from '../clock';
import { Api, findWhere, type Where } from './api';
import { ApprovePage } from './approve/approve-page';
import { HomePage } from './home-page';
import { Speaking, useText } from './i18n';
import { deviceAbilities, KeyFault, KeyRing, type HeldKey } from './keys';
import { useRoute, type Route } from './route';
import { SignInPanel } from './session/sign-in-panel';
import type { SignedIn } from './signed-in';
import { FaultBox } from './ui/fault';
import { useLoad } from './ui/load';

// An approver's phone need not load what it seldom opens.
const FirstFactor = lazy(async () => ({ default: (await import('./keys-page')).FirstFactor }));
const KeysPage = lazy(async () => ({ default: (await import('./keys-page')).KeysPage }));
const OfficerPage = lazy(async () => ({ default: (await import('./officer/officer-page')).OfficerPage }));
const RootPage = lazy(async () => ({ default: (await import('./keys-page')).RootPage }));
const PermitsPage = lazy(async () => ({ default: (await import('./permits/permits-page')).PermitsPage }));

const LivePage = lazy(async () => ({ default: (await import('./live/live-page')).LivePage }));

interface Kept {
  readonly ring: KeyRing | null;
  readonly keys: readonly HeldKey[];
}

/** Without a place for keys the pages still show and explain; they only cannot sign. */
async function keptKeys(): Promise<Kept> {
  try {
    const ring = await KeyRing.open(browserClock);
    return { ring, keys: await ring.list() };
  } catch (cause) {
    if (cause instanceof KeyFault) return { ring: null, keys: [] };
    throw cause;
  }
}

/** The signing pages. The session lives in this tab's memory and nowhere else; the keys live in the browser. */
export function App(): ReactNode {
  return <Speaking><Shell /></Speaking>;
}

function Shell(): ReactNode {
  const { t, language, choose } = useText();
  const where = useLoad(findWhere);
  return (
    <>
      <header className="bar">
        <a className="brand" href="#/">{t('bar.name')}</a>
        <nav>
          <a href="#/live">{t('bar.live')}</a>
          <a href="#/keys">{t('bar.keys')}</a>
          <a href="#/permits">{t('bar.permits')}</a>
          <a href="#/officer">{t('bar.officer')}</a>
          <button id="language" type="button" onClick={() => choose(language === 'zh' ? 'en' : 'zh')}>{language === 'zh' ? 'English' : '中文'}</button>
        </nav>
      </header>
      <main>
        {!deviceAbilities().secure && <p className="warning" id="insecure">{t('bar.insecure', { host: location.host })}</p>}
        {where.fault !== null && <div><FaultBox fault={{ code: 'NO_WHERE', sentence: where.fault.sentence }} /><button type="button" onClick={where.again}>{t('home.again')}</button></div>}
        {where.value !== null && <Inside where={where.value} />}
      </main>
      <footer><span>{location.origin}</span>{typeof where.value?.build === 'string' && <span className="build" id="build">{t('bar.build')} {where.value.build.slice(0, 16)}</span>}</footer>
    </>
  );
}

function Inside({ where }: { readonly where: Where }): ReactNode {
  const { t } = useText();
  const route = useRoute();
  const [session, setSession] = useState<Session | null>(null);
  const kept = useLoad(keptKeys);
  const open = useMemo(() => new Api(where), [where]);
  const api = useMemo(() => (session === null ? open : open.withToken(session.token)), [open, session]);
  const leave = useCallback(() => {
    void api.remove('/api/session').catch(() => undefined);
    setSession(null);
  }, [api]);
  if (kept.value === null) return <FaultBox fault={kept.fault} />;
  const { ring, keys } = kept.value;
  if (session === null) return <SignInPanel api={open} keys={keys} onSession={setSession} />;
  const inside: SignedIn = { session, api, ring, keys, keysChanged: kept.again, clock: browserClock, onSession: setSession };
  return (
    <>
      <p className="who">
        {session.demo && <strong className="demo">{t('bar.demo')}</strong>}
        <span>{session.title} · {session.platform}</span>
        <button id="leave" type="button" onClick={leave}>{t('bar.leave')}</button>
      </p>
      <Suspense>{session.factor === 'enrol' ? <FirstFactor api={api} onSession={setSession} /> : <PageOf route={route} inside={inside} />}</Suspense>
    </>
  );
}

function PageOf({ route, inside }: { readonly route: Route; readonly inside: SignedIn }): ReactNode {
  switch (route.kind) {
    case 'home': return <HomePage {...inside} />;
    case 'approve': return <ApprovePage key={route.message} {...inside} message={route.message} />;
    case 'keys': return <KeysPage {...inside} />;
    case 'root': return <RootPage {...inside} />;
    case 'officer': return <OfficerPage {...inside} rest={route.rest} />;
    case 'permits': return <PermitsPage {...inside} digest={route.digest} />;
    case 'live': return <LivePage key={route.message} {...inside} message={route.message} />;
  }
}
