import { resourceCodeSchema, type AreaId, type Assignment, type PlatformId } from '#libs/contracts';
import { maxVolumeOf, type RegisteredTerminal } from './registry';

/** Terminals in one signed batch: 60 make about 24 KiB. */
export const BATCH_TERMINALS = 60;

type Chain = readonly { readonly id: AreaId; readonly parent: AreaId | null }[];

/**
 * What an officer is asked to sign: every enrolled terminal without an assignment, whose
 * signer was revoked, or for which another greatest volume was asked for than the signed one, in batches per platform. `chainOf` gives a terminal's areas up to the district's; without one it is left out.
 */
export function draftAssignments(terminals: readonly RegisteredTerminal[], chainOf: (area: AreaId) => Chain | undefined, issuedAt: number): readonly Assignment[] {
  const byPlatform = new Map<PlatformId, Assignment['terminals'][number][]>();
  for (const terminal of terminals) {
    const areas = chainOf(terminal.area);
    if (terminal.deviceKey === null || !wantsSignature(terminal) || areas === undefined || areas.length === 0) continue;
    const rows = byPlatform.get(terminal.platform) ?? [];
    rows.push({
      terminal: terminal.id,
      deviceKeyId: terminal.deviceKey.keyId,
      areas: areas.map(({ id, parent }) => ({ id, parent })),
      resourceCode: resourceCodeSchema.parse(terminal.resourceCode),
      maxVolume: maxVolumeOf(terminal),
      version: terminal.assignmentVersion + 1,
    });
    byPlatform.set(terminal.platform, rows);
  }
  return [...byPlatform].flatMap(([platform, rows]) => {
    const batches: Assignment[] = [];
    for (let at = 0; at < rows.length; at += BATCH_TERMINALS) batches.push({ platform, issuedAt, terminals: rows.slice(at, at + BATCH_TERMINALS) });
    return batches;
  });
}

function wantsSignature(terminal: RegisteredTerminal): boolean {
  const { state, assignment } = terminal;
  if (state === 'enrolled') return true;
  return state === 'assigned' && (assignment === null || assignment.needsSigning || assignment.entry.maxVolume !== maxVolumeOf(terminal));
}
