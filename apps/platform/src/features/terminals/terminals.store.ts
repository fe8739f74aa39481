import type { Bootstrap, Health, SoftwareKeyRecord, PlatformId, SimCard, TerminalId, VolumeBand } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Tx } from '../../kernel/database';
import type { Scope } from '../../kernel/scope';
import type { PresenceMoves } from './presence';
import type { RegisteredTerminal } from './registry';

export type TerminalRow = Omit<RegisteredTerminal, 'assignment'> & { readonly assignmentPlace: number | null };
export interface AssignmentRow {
  readonly place: number;
  readonly envelope: unknown;
}
export interface ClaimRow {
  readonly id: TerminalId;
  readonly platform: PlatformId;
  readonly physicalCode: string;
  readonly claimUntil: number;
  readonly deviceKeyId: string | null;
}
export interface OpenInterval {
  readonly terminal: TerminalId;
  readonly gateway: string;
  readonly address: string;
  readonly since: number;
}

/** Terminals, assignments, presence and health. */
export interface TerminalsStore {
  add(scope: Scope, tx: Tx, terminals: Bootstrap['terminals'], claimUntil: number): Promise<void>;
  all(scope: Scope): Promise<readonly TerminalRow[]>;
  /** Those that are known, by terminal. */
  simCards(scope: Scope): Promise<readonly SimCard[]>;
  /** Only the assignments that some terminal stands under. */
  assignments(scope: Scope): Promise<readonly AssignmentRow[]>;
  /** The terminal that this claim code belongs to, locked until the transaction ends. */
  lockByClaimCode(scope: Scope, tx: Tx, codeHash: string): Promise<ClaimRow | undefined>;
  /** A new claim code for a terminal that has not enrolled; the one before is void. */
  renewClaim(scope: Scope, tx: Tx, terminal: TerminalId, codeHash: string, claimUntil: number): Promise<void>;
  /** The key of the box that was this terminal counts no more; with the new claim code another one becomes it. */
  takeDeviceAway(scope: Scope, tx: Tx, terminal: TerminalId, codeHash: string, claimUntil: number): Promise<void>;
  /** Every id and resource code that is or was in use, in any scope; nobody else adds any until the transaction ends. */
  lockCodes(scope: Scope, tx: Tx): Promise<{ readonly ids: ReadonlySet<string>; readonly resourceCodes: ReadonlySet<string> }>;
  isKeyTaken(scope: Scope, tx: Tx, keyId: string): Promise<boolean>;
  enrol(scope: Scope, tx: Tx, terminal: TerminalId, key: SoftwareKeyRecord, now: number): Promise<void>;
  /** Terminals as they are, locked until the transaction ends. */
  lock(scope: Scope, tx: Tx, terminals: readonly TerminalId[]): Promise<readonly TerminalRow[]>;
  /** Keeps the cap that was asked for; it holds once an officer signed it. */
  wantMaxVolume(scope: Scope, tx: Tx, terminal: TerminalId, volume: VolumeBand): Promise<void>;
  addAssignment(scope: Scope, tx: Tx, row: { readonly platform: PlatformId; readonly digest: string; readonly envelope: Envelope; readonly now: number; readonly by: string }): Promise<number>;
  hasAssignment(scope: Scope, tx: Tx, digest: string): Promise<boolean>;
  assign(scope: Scope, tx: Tx, place: number, platform: PlatformId, terminals: readonly AssignedRow[]): Promise<void>;
  openIntervals(scope: Scope): Promise<readonly OpenInterval[]>;
  recordPresence(scope: Scope, tx: Tx, moves: PresenceMoves): Promise<void>;
  recordHealth(scope: Scope, batch: readonly { readonly terminal: TerminalId; readonly at: number; readonly health: Health }[]): Promise<void>;
  health(scope: Scope, terminals: readonly TerminalId[]): Promise<ReadonlyMap<TerminalId, unknown>>;
}

export interface AssignedRow {
  readonly terminal: TerminalId;
  /** The nearest declared area. */
  readonly area: string;
  readonly resourceCode: string;
  readonly version: number;
}
