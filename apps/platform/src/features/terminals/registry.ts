import type { AreaId, KeyRecord, PlatformId, TerminalId } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';

export type TerminalState = 'expected' | 'enrolled' | 'assigned' | 'retired';

/** The signed assignment in force for one terminal, verified when it was loaded. */
export interface HeldAssignment {
  readonly envelope: Envelope;
  readonly version: number;
  readonly platform: PlatformId;
  readonly areas: readonly { readonly id: AreaId; readonly parent: AreaId | null }[];
}

export interface RegisteredTerminal {
  readonly id: TerminalId;
  readonly name: string;
  /** Where it is expected to stand; once assigned, what the signed assignment says. */
  readonly platform: PlatformId;
  readonly area: AreaId;
  readonly physicalCode: string;
  readonly resourceCode: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly horns: number;
  readonly households: number;
  readonly naturalVillage: string;
  readonly state: TerminalState;
  readonly deviceKey: KeyRecord | null;
  readonly assignmentVersion: number;
  readonly assignment: HeldAssignment | null;
}

/** All terminals of this server in memory: 600 to a few thousand small rows. */
export class TerminalRegistry {
  private byId: ReadonlyMap<TerminalId, RegisteredTerminal> = new Map();
  private inOrder: readonly RegisteredTerminal[] = [];

  replace(terminals: readonly RegisteredTerminal[]): void {
    this.inOrder = [...terminals].sort((a, b) => (a.id < b.id ? -1 : 1));
    this.byId = new Map(this.inOrder.map((terminal) => [terminal.id, terminal]));
  }

  get(terminal: TerminalId): RegisteredTerminal | undefined {
    return this.byId.get(terminal);
  }

  /** Ordered by id. */
  all(): readonly RegisteredTerminal[] {
    return this.inOrder;
  }
}
