import type { ReactNode } from 'react';
import { digitGroups } from '#libs/domain';
import { useRootText } from '../i18n/root';
import { pinnedRoot } from '../trust';

/** Which root this device trusts, wherever its keys are shown, and the way to compare it. */
export function RootLine(): ReactNode {
  const { w } = useRootText();
  const pinned = pinnedRoot();
  return (
    <p className="note" id="root-line">
      {pinned === null ? w('line.none') : w('line', { district: pinned.district, version: pinned.version, digits: digitGroups(pinned.digest).join(' ') })} <a href="#/root">{w('line.open')}</a>
    </p>
  );
}
