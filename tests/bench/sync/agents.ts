import { envelopeSchema } from '#libs/contracts';
import type { Envelope } from '#libs/envelope';
import { Agent } from '../../../apps/terminal-agent/src/agent';
import { ownTrustSteps } from '../../../apps/terminal-agent/src/admit/trust-steps';
import { hostUnixMs, systemChance, systemClock } from '../../../apps/terminal-agent/src/clock';
import type { Slot } from '../../../apps/terminal-agent/src/hardware/card-voice';
import { VoicePcm } from '../../../apps/terminal-agent/src/live/voice-pcm';
import { RecentSounds } from '../../../apps/terminal-agent/src/media/recent-sounds';
import { decodeSounds } from '../../../apps/terminal-agent/src/playout/decode-sound';
import { SimulatedHardware } from '../../../apps/terminal-agent/src/simulator/simulated-hardware';
import { skewedClock, type TrueTime } from '../../../apps/terminal-agent/src/simulator/true-time';
import { VirtualCard } from '../../../apps/terminal-agent/src/simulator/virtual-card';
import { parseFrame } from '../../../apps/terminal-agent/src/uplink/parse-frame';
import { createWsLink, districtTls } from '../../../apps/terminal-agent/src/uplink/ws-link';
import { FakeDisk } from '../../support/terminal-agent/fake-disk';
import { FakeMedia } from '../../support/terminal-agent/fake-media';
import { answerQuestions, settingOf } from '../live/child';
import { pause } from '../live/figures';

export interface AgentsSetting {
  readonly ca: string;
  readonly root: Envelope;
  /** From the machine's time to the district's, ms. */
  readonly shiftMs: number;
  readonly units: readonly { readonly claimCode: string; readonly gatewayUrl: string; readonly ppm: number }[];
}

/** One after the other: twelve units have twelve processors, this machine has not, and each asks for the time in its first two seconds. */
const BOOT_EVERY_MS = 400;

/** What one card did with the voice: when each packet is to be heard and when its first sample really sounded, district ms by the machine's clock. */
export interface CardVoiceLog {
  readonly packets: readonly (readonly [heardAt: number, at: number])[];
  /** Stretches without a packet between the first packet and the last, ms of made-up sound and of silence. */
  readonly madeUpMs: number;
  readonly silentMs: number;
}

/** The real agent with a virtual card that decodes what it sounds; its crystal is wrong by so much. */
class BenchUnit {
  readonly packets: [number, number][] = [];
  private agent: Agent | undefined;
  private readonly pcm = new VoicePcm();
  private hole = { madeUpMs: 0, silentMs: 0 };
  private lost = { madeUpMs: 0, silentMs: 0 };

  constructor(private readonly setting: AgentsSetting, private readonly plan: AgentsSetting['units'][number]) {}

  async boot(): Promise<void> {
    const { ca, root, shiftMs } = this.setting;
    const { claimCode, gatewayUrl, ppm } = this.plan;
    const truth: TrueTime = { now: () => hostUnixMs() + shiftMs, setTimer: systemClock().setTimer };
    const [chance, disk, hardware] = [systemChance(), new FakeDisk(), new SimulatedHardware()];
    const card = new VirtualCard({
      truth, ppm, decode: (sounds, fromFrame) => decodeSounds(sounds, fromFrame, () => Promise.resolve()), onRecord: () => undefined,
      onSlot: (_record, slot) => this.slot(slot),
      onPacket: (_record, { heardAt }, at) => { this.packets.push([heardAt, at]); },
    });
    this.agent = await Agent.boot({
      clock: skewedClock(truth, { ppm, offsetMs: 0 }, chance), chance, disk, shelf: disk.shelf(), card: hardware.card(card), unit: hardware.unit(),
      link: createWsLink(gatewayUrl, districtTls(ca)), media: new FakeMedia(), parse: parseFrame, trust: ownTrustSteps, sounds: new RecentSounds(2),
    }, { root: envelopeSchema.parse(root), rootOf: { demo: true }, claimCode, physicalCode: `SN-${claimCode}`, agent: 'bench/1' }, {
      onFault: (fault) => { console.error(fault); }, onRefused: ({ code }) => { console.error(code); },
    });
    this.agent.connect(0);
  }

  get ready(): boolean {
    const status = this.agent?.status();
    return status?.online === true && status.assigned;
  }

  log(): CardVoiceLog {
    return { packets: this.packets, ...this.lost };
  }

  forget(): void {
    this.packets.length = 0;
    this.hole = { madeUpMs: 0, silentMs: 0 };
    this.lost = { madeUpMs: 0, silentMs: 0 };
  }

  /** Decoded as on a named unit. Before the first packet and after the last nothing is missing. */
  private slot(slot: Slot): void {
    this.pcm.next(slot);
    if (slot.kind === 'packet') {
      this.lost = { madeUpMs: this.lost.madeUpMs + this.hole.madeUpMs, silentMs: this.lost.silentMs + this.hole.silentMs };
      this.hole = { madeUpMs: 0, silentMs: 0 };
    } else if (this.packets.length > 0) this.hole[slot.kind === 'conceal' ? 'madeUpMs' : 'silentMs'] += slot.frames / 48;
  }
}

function main(): void {
  const setting = settingOf<AgentsSetting>();
  const units = setting.units.map((plan) => new BenchUnit(setting, plan));
  answerQuestions({
    boot: async () => {
      for (const unit of units) {
        await unit.boot();
        await pause(BOOT_EVERY_MS);
      }
    },
    ready: () => units.filter(({ ready }) => ready).length,
    forget: () => { for (const unit of units) unit.forget(); },
    logs: (): readonly CardVoiceLog[] => units.map((unit) => unit.log()),
  });
}

if (require.main === module) main();
