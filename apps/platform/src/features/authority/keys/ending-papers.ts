import type { PlatformId } from '#libs/contracts';
import { bySigners } from '#libs/domain';
import { expiryAlarms, lineageOf, type ExpiryAlarm, type ExpiryStage, type TrustState } from '#libs/trust';

/** Papers that end at the same stage and wait for the same people: one alarm, whether it is one roster or those of 87 villages. */
export interface EndingPapers {
  /** Whose officers must sign: there the incident stands. */
  readonly platform: PlatformId;
  readonly stage: ExpiryStage;
  /** Stage and who must sign, in one line: `within-30: 2 of t1-officer-1, t1-officer-2`. */
  readonly cause: string;
  readonly threshold: number;
  readonly signers: readonly string[];
  /** As `roster v1`, the most urgent first. */
  readonly papers: readonly string[];
}

/** What `expiryAlarms` finds (design 4), gathered by who must sign it. `now` in Unix ms. */
export function endingPapers(state: TrustState, now: number): readonly EndingPapers[] {
  return bySigners(expiryAlarms(state, now), (alarm) => signingPlatform(state, alarm)).map((together) => {
    const [alarm] = together;
    const { stage, threshold, signers } = alarm;
    const cause = `${stage}: ${threshold} of ${isRootSigned(state, alarm) ? `${signers.length} root keys` : signers.join(', ')}`;
    return { platform: signingPlatform(state, alarm), stage, cause, threshold, signers, papers: together.map(({ word, platform }) => `${word} ${platform}`) };
  });
}

function isRootSigned(state: TrustState, { word, platform }: ExpiryAlarm): boolean {
  return word === 'root' || word === 'charter' && state.charters.get(platform)?.value.parent === null;
}

/** The highest platform of the lineage of which they all are officers: a township's sign for the villages that have none of their own. */
function signingPlatform(state: TrustState, { word, platform, signers }: ExpiryAlarm): PlatformId {
  if (word === 'root') return state.root.value.district;
  const isTheirs = (one: PlatformId): boolean => {
    const officers = new Set<string>(state.charters.get(one)?.value.officers.map(({ person }) => person));
    return signers.length > 0 && signers.every((signer) => officers.has(signer));
  };
  return lineageOf(state, platform).filter(isTheirs).at(-1) ?? platform;
}
