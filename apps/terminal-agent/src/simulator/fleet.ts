import { mkdir } from 'node:fs/promises';
import type { Agent } from 'node:https';
import { join } from 'node:path';
import type { Fleet } from '#libs/contracts';
import { createVerificationCache } from '#libs/suites';
import { sharedTrustSteps } from '../admit/trust-steps';
import { hostUnixMs, systemChance, systemClock, type Chance } from '../clock';
import { createFileShelf } from '../hardware/file-shelf';
import { RecentSounds } from '../media/recent-sounds';
import { createHttpsMedia } from '../uplink/https-media';
import { createWsLink, districtTls, mediaAgent } from '../uplink/ws-link';
import { CardLog } from './card-log';
import { GroupDisk } from './group-disk';
import { wavOf } from './listen';
import { RefusalLog } from './refusal-log';
import { ownDecoding, sharedDecoding } from './shared-decoding';
import { sharedShelf, sharedSource } from './shared-media';
import { sharedParser } from './shared-parser';
import type { HardwareState } from './simulated-hardware';
import { SimulatedUnit, type SharedParts } from './simulated-unit';
import type { TrueTime } from './true-time';

/** New connections a second at the start: 600 are there within ten seconds without a storm. */
const CONNECTS_A_SECOND = 60;
/** Units that were held offline come back within this. */
const RETURN_MS = 1_000;
/** Units started at the same time while reading their disks. */
const BOOTS_AT_ONCE = 16;
const VERIFICATIONS = 20_000;
const SHARED_SOUNDS = 64;
const MEDIA_SOCKETS = 16;
const LISTEN_MS = 60_000;

type OnFault = (terminal: string, fault: unknown) => void;

/** Which units a question is about. */
export type Choice = readonly string[] | { readonly share: number; readonly seed: number };

/** All simulated units of one process, what they share, and what their cards recorded. */
export class SimulatedFleet {
  readonly cards = new CardLog();
  readonly refusals = new RefusalLog();
  private readonly units = new Map<string, SimulatedUnit>();
  private readonly chance: Chance = systemChance();
  private mediaSockets: Agent | undefined;

  private constructor(private readonly disk: GroupDisk, private readonly truth: TrueTime) {}

  /** Opens every unit's state below `stateDir`; nothing is connected yet. */
  static async open(plan: Fleet, ca: string, stateDir: string, onFault: OnFault, truth: TrueTime = hostTime()): Promise<SimulatedFleet> {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    const fleet = new SimulatedFleet(await GroupDisk.open(stateDir), truth);
    fleet.fill(plan, ca, stateDir, onFault);
    return fleet;
  }

  /** Starts all units; the first connection of each is paced. */
  async start(): Promise<void> {
    const waiting = [...this.units.values()].map((unit, index) => ({ unit, connectInMs: (index * 1000) / CONNECTS_A_SECOND }));
    const began = this.truth.now();
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        await next.unit.boot(Math.max(0, began + next.connectInMs - this.truth.now()));
      }
    };
    await Promise.all(Array.from({ length: BOOTS_AT_ONCE }, worker));
  }

  /** Power off for all, then what is promised is written out. */
  async close(): Promise<void> {
    for (const unit of this.units.values()) unit.crash('now');
    this.mediaSockets?.destroy();
    await this.disk.close();
  }

  now(): number {
    return this.truth.now();
  }

  status(): { readonly terminals: number; readonly online: number; readonly enrolled: number; readonly assigned: number } {
    const all = [...this.units.values()].map((unit) => unit.status());
    return {
      terminals: all.length,
      online: all.filter((status) => status?.online === true).length,
      enrolled: all.filter((status) => status !== undefined && status.terminal !== null).length,
      assigned: all.filter((status) => status?.assigned === true).length,
    };
  }

  /** Cuts the links of these units, or gives them back; answers which. */
  hold(choice: Choice, offline: boolean): readonly string[] {
    const chosen = this.choose(choice);
    for (const unit of chosen) unit.hold(offline, this.chance.fraction() * RETURN_MS);
    return chosen.map((unit) => unit.terminal);
  }

  inject(terminals: readonly string[], frame: unknown): readonly string[] {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
    const chosen = this.choose(terminals);
    for (const unit of chosen) unit.inject(text);
    return chosen.map((unit) => unit.terminal);
  }

  crash(terminal: string, when: 'now' | 'after-floor'): boolean {
    const unit = this.units.get(terminal);
    unit?.crash(when);
    return unit !== undefined;
  }

  async boot(terminal: string): Promise<boolean> {
    const unit = this.units.get(terminal);
    await unit?.boot(0);
    return unit !== undefined;
  }

  /** Turns switches and breaks things on this unit's box; how it stands then, or undefined for an unknown unit. */
  tamper(terminal: string, change: Partial<HardwareState>): HardwareState | undefined {
    const hardware = this.units.get(terminal)?.hardware;
    hardware?.set(change);
    return hardware?.state;
  }

  /** The last minute of this unit's card as WAV; undefined for an unknown unit. */
  async listen(terminal: string): Promise<Uint8Array | undefined> {
    if (!this.units.has(terminal)) return undefined;
    const now = this.truth.now();
    return wavOf(this.cards.lately(terminal, now - LISTEN_MS), now, LISTEN_MS, this.cards.voices.lately(terminal, now - LISTEN_MS));
  }

  private choose(choice: Choice): readonly SimulatedUnit[] {
    const all = [...this.units.values()];
    if (!('share' in choice)) return all.filter((unit) => choice.includes(unit.terminal));
    const drawn = all.map((unit) => ({ unit, lot: lotOf(unit.terminal, choice.seed) })).sort((a, b) => a.lot - b.lot);
    return drawn.slice(0, Math.round(all.length * choice.share)).map(({ unit }) => unit);
  }

  private fill(plan: Fleet, ca: string, stateDir: string, onFault: OnFault): void {
    const tls = districtTls(ca);
    const link = createWsLink(plan.gatewayUrl, tls);
    this.mediaSockets = mediaAgent(tls, MEDIA_SOCKETS);
    const media = createHttpsMedia(plan.gatewayUrl, this.mediaSockets, tls.authorities);
    const shared: SharedParts = {
      truth: this.truth, chance: this.chance, link, cards: this.cards, parse: sharedParser(), sounds: new RecentSounds(SHARED_SOUNDS),
      trust: sharedTrustSteps(createVerificationCache(VERIFICATIONS)), decode: sharedDecoding(), ownDecode: ownDecoding(this.truth),
      onFault,
      onRefused: (terminal, command) => this.refusals.write(terminal, this.truth.now(), command),
    };
    const oneFetch = sharedSource(media);
    const oneShelf = sharedShelf(createFileShelf(join(stateDir, 'shelf')));
    for (const terminal of plan.terminals) {
      const own = { shelf: createFileShelf(join(stateDir, terminal.id, 'shelf')), media };
      const parts = {
        disk: this.disk.diskOf(terminal.id), onCut: () => this.disk.drop(terminal.id),
        ...(terminal.named ? own : { shelf: oneShelf.shelfOf(terminal.id), media: oneFetch }),
      };
      this.units.set(terminal.id, new SimulatedUnit(terminal, plan.root, shared, parts));
    }
  }
}

/** The host's clock is the truth about the units' clocks. */
function hostTime(): TrueTime {
  return { now: hostUnixMs, setTimer: systemClock().setTimer };
}

/** A number for each unit and seed, spread evenly (FNV-1a, mixed). */
function lotOf(terminal: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < terminal.length; at += 1) hash = Math.imul(hash ^ terminal.charCodeAt(at), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}
