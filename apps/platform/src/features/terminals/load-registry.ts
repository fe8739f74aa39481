import { assignmentSchema, type PlatformId } from '#libs/contracts';
import { parseEnvelope, unverifiedPayload, type Envelope } from '#libs/envelope';
import { isRevoked, verifyAssignment, type TerminalAssignment, type TrustState } from '#libs/trust';
import type { Log } from '../../kernel/log';
import type { Scope } from '../../kernel/scope';
import type { HeldAssignment, RegisteredTerminal } from './registry';
import type { AssignmentRow, TerminalsStore } from './terminals.store';

interface Batch {
  readonly envelope: Envelope;
  readonly platform: PlatformId;
  readonly entries: readonly TerminalAssignment[];
  readonly signerRevoked: boolean;
}

/**
 * Reads the terminals, and verifies their assignments as a terminal would: an edited row stands for nothing. One whose
 * signer was revoked since still counts, because terminals that took it still stand under it; it is marked.
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
    const assignment: HeldAssignment | null = batch === undefined || entry === undefined ? null : { envelope: batch.envelope, entry, signerRevoked: batch.signerRevoked };
    return { ...terminal, assignment };
  });
}

function readBatch({ envelope }: AssignmentRow, state: TrustState): Batch | undefined {
  const parsed = parseEnvelope(envelope);
  if (!parsed.ok) return undefined;
  const verified = verifyAssignment(state, parsed.envelope);
  const assignment = verified.ok ? verified.value.assignment : assignmentSchema.safeParse(unverifiedPayload(parsed.envelope)).data;
  if (assignment === undefined) return undefined;
  const { platform } = assignment;
  const signerRevoked = parsed.envelope.signatures.some(({ keyid }) => isRevoked(state, platform, keyid) !== undefined);
  if (!verified.ok && !signerRevoked) return undefined;
  return { envelope: parsed.envelope, platform, entries: assignment.terminals.map((entry) => ({ ...entry, platform })), signerRevoked: !verified.ok };
}
