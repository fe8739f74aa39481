import type { PlatformId } from '#libs/contracts';
import { parseEnvelope, type Envelope } from '#libs/envelope';
import { verifyAssignment, verifyKeptAssignment, type TerminalAssignment, type TrustState } from '#libs/trust';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import type { HeldAssignment, RegisteredTerminal } from './registry';
import type { AssignmentRow, TerminalsStore } from './terminals.store';

interface Batch {
  readonly envelope: Envelope;
  readonly platform: PlatformId;
  readonly entries: readonly TerminalAssignment[];
  readonly needsSigning: boolean;
}

/**
 * Reads the terminals and verifies their assignments: an edited row stands for nothing. One that a terminal would not take
 * any more (its signer was revoked or replaced since, a charter fell or changed) still counts, because the terminals that
 * took it still stand under it; it is marked.
 */
export async function loadRegistry(store: TerminalsStore, scope: Scope, state: TrustState | undefined, log: Log): Promise<readonly RegisteredTerminal[]> {
  const rows = await store.all(scope);
  const batches = new Map<number, Batch>();
  for (const row of state === undefined ? [] : await store.assignments(scope)) {
    const batch = state === undefined ? undefined : readBatch(row, state);
    if (batch === undefined) log.error('terminals.assignment-refused', { place: row.place });
    else batches.set(row.place, batch);
  }
  return rows.map(({ assignmentPlace, ...terminal }) => {
    const batch = assignmentPlace === null ? undefined : batches.get(assignmentPlace);
    const entry = batch?.entries.find((one) => one.terminal === terminal.id && one.deviceKeyId === terminal.deviceKey?.keyId);
    const assignment: HeldAssignment | null = batch === undefined || entry === undefined ? null : { envelope: batch.envelope, entry, needsSigning: batch.needsSigning };
    return { ...terminal, assignment };
  });
}

function readBatch({ envelope }: AssignmentRow, state: TrustState): Batch | undefined {
  const parsed = parseEnvelope(envelope);
  if (!parsed.ok) return undefined;
  const kept = verifyKeptAssignment(state, parsed.envelope);
  if (!kept.ok) return undefined;
  const { platform, terminals } = kept.value;
  return { envelope: parsed.envelope, platform, entries: terminals.map((entry) => ({ ...entry, platform })), needsSigning: !verifyAssignment(state, parsed.envelope).ok };
}
