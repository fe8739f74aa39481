import { LIMITS, resourceCodeSchema, terminalIdSchema, type TerminalId, type TerminalIssue } from '#libs/contracts';
import type { Clock } from '../../kernel/clock';
import { isUniqueViolation, notify, type Transactions, type Tx } from '../../kernel/database';
import { invalidFields, userError, type FieldError } from '../../kernel/errors';
import type { Leaves } from '../../kernel/leaf';
import { scopeOf, type Principal } from '../access';
import type { Area, Areas } from '../areas';
import { claimCodeHash, freshClaimCode } from './claim-codes';
import { freeResourceCode, freeTerminalId } from './free-codes';
import { REGISTRY_CHANNEL } from './registry-channel';
import type { TerminalsStore } from './terminals.store';

const CLAIM_MS = LIMITS.claimCodeHours * 3_600_000;

/** A claim code on its way to the one person who asked for it. */
export interface IssuedCode {
  readonly terminal: TerminalId;
  readonly claimCode: string;
  readonly claimUntil: number;
}

/**
 * POST /api/terminals and /api/terminals/:id/claim-code: a new terminal with its one-use claim code, and another code
 * for one that has not enrolled. The code is in the answer alone: only its hash is kept, and the answer is not kept for
 * an idempotency key either; whoever lost it asks for another one, which voids the first. Neither makes anything sound:
 * a terminal stays mute until it enrolled and an officer signed where it stands.
 */
export class IssueTerminal {
  constructor(
    private readonly store: TerminalsStore,
    private readonly areas: Areas,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly leaves: Leaves,
    private readonly reload: () => Promise<void>,
  ) {}

  /** Refuses an area that is unknown or foreign (INVALID), codes that another terminal has (TERMINAL_EXISTS). */
  async run(caller: Principal, wanted: TerminalIssue): Promise<IssuedCode> {
    const area = await this.areaOf(caller, wanted);
    try {
      const issued = await this.transactions.run((tx) => this.add(tx, caller, wanted, area));
      await this.reload();
      return issued;
    } catch (cause) {
      if (isUniqueViolation(cause)) throw userError('TERMINAL_EXISTS', `A terminal with the physical code ${wanted.physicalCode} is known already.`, { status: 409 });
      throw cause;
    }
  }

  /** Refuses a terminal out of scope (NOT_FOUND) and one that has enrolled (WRONG_STATE). */
  async again(caller: Principal, terminal: TerminalId): Promise<IssuedCode> {
    const scope = scopeOf(caller);
    return this.transactions.run(async (tx) => {
      const [row] = await this.store.lock(scope, tx, [terminal]);
      if (row === undefined) throw userError('NOT_FOUND', 'No such terminal in your scope.');
      if (row.state !== 'expected') throw userError('WRONG_STATE', 'A device has enrolled as this terminal.');
      const issued = this.fresh(terminal);
      await this.store.renewClaim(scope, tx, terminal, claimCodeHash(issued.claimCode), issued.claimUntil);
      await this.leaves.insert(tx, { platform: row.platform, kind: 'terminal.claim-code', subject: terminal, facts: { by: caller.person, until: issued.claimUntil } });
      return issued;
    });
  }

  /**
   * The box of this terminal was stolen, copied or has died: its key counts no more at any gateway within seconds, and
   * with the new code one other box becomes the terminal, mute until an officer signs for its key. Refuses NOT_FOUND and,
   * where no box has enrolled, WRONG_STATE.
   */
  async replaceDevice(caller: Principal, terminal: TerminalId): Promise<IssuedCode> {
    const scope = scopeOf(caller);
    const issued = await this.transactions.run(async (tx) => {
      const [row] = await this.store.lock(scope, tx, [terminal]);
      if (row === undefined) throw userError('NOT_FOUND', 'No such terminal in your scope.');
      if (row.deviceKey === null || row.state === 'retired') throw userError('WRONG_STATE', 'No device has enrolled as this terminal.');
      const made = this.fresh(terminal);
      await this.store.takeDeviceAway(scope, tx, terminal, claimCodeHash(made.claimCode), made.claimUntil);
      await this.leaves.insert(tx, { platform: row.platform, kind: 'terminal.device-taken-away', subject: terminal, facts: { keyId: row.deviceKey.keyId, by: caller.person, until: made.claimUntil } });
      await notify(tx, REGISTRY_CHANNEL);
      return made;
    });
    await this.reload();
    return issued;
  }

  private async areaOf(caller: Principal, { area }: TerminalIssue): Promise<Area> {
    const scope = scopeOf(caller);
    const { ids, foreign } = await this.areas.resolve(scope, [area]);
    const [row] = ids.includes(area) ? await this.areas.chain(scope, area) : [];
    if (row !== undefined) return row;
    throw invalidFields([foreign.length > 0
      ? { path: 'area', code: 'AREA_FOREIGN', sentence: `"${area}" lies outside your platform.` }
      : { path: 'area', code: 'AREA_UNKNOWN', sentence: `There is no area "${area}".` }]);
  }

  private async add(tx: Tx, caller: Principal, wanted: TerminalIssue, area: Area): Promise<IssuedCode> {
    const scope = scopeOf(caller);
    const taken = await this.store.lockCodes(scope, tx);
    const resourceCode = this.resourceCodeOf(wanted, area, taken.resourceCodes);
    const issued = this.fresh(terminalIdSchema.parse(freeTerminalId(area.id, taken.ids)));
    const { name, physicalCode, latitudeE6, longitudeE6, horns, households, naturalVillage } = wanted;
    await this.store.add(scope, tx, [{
      id: issued.terminal, name, platform: area.platform, area: area.id, physicalCode, resourceCode, latitude: latitudeE6 / 1e6, longitude: longitudeE6 / 1e6, horns, households,
      naturalVillage, claimCodeHash: claimCodeHash(issued.claimCode),
    }], issued.claimUntil);
    await this.leaves.insert(tx, {
      platform: area.platform, kind: 'terminal.issued', subject: issued.terminal,
      facts: { area: area.id, physicalCode, resourceCode, by: caller.person, until: issued.claimUntil },
    });
    await notify(tx, REGISTRY_CHANNEL);
    return issued;
  }

  private resourceCodeOf({ resourceCode }: TerminalIssue, area: Area, taken: ReadonlySet<string>): string {
    const fault = (code: string, sentence: string): FieldError => ({ path: 'resourceCode', code, sentence });
    if (resourceCode !== undefined) {
      if (taken.has(resourceCode)) throw invalidFields([fault('RESOURCE_CODE_TAKEN', 'Another terminal has this resource code.')]);
      return resourceCode;
    }
    const free = freeResourceCode(area, taken);
    if (free === undefined) throw invalidFields([fault('RESOURCE_CODE_NONE', `No resource code can be made for "${area.id}": name one.`)]);
    return resourceCodeSchema.parse(free);
  }

  private fresh(terminal: TerminalId): IssuedCode {
    return { terminal, claimCode: freshClaimCode(this.clock), claimUntil: Math.trunc(this.clock.now()) + CLAIM_MS };
  }
}
