import { assignmentSchema, LIMITS, type Assignment, type KeyId, type PlatformId, type TerminalId } from '#libs/contracts';
import { isWithin } from '#libs/domain';
import { registrationOf, verifiedSignatures } from '#libs/suites';
import { attest, holderAt } from './attest';
import { openEnvelope, readPayload } from './open-envelope';
import { ok, refuse, type Refused, type Result } from './result';
import { ancestryOf, declaredAreas, lineageOf, type HolderOf, type TrustState } from './trust-state';

type AssignedTerminal = Assignment['terminals'][number];

/** One terminal's place: where it stands and to whom it listens. */
export interface TerminalAssignment extends AssignedTerminal {
  readonly platform: PlatformId;
}

export interface VerifiedAssignment {
  readonly assignment: Assignment;
  /** Every known officer's key that signed; at least one is the assigned platform's. */
  readonly officerKeyIds: readonly KeyId[];
}

/** A batch signed by an officer of the platform, its areas in keeping with the charters held (design 4 "Assignment"). */
export function verifyAssignment(state: TrustState, value: unknown): Result<VerifiedAssignment> {
  const opened = openEnvelope(value, 'assignment');
  if (!opened.ok) return opened;
  const officers = attest(state, opened.value, 'officer');
  if (!officers.ok) return officers;
  const parsed = readPayload(opened.value, assignmentSchema);
  if (!parsed.ok) return parsed;
  const assignment = parsed.value;
  const signer = holderAt(state, officers.value, assignment.platform);
  if (!signer.ok) return signer;
  for (const [index, terminal] of assignment.terminals.entries()) {
    const fault = areasFault(state, assignment.platform, terminal, `terminals.${index}.areas`);
    if (fault !== undefined) return fault;
  }
  const officerKeyIds = [...new Set(officers.value.map((officer) => officer.key.keyId))];
  return ok({ assignment, officerKeyIds });
}

/**
 * An assignment that was accepted once, read back: the terminals that took it stand under it, whatever became of its signer
 * or of the charter since. So it asks only that somebody who was an officer of the platform here did sign these bytes.
 */
export function verifyKeptAssignment(state: TrustState, value: unknown): Result<Assignment> {
  const opened = openEnvelope(value, 'assignment');
  if (!opened.ok) return opened;
  const known = [...state.officersOnce.values()].flatMap((officers) => [...officers.values()]);
  const holding = verifiedSignatures(opened.value.envelope, opened.value.payload, known, state.cache);
  if (holding.length === 0) return refuse('REJ_SIGNATURE');
  const parsed = readPayload(opened.value, assignmentSchema);
  if (!parsed.ok) return parsed;
  const officers = state.officersOnce.get(parsed.value.platform);
  return holding.some((key) => officers?.has(registrationOf(key)) === true) ? ok(parsed.value) : refuse('REJ_KEY_USAGE', 'platform');
}

/**
 * This terminal's entry, if it is newer than what it holds (`current`; null before the first). A move to another
 * platform is signed also by an officer of the platform left or of one above it, which may do so although the one left
 * fell: else any village could take any terminal. Equal versions answer REJ_VERSION_ROLLBACK, too; the caller ignores what it already holds.
 * A version far above the last is refused (REJ_VERSIONS): one officer signs, and a stolen key must leave a higher number to the others.
 */
export function pickAssignment(
  state: TrustState, verified: VerifiedAssignment, terminal: TerminalId, deviceKeyId: string, current: TerminalAssignment | null,
): Result<TerminalAssignment> {
  const entry = verified.assignment.terminals.find((candidate) => candidate.terminal === terminal);
  if (entry === undefined || entry.deviceKeyId !== deviceKeyId) return refuse('REJ_TERMINAL', 'deviceKeyId');
  const { platform } = verified.assignment;
  if (entry.version > (current?.version ?? 0) + LIMITS.versionJump) return refuse('REJ_VERSIONS', 'version');
  if (current !== null) {
    if (entry.version <= current.version) return refuse('REJ_VERSION_ROLLBACK', 'version');
    const mayMove = platform === current.platform
      || ancestryOf(state, current.platform).some((above) => holderAt(state, signersIn(state, above, verified.officerKeyIds), above).ok);
    if (!mayMove) return refuse('REJ_LINEAGE', 'platform');
  }
  return ok({ ...entry, platform });
}

function signersIn(state: TrustState, platform: PlatformId, keyIds: readonly KeyId[]): readonly HolderOf<'officer'>[] {
  const holders = keyIds.map((keyId) => state.charters.get(platform)?.holders.get(keyId));
  return holders.filter((holder) => holder?.use === 'officer');
}

/**
 * Design 4 "Assignment": areas with their parents, all the way up. Each parent that is named is among them (who leaves the
 * district out would be deaf to it for ever, which officers may do by an isolate for an hour), declared areas have their
 * declared parents, all others lie below an area of the platform, and one of its areas is among them.
 */
function areasFault(state: TrustState, platform: PlatformId, { areas }: AssignedTerminal, at: string): Refused | undefined {
  const chartered = state.charters.get(platform)?.value.areas ?? [];
  const declared = new Map(declaredAreas(state, lineageOf(state, platform)).map((area) => [area.id, area.parent]));
  const ids = new Set(areas.map((area) => area.id));
  if (ids.size < areas.length || areas.some(({ parent }) => parent !== null && !ids.has(parent))) return refuse('REJ_AREA', at);
  if (!areas.some((area) => chartered.some((top) => top.id === area.id))) return refuse('REJ_AREA', at);
  const sound = areas.every((area) =>
    declared.has(area.id) ? declared.get(area.id) === area.parent : chartered.some((top) => isWithin(areas, area.id, top.id)));
  return sound ? undefined : refuse('REJ_AREA', at);
}
