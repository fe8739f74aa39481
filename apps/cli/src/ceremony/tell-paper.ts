import type { Tier } from '#libs/contracts';
import { digitGroups, documentDifference, type Difference } from '#libs/domain';
import type { Paper, PaperWord } from './paper';
import { platformOf } from './paper';
import type { Before } from './standing';

/** A paper in plain words: how it differs from what is in force, or all of it where nobody can be sure what that is. */
export interface Told {
  readonly lines: readonly string[];
  readonly differences: readonly Difference[];
  /** Of those that weaken. */
  readonly marked: number;
  readonly against: number | null;
}

const NAMES: Readonly<Record<PaperWord, string>> = { root: '根证书', charter: '授权证', roster: '权责清单' };

/**
 * What somebody is about to sign, from its bytes alone. A document before it that nobody vouches for is not compared with:
 * a server could name one of its own making, in which its additions stand already. `tier`: of a roster's platform.
 */
export function tellPaper(paper: Paper, before: Before<PaperWord> | undefined, tier?: Tier): Told {
  const compared = before?.vouched === true ? before.value : undefined;
  const differences = compare(paper, compared, tier);
  const { version } = paper.value;
  return {
    differences, marked: differences.filter(({ weakens }) => weakens).length, against: compared === undefined ? null : compared.version,
    lines: [
      `${paper.word} ${version} of ${platformOf(paper)} / ${NAMES[paper.word]}`,
      compared !== undefined ? `  against version ${compared.version}, which is in force:`
        : before === undefined ? '  the first that is known here; it says:' : `  version ${before.value.version} is named as in force, and nobody here vouches for that (--root FILE would): so all of it is shown`,
      ...(differences.length === 0 ? ['  nothing changes / 没有变化'] : []),
      ...differences.map(({ zh, en, weakens }) => `  ${weakens ? '‼' : '·'} ${en}\n      ${zh}`),
      ...sayDigest(paper.digest),
    ],
  };
}

/** The digest as it stands in files, and as people read it to each other and as the signing pages show it. */
export function sayDigest(digest: string): readonly string[] {
  return [`  digest ${(digest.match(/.{8}/g) ?? []).join(' ')}`, `  digits 核对码 ${digitGroups(digest).join(' ')}`];
}

function compare(paper: Paper, before: Before<PaperWord>['value'] | undefined, tier: Tier | undefined): readonly Difference[] {
  switch (paper.word) {
    case 'root': return documentDifference('root', before !== undefined && 'graceDays' in before ? before : null, paper.value);
    case 'charter': return documentDifference('charter', before !== undefined && 'officers' in before ? before : null, paper.value);
    case 'roster': return documentDifference('roster', before !== undefined && 'persons' in before ? before : null, paper.value, tier);
  }
}
