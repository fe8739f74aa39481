import type { AreaId, SoftwareKeyRecord, PlatformId, TerminalId, VolumeBand } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { sha256Hex } from '#libs/suites';
import type { TerminalAssignment } from '#libs/trust';

export type TerminalState = 'expected' | 'enrolled' | 'assigned' | 'retired';

/** The signed assignment in force for one terminal, verified when it was loaded. */
export interface HeldAssignment {
  readonly envelope: Envelope;
  readonly entry: TerminalAssignment;
  /** No terminal would take it any more (its officer's key was revoked or replaced, a charter changed): those that did stand under it still, and somebody must sign it anew. */
  readonly needsSigning: boolean;
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
  readonly deviceKey: SoftwareKeyRecord | null;
  /** The cap that somebody asked for; it holds once an officer signed it. Null: nobody asked, what was signed stands. */
  readonly wantedMaxVolume: VolumeBand | null;
  readonly assignmentVersion: number;
  readonly assignment: HeldAssignment | null;
}

/** The cap that the next assignment will carry: what was asked for, else what stands signed, else none. */
export function maxVolumeOf({ wantedMaxVolume, assignment }: Pick<RegisteredTerminal, 'wantedMaxVolume' | 'assignment'>): VolumeBand {
  return wantedMaxVolume ?? assignment?.entry.maxVolume ?? 'full';
}

/** All terminals of this server in memory: 600 to a few thousand small rows. */
export class TerminalRegistry {
  private byId = new Map<TerminalId, RegisteredTerminal>();
  private inOrder: readonly RegisteredTerminal[] | undefined;
  private keys: string | undefined;

  replace(terminals: readonly RegisteredTerminal[]): void {
    this.byId = new Map(terminals.map((terminal) => [terminal.id, terminal]));
    this.forget();
  }

  put(terminal: RegisteredTerminal): void {
    this.byId.set(terminal.id, terminal);
    this.forget();
  }

  get(terminal: TerminalId): RegisteredTerminal | undefined {
    return this.byId.get(terminal);
  }

  /** Ordered by id. */
  all(): readonly RegisteredTerminal[] {
    this.inOrder ??= [...this.byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return this.inOrder;
  }

  /** Changes exactly when a terminal or a device key comes or goes, or a terminal is assigned elsewhere: what the gateway compares. */
  keysRevision(): string {
    this.keys ??= sha256Hex(new TextEncoder().encode(this.all().map(({ id, deviceKey, assignment }) => `${id} ${deviceKey?.keyId ?? ''} ${assignment?.entry.areas.map((area) => area.id).join(' ') ?? ''}`).join('\n')));
    return this.keys;
  }

  private forget(): void {
    this.inOrder = undefined;
    this.keys = undefined;
  }
}
