import type { Fleet } from '#libs/contracts';
import { Agent } from '../agent';
import type { AgentStatus } from '../agent-ports';
import { ownTrustSteps, type TrustSteps } from '../admit/trust-steps';
import type { RefusedCommand } from '../admit/refusals';
import type { Chance } from '../clock';
import type { Disk, Shelf } from '../hardware/disk';
import type { MediaSource } from '../media/media-source';
import { RecentSounds } from '../media/recent-sounds';
import type { Link } from '../uplink/link';
import { parseFrame, type FrameParser } from '../uplink/parse-frame';
import type { CardLog } from './card-log';
import { Power } from './power';
import { SimulatedHardware } from './simulated-hardware';
import { skewedClock, type TrueTime } from './true-time';
import { VirtualCard, type Decode } from './virtual-card';
import { VoiceMeter } from './voice-meter';

const AGENT = 'clarion-simulator/0.1';
/** A named unit keeps so many sounds in its own memory. */
const OWN_SOUNDS = 16;

/** What the units of one process share, so that six hundred fit into it. */
export interface SharedParts {
  readonly truth: TrueTime;
  readonly chance: Chance;
  readonly link: Link;
  readonly cards: CardLog;
  readonly trust: TrustSteps;
  readonly parse: FrameParser;
  readonly sounds: RecentSounds;
  readonly decode: Decode;
  readonly ownDecode: Decode;
  readonly onRefused: (terminal: string, command: RefusedCommand) => void;
  readonly onFault: (terminal: string, fault: unknown) => void;
}

/** What belongs to one unit. */
export interface UnitParts {
  readonly disk: Disk;
  readonly shelf: Shelf;
  readonly media: MediaSource;
  /** Power was cut: what was not on its way to the disk is lost. */
  readonly onCut: () => void;
}

/**
 * One simulated terminal: the real agent behind a mains switch. Its crystal is as wrong as the fleet file says; its box
 * (`hardware`) can be made to fail. A named one shares nothing: it verifies, fetches and decodes for itself.
 */
export class SimulatedUnit {
  readonly hardware = new SimulatedHardware();
  private power: Power | undefined;
  private agent: Agent | undefined;
  private wantsLink: boolean;

  constructor(
    readonly plan: Fleet['terminals'][number], private readonly root: Fleet['root'], private readonly shared: SharedParts, private readonly parts: UnitParts,
  ) {
    this.wantsLink = !plan.heldOffline;
  }

  get terminal(): string {
    return this.plan.id;
  }

  status(): AgentStatus | undefined {
    return this.agent?.status();
  }

  /** Power on. Does nothing while it is on. */
  async boot(connectInMs: number): Promise<void> {
    if (this.power !== undefined) return;
    const power = new Power(() => {
      this.parts.onCut();
      this.agent = undefined;
      this.power = undefined;
    });
    this.power = power;
    const { shared, parts, plan, hardware } = this;
    const skew = { ppm: plan.offsetPpm, offsetMs: plan.clockOffsetMs };
    const truth = power.time(shared.truth);
    const card = new VirtualCard({
      truth, ppm: plan.offsetPpm, decode: plan.named ? shared.ownDecode : shared.decode,
      onRecord: (record, before) => shared.cards.write(plan.id, record, before),
      onPacket: (record, { opus }, at) => shared.cards.packet(plan.id, record, opus, at),
      ...(plan.named ? { meter: () => new VoiceMeter() } : {}),
    });
    const agent = await Agent.boot({
      clock: skewedClock(truth, skew, shared.chance), chance: shared.chance, disk: power.disk(hardware.disk(parts.disk)),
      shelf: power.shelf(hardware.shelf(parts.shelf)),
      card: power.sound(hardware.card(card)), unit: hardware.unit(), link: power.link(shared.link), media: power.media(parts.media),
      parse: plan.named ? parseFrame : shared.parse,
      trust: plan.named ? ownTrustSteps : shared.trust,
      sounds: plan.named ? new RecentSounds(OWN_SOUNDS) : shared.sounds,
    }, {
      root: this.root, rootOf: { demo: true }, claimCode: plan.claimCode, physicalCode: plan.physicalCode, agent: AGENT,
    }, { onRefused: (command) => shared.onRefused(plan.id, command), onFault: (fault) => shared.onFault(plan.id, fault) });
    if (!power.on) return;
    this.agent = agent;
    if (this.wantsLink) agent.connect(connectInMs);
  }

  hold(offline: boolean, connectInMs: number): void {
    if (this.wantsLink === !offline) return;
    this.wantsLink = !offline;
    if (offline) this.agent?.disconnect();
    else this.agent?.connect(connectInMs);
  }

  crash(when: 'now' | 'after-floor'): void {
    if (when === 'now') this.power?.cut();
    else this.power?.cutAfterFloor();
  }

  inject(text: string): void {
    this.agent?.inject(text);
  }
}
