import type { EnvelopeShape, RefusalCode, SecurityEvent, TerminalId } from '#libs/contracts';
import type { RefusedCommand } from './admit/refusals';
import type { RootOf, TrustSteps } from './admit/trust-steps';
import type { Chance, Clock } from './clock';
import type { Disk, Shelf } from './hardware/disk';
import type { SoundCard } from './hardware/sound-card';
import type { Unit } from './hardware/unit';
import type { MediaSource } from './media/media-source';
import type { RecentSounds } from './media/recent-sounds';
import type { Link } from './uplink/link';
import type { FrameParser } from './uplink/parse-frame';

/** The box and the world as one agent sees them. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly disk: Disk;
  readonly shelf: Shelf;
  readonly card: SoundCard;
  readonly unit: Unit;
  readonly link: Link;
  readonly media: MediaSource;
  readonly parse: FrameParser;
  readonly trust: TrustSteps;
  readonly sounds: RecentSounds;
}

export interface AgentSettings {
  readonly root: EnvelopeShape;
  readonly rootOf: RootOf;
  readonly claimCode: string | null;
  readonly physicalCode: string;
  /** Name and version of this software, as said in hello. */
  readonly agent: string;
}

/** Who looks over the agent's shoulder: logs, and the simulator's records. */
export interface AgentWatcher {
  onRefused?(command: RefusedCommand): void;
  onIncident?(kind: SecurityEvent['kind']): void;
  /** Something that should not happen: a fault in this program. */
  onFault?(fault: unknown): void;
}

export interface AgentStatus {
  readonly terminal: TerminalId | null;
  readonly online: boolean;
  readonly assigned: boolean;
  /** Why the last claim or hello was refused. */
  readonly refusal: string | null;
}

/** The pinned root is not one: this unit can trust nobody. */
export class AgentRootError extends Error {
  readonly code = 'AGENT_ROOT_REFUSED';
  constructor(readonly refusal: RefusalCode) {
    super(`The pinned root does not hold: ${refusal}.`);
    this.name = 'AgentRootError';
  }
}
