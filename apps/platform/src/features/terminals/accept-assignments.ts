import { parseEnvelope, type Envelope } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import { pickAssignment, verifyAssignment, type VerifiedAssignment } from '#libs/trust';
import type { Clock } from '../../kernel/clock';
import { notify, type Transactions, type Tx } from '../../kernel/database';
import { ClarionError, type FieldError } from '../../kernel/errors';
import { withIdempotency, type IdempotentCall } from '../../kernel/http';
import type { Leaves } from '../../kernel/leaf';
import type { Outbox } from '../../kernel/outbox';
import type { Scope } from '../../kernel/scope';
import { scopeOf, type Principal } from '../access';
import { DOCUMENT_PUSH, type Trust } from '../authority';
import { declaredChains } from './declared-chain';
import { REGISTRY_CHANNEL } from './registry-channel';
import type { TerminalRegistry } from './registry';
import type { TerminalRow, TerminalsStore } from './terminals.store';

const SENTENCES: Readonly<Record<string, string>> = {
  REJ_KEY_UNKNOWN: 'The key that signed it is not known here.',
  REJ_KEY_USAGE: 'The key that signed it is not an officer of this platform.',
  REJ_KEY_REVOKED: 'The officer\'s key has been revoked.',
  REJ_SIGNATURE: 'The signature does not belong to these bytes.',
  REJ_VERSION_ROLLBACK: 'The terminal has an assignment of this version or a newer one.',
  REJ_VERSIONS: 'The version is far above the terminal\'s last one.',
  REJ_TERMINAL: 'The device key is not the one that this terminal enrolled with.',
  REJ_LINEAGE: 'Only an officer of the platform it leaves may move a terminal.',
  REJ_AREA: 'The areas do not fit the charters in force.',
  TERMINAL_UNKNOWN: 'No such terminal in your scope.',
  TERMINAL_NOT_ENROLLED: 'The terminal has not enrolled yet.',
  DOCUMENT_FOREIGN: 'It is about a platform outside your scope.',
};

/** Every document at fault at once; the code is the first one's. */
export class AssignmentsRefused extends ClarionError {
  constructor(faults: readonly FieldError[]) {
    super(faults[0]?.code ?? 'INVALID', faults[0]?.sentence ?? 'An assignment was refused.', { fields: faults });
  }
}

/**
 * POST /api/assignments: takes batches that an officer signed, all or none. Verified as a terminal will verify them;
 * only a higher version is taken; the same bytes again change nothing. What is accepted goes to its terminals at once.
 */
export class AcceptAssignments {
  constructor(
    private readonly store: TerminalsStore,
    private readonly registry: TerminalRegistry,
    private readonly trust: Trust,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly leaves: Leaves,
    private readonly outbox: Outbox,
    private readonly reload: () => Promise<void>,
  ) {}

  async run(caller: Principal, documents: readonly unknown[], call: IdempotentCall): Promise<{ readonly accepted: number }> {
    const answer = await this.transactions.run((tx) => withIdempotency(tx, this.clock, caller.account, call, async () => {
      const faults: FieldError[] = [];
      for (const [index, document] of documents.entries()) faults.push(...(await this.accept(tx, caller, document, `documents.${index}`)));
      if (faults.length > 0) throw new AssignmentsRefused(faults);
      await notify(tx, REGISTRY_CHANNEL);
      return { accepted: documents.length };
    }));
    await this.reload();
    return answer;
  }

  private async accept(tx: Tx, caller: Principal, document: unknown, at: string): Promise<readonly FieldError[]> {
    const scope = scopeOf(caller);
    const parsed = parseEnvelope(document);
    if (!parsed.ok) return [fault(at, 'REJ_SHAPE')];
    const verified = verifyAssignment(this.trust.state(), parsed.envelope);
    if (!verified.ok) return [fault(at, verified.code)];
    const { platform, terminals } = verified.value.assignment;
    if (!scope.covers(platform)) return [fault(at, 'DOCUMENT_FOREIGN')];
    const digest = sha256Hex(parsed.payload);
    if (await this.store.hasAssignment(scope, tx, digest)) return [];
    const rows = new Map((await this.store.lock(scope, tx, terminals.map((entry) => entry.terminal))).map((row) => [row.id, row]));
    const faults = terminals.flatMap((entry, index) => {
      const code = this.faultOf(verified.value, rows.get(entry.terminal), index);
      return code === undefined ? [] : [fault(`${at}.terminals.${index}`, code)];
    });
    if (faults.length === 0) await this.keep(tx, scope, caller, verified.value, parsed.envelope, digest);
    return faults;
  }

  private faultOf(verified: VerifiedAssignment, row: TerminalRow | undefined, index: number): string | undefined {
    const entry = verified.assignment.terminals[index];
    if (row === undefined || entry === undefined) return 'TERMINAL_UNKNOWN';
    if (row.deviceKey === null) return 'TERMINAL_NOT_ENROLLED';
    // The row's version, too: another server may have accepted one that this registry has not read yet.
    if (entry.version <= row.assignmentVersion) return 'REJ_VERSION_ROLLBACK';
    const current = this.registry.get(row.id)?.assignment?.entry ?? null;
    const picked = pickAssignment(this.trust.state(), verified, row.id, row.deviceKey.keyId, current);
    return picked.ok ? undefined : picked.code;
  }

  private async keep(tx: Tx, scope: Scope, caller: Principal, { assignment }: VerifiedAssignment, envelope: Envelope, digest: string): Promise<void> {
    const { platform, terminals } = assignment;
    const place = await this.store.addAssignment(scope, tx, { platform, digest, envelope, now: this.clock.now(), by: caller.person });
    const chainOf = declaredChains(this.trust.state());
    await this.store.assign(scope, tx, place, platform, terminals.map(({ terminal, areas, resourceCode, version }) => ({
      terminal, resourceCode, version, area: areas.find((area) => chainOf(area.id) !== undefined)?.id ?? areas[0]?.id ?? '',
    })));
    await this.leaves.insert(tx, { platform, kind: 'assignment.accepted', subject: digest, facts: { terminals: terminals.map((entry) => entry.terminal), by: caller.person } });
    await this.outbox.put(tx, DOCUMENT_PUSH, { platform, terminals: terminals.map((entry) => entry.terminal), documents: [envelope] });
  }
}

function fault(path: string, code: string): FieldError {
  return { path, code, sentence: SENTENCES[code] ?? 'The assignment does not hold.' };
}
