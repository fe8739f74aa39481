import type { ReactNode } from 'react';
import { useRootText } from '../i18n/root';
import { pinnedRoot } from '../trust';

/** Which root this device trusts, and the way to its digits: beside those that a person reads to an officer no others stand. */
export function RootLine(): ReactNode {
  const { w } = useRootText();
  const pinned = pinnedRoot();
  return (
    <p className="note" id="root-line">
      {pinned === null ? w('line.none') : w('line', { district: pinned.district, version: pinned.version })} <a href="#/root">{w('line.open')}</a>
    </p>
  );
}
