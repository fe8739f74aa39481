import type { AreaId, Health, KeyId, SoftwareKeyRecord, PlatformId, Targets, TerminalId, Versions } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import type { Scope } from '../../kernel/scope';

/** A terminal that a message speaks to. */
export interface TargetedTerminal {
  readonly id: TerminalId;
  readonly platform: PlatformId;
  readonly area: AreaId;
  readonly online: boolean;
  readonly naturalVillage: string;
  readonly households: number;
}

export interface Targeted {
  readonly terminals: readonly TargetedTerminal[];
  readonly online: number;
  /** Villages and communities (areas) reached. */
  readonly villages: number;
  readonly households: number;
}

/** The terminals as the platform knows them; which orders a terminal obeys is decided by its signed assignment alone. */
export abstract class Terminals {
  /**
   * Assigned terminals in scope that the targets name and that stand in or below one of `issuerAreas`.
   * Ordered by id.
   */
  abstract targeted(scope: Scope, targets: Targets, issuerAreas: readonly AreaId[]): Promise<Targeted>;
  /** Ids of the connected terminals, in scope. From memory. */
  abstract onlineIds(scope: Scope): ReadonlySet<TerminalId>;
  /** The terminal's platform and those above it, up to the district's, also where a charter fell: whose documents, beacons and stops concern it. Empty for an unknown terminal. */
  abstract lineageOf(terminal: TerminalId): readonly PlatformId[];
  /** The enrolled device key; undefined when the terminal is unknown or not enrolled. From memory. */
  abstract deviceKey(terminal: TerminalId): SoftwareKeyRecord | undefined;
  /** Whether a device enrolled with this key. From memory. */
  abstract isDeviceKey(keyId: KeyId): boolean;
  abstract platformOf(terminal: TerminalId): PlatformId | undefined;
  /** The name people gave it. */
  abstract nameOf(terminal: TerminalId): string | undefined;
  /** Every area it stands in, by its signed assignment; empty without one. */
  abstract areasOf(terminal: TerminalId): readonly AreaId[];
  /** Keeps the latest health of each; called once per batch of exchanges. */
  abstract recordHealth(batch: readonly { readonly terminal: TerminalId; readonly at: number; readonly health: Health }[]): Promise<void>;
  /** The signed assignment in force that names this terminal, and the terminal's version in it. */
  abstract assignmentEnvelope(terminal: TerminalId): { readonly envelope: Envelope; readonly version: number } | undefined;
  /**
   * What a terminal lacks, in reading order: root rotations, charters, rosters and revocations of its lineage newer
   * than `versions`, then its assignment when newer than `assignmentVersion`.
   */
  abstract documentsFor(terminal: TerminalId, versions: Versions | null, assignmentVersion: number): readonly Envelope[];
  /** Terminals of these platforms, in scope. */
  abstract ofPlatforms(scope: Scope, platforms: readonly PlatformId[]): readonly TerminalId[];
}
