import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { useText } from '../i18n';
import { useLiveText } from '../i18n/live';
import type { SignedPermit } from '../permits/signed-permit';
import type { SignedIn } from '../signed-in';
import { Choice } from '../ui/choice';
import { FaultBox } from '../ui/fault';
import { HoldButton } from '../ui/hold-button';
import { useLoad } from '../ui/load';
import { OwnEarTest } from './own-ear-test';
import { FRESH_MS, handIn, prepareGrant, type Ask, type Prepared } from './grant';
import { ownAreas, type LiveFacts } from './live-facts';
import type { LiveSession } from './live-session';
import { longestUnder } from './permit-longest';
import { Reach } from './reach';
import { RecordPanel } from './record-panel';

interface Props extends SignedIn {
  readonly live: LiveSession;
  readonly facts: LiveFacts;
  readonly permit: SignedPermit;
}

/** The own village, at once: where, then the hold. Everything is drafted and read back before the press. */
export function PermitForm({ live, facts, permit, api, session, clock }: Props): ReactNode {
  const { t } = useText();
  const { w, words } = useLiveText();
  const [areaAt, setAreaAt] = useState(0);
  const [keyAt, setKeyAt] = useState(0);
  const [title, setTitle] = useState(w('default.title'));
  const [text, setText] = useState(w('default.text'));
  const [recorded, setRecorded] = useState(false);
  const areas = ownAreas(facts.areas, session.platform);
  const area = areas[areaAt];
  const { value: terms } = permit.permit;
  const longest = longestUnder(terms, facts.chimeMs, clock.now());
  const ask = useCallback((): Ask => ({
    class: 'governance', severity: 'none', eventType: 'village-notice', title, text, areas: area === undefined ? [] : [area.id], permit: permit.permit.digest, maxDurationMs: longest,
  }), [area, longest, permit, text, title]);
  const settled = useSettled(ask);
  const { value: prepared, fault, again } = useLoad(useCallback(async (): Promise<Prepared | null> => (recorded ? null : prepareGrant(api, settled(), session, clock)), [api, clock, recorded, session, settled]));
  const held = facts.keys[keyAt]?.held;
  const isReady = settled === ask && prepared !== null && held !== undefined;

  const speak = (): void => void live.speak(async (does) => {
    if (held === undefined) throw new Error('no key');
    does('drafting');
    const fresh = isReady && clock.monotonic() - prepared.madeAt < FRESH_MS ? prepared : await prepareGrant(api, ask(), session, clock);
    does('signing');
    const { id } = await handIn(api, fresh, held, false, clock, () => does('handing-in'));
    return { message: id, digest: fresh.digest, live: fresh.live, key: fresh.key };
  });
  return (
    <div className="speak" data-permit={permit.permit.digest}>
      <p className="told" id="under-permit">{w('permit', { minutes: Math.floor(longest / 60_000), seconds: Math.floor((longest % 60_000) / 1_000), left: permit.told.leftToday })}</p>
      <Choice id="area" label={w('place')} at={areaAt} choose={setAreaAt} options={areas.map(({ name, terminals, online }) => w('area', { name, terminals, online }))} />
      {facts.keys.length > 1 && <Choice id="key" label={w('withKey')} at={keyAt} choose={setKeyAt} options={facts.keys.map(({ held: { name }, verifies }) => `${name} · ${t(verifies ? 'keys.kind.passkey' : 'keys.kind.software')}`)} />}
      <fieldset className="how">
        <label className="reason-choice"><input type="radio" name="how" checked={!recorded} onChange={() => setRecorded(false)} />{w('how.live')}</label>
        <label className="reason-choice"><input type="radio" name="how" id="recorded" checked={recorded} onChange={() => setRecorded(true)} />{w('how.recorded')}</label>
      </fieldset>
      {!recorded && prepared !== null && <Reach consequence={prepared.consequence} />}
      {!recorded && fault !== null && <><FaultBox fault={fault} own={words} /><button id="prepare-again" type="button" onClick={again}>{t('home.again')}</button></>}
      {!recorded && (
        <HoldButton id="speak" label={w('hold')} holding={w('holding')} disabled={!isReady || longest === 0} holdMs={800} onPress={() => live.press()} onLetGo={() => live.letGo()} onHeld={speak} />
      )}
      {recorded && held !== undefined && <RecordPanel {...{ api, session, clock, held }} ask={ask()} />}
      {!recorded && <OwnEarTest live={live} clock={clock} />}
      <details>
        <summary>{w('words')}</summary>
        <label>{w('words.title')}<input id="title" value={title} maxLength={60} onChange={({ target }) => setTitle(target.value)} /></label>
        <label>{w('words.text')}<textarea id="text" value={text} maxLength={1000} onChange={({ target }) => setText(target.value)} /></label>
      </details>
    </div>
  );
}

const SETTLE_MS = 600;

/** The value once it has not changed for a while: a draft is not made with every letter. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState<{ readonly value: T }>({ value });
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return undefined;
    }
    const timer = window.setTimeout(() => setSettled({ value }), SETTLE_MS);
    return () => window.clearTimeout(timer);
  }, [value]);
  return settled.value;
}
