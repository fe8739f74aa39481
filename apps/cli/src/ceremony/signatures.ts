import type { Charter, KeyRecord, Root } from '#libs/contracts';
import { verifiedSignatures } from '#libs/suites';
import type { Paper } from './paper';
import { charterOf, rootOf, type Standing } from './standing';

/** Somebody whose signature counts for a paper. */
export interface Signatory {
  /** A person, or a root key by its number: two keys of one person are one signature. */
  readonly who: string;
  readonly key: KeyRecord;
}

/** One of the groups that must sign a paper; a root that follows another one has two of them. */
export interface Wanted {
  readonly group: string;
  readonly threshold: number;
  readonly signatories: readonly Signatory[];
}

/** How far a group has come. */
export interface Signed extends Wanted {
  /** Who has signed, each once. */
  readonly by: readonly string[];
  readonly missing: number;
}

/**
 * Who must sign a paper: a root its own keys and those of the one before it; the district's charter the root; any other
 * charter its parent's officers; a roster its platform's own. Undefined where the document above it is not known.
 */
export function wantedFor(paper: Paper, standing: Standing, among: readonly Paper[]): readonly Wanted[] | undefined {
  switch (paper.word) {
    case 'root': {
      const own = rootGroup(paper.value, `the keys of root ${paper.value.version}`);
      if (paper.value.version === 1) return [own];
      const before = rootOf(standing, paper.value.version - 1);
      return before === undefined ? undefined : [rootGroup(before, `the keys of root ${before.version}, which is in force`), own];
    }
    case 'charter': {
      if (paper.value.parent === null) {
        const root = rootOf(standing);
        return root === undefined ? undefined : [rootGroup(root, `the keys of root ${root.version}`)];
      }
      return officersOf(charterOf(standing, among, paper.value.parent));
    }
    case 'roster': return officersOf(charterOf(standing, among, paper.value.platform));
  }
}

/** What the signatures on a paper come to. Only those that hold over its very bytes count. */
export function signaturesOn(paper: Paper, wanted: readonly Wanted[]): readonly Signed[] {
  return wanted.map((group) => {
    const { envelope, payload } = paper;
    const held = envelope === undefined ? [] : verifiedSignatures(envelope, payload, group.signatories.map(({ key }) => key));
    const by = [...new Set(group.signatories.filter(({ key }) => held.some(({ keyId }) => keyId === key.keyId)).map(({ who }) => who))];
    return { ...group, by, missing: Math.max(0, group.threshold - by.length) };
  });
}

export function isComplete(signed: readonly Signed[]): boolean {
  return signed.every(({ missing }) => missing === 0);
}

/** `2 of 2 by officers of t1 (a, b)`, or who may give what is missing. */
export function saySigned({ group, threshold, by, missing, signatories }: Signed): string {
  const had = `${by.length} of ${threshold} by ${group}${by.length === 0 ? '' : ` (${by.join(', ')})`}`;
  if (missing === 0) return `${had}: complete / 已齐`;
  const left = [...new Set(signatories.map(({ who }) => who))].filter((who) => !by.includes(who));
  return `${had}: wants ${missing} more, of ${left.join(', ')} / 还差 ${missing} 人`;
}

function rootGroup(root: Root, group: string): Wanted {
  return { group, threshold: root.threshold, signatories: root.keys.map((key, at) => ({ who: `holder ${at + 1} (${key.keyId.slice(0, 16)})`, key })) };
}

function officersOf(charter: Charter | undefined): readonly Wanted[] | undefined {
  if (charter === undefined) return undefined;
  return [{ group: `officers of ${charter.platform}`, threshold: charter.threshold, signatories: charter.officers.map(({ person, key }) => ({ who: person, key })) }];
}
