import { setTimeout as delay } from 'node:timers/promises';
import { platformRoutes, type AreaId, type SoftwareKeyRecord, type TerminalId } from '#libs/contracts';
import type { Clock } from '../clock';
import type { Log } from '../log';
import { GATEWAY_LIMITS } from '../limits';
import type { Platform } from '../platform/platform-client';
import type { Device, DirectoryCache } from './directory-cache';

/** A revision that no platform gives: the answer is the whole directory. */
const NOTHING = '';

/**
 * Every enrolled device key, so that a hello is judged without asking anybody, and where each terminal stands. Pulled from the platform with the last
 * revision, at once for a key it does not know, and kept on disk: terminals can say hello while the platform is dead.
 */
export class Directory {
  private keys = new Map<TerminalId, SoftwareKeyRecord>();
  /** Where terminals stand, as far as the platform told. */
  private areas: ReadonlyMap<TerminalId, readonly AreaId[]> = new Map();
  private revision = NOTHING;
  /** Claims made through this gateway that the platform's directory may not show yet. */
  private readonly claimed = new Map<TerminalId, { readonly key: SoftwareKeyRecord; readonly atMs: number }>();
  private pulling: Promise<void> | undefined;
  private demanded: Promise<void> | undefined;
  private pulledAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly platform: Platform,
    private readonly cache: DirectoryCache,
    /** Told of each terminal whose key was taken away or changed. */
    private readonly onRevoked: (terminal: TerminalId) => void,
  ) {}

  get size(): number {
    return this.keys.size;
  }

  /** Reads the copy on disk; a missing or unreadable copy is an empty directory. */
  async load(): Promise<void> {
    const devices = await this.cache.read();
    if (devices === undefined) return;
    this.keys = new Map(devices.map(({ terminal, key }) => [terminal, key]));
    this.take(devices);
  }

  /** Whether a terminal stands in an area; true where the platform did not tell. */
  mayStandIn(terminal: TerminalId, area: AreaId): boolean {
    return this.areas.get(terminal)?.includes(area) ?? true;
  }

  /** The key under which this terminal must sign; asks the platform first when it is another than the terminal names. */
  async keyOf(terminal: TerminalId, keyId: string): Promise<SoftwareKeyRecord | undefined> {
    const known = this.keys.get(terminal);
    if (known?.keyId === keyId) return known;
    await this.pullOnDemand();
    return this.keys.get(terminal);
  }

  /** Takes the key of a claim that the platform has just accepted. */
  async learn(terminal: TerminalId, key: SoftwareKeyRecord): Promise<void> {
    this.claimed.set(terminal, { key, atMs: this.clock.monotonicMs() });
    this.keys.set(terminal, key);
    await this.save();
  }

  /** Called by the sweep: pulls when it is time. */
  async pullIfDue(): Promise<void> {
    const every = this.platform.isUp ? GATEWAY_LIMITS.directoryEveryMs : GATEWAY_LIMITS.directoryRetryMs;
    if (this.clock.monotonicMs() - this.pulledAtMs >= every) await this.pull();
  }

  /** Asks the platform once; callers at the same time share the question. */
  pull(): Promise<void> {
    this.pulling ??= this.ask().finally(() => {
      this.pulling = undefined;
    });
    return this.pulling;
  }

  /**
   * A pull that began after this call. Strangers who ask within the same moment share one, so that they cannot make the
   * gateway ask more than a few times a second.
   */
  private pullOnDemand(): Promise<void> {
    const waitMs = Math.max(0, this.pulledAtMs + GATEWAY_LIMITS.directoryOnDemandMs - this.clock.monotonicMs());
    this.demanded ??= delay(waitMs)
      .then(() => this.pulling)
      .then(() => {
        this.demanded = undefined;
        return this.pull();
      });
    return this.demanded;
  }

  private async ask(): Promise<void> {
    this.pulledAtMs = this.clock.monotonicMs();
    // A claim that no directory has shown may have been taken away again: nothing short of a whole directory tells.
    const isDoubtful = [...this.claimed.values()].some((claim) => this.isOver(claim));
    const answer = await this.platform.call(platformRoutes.directory, { revision: isDoubtful ? NOTHING : this.revision });
    if (!answer.ok) return;
    const { devices, revision } = answer.value;
    this.revision = revision;
    if (devices !== null) await this.replace(devices);
  }

  private async replace(devices: readonly Device[]): Promise<void> {
    const before = this.keys;
    const after = new Map(devices.map(({ terminal, key }) => [terminal, key]));
    for (const [terminal, claim] of this.claimed) {
      const { key } = claim;
      if (this.isOver(claim) || after.get(terminal)?.keyId === key.keyId) this.claimed.delete(terminal);
      else after.set(terminal, key);
    }
    this.keys = after;
    this.take(devices);
    this.log.info({ devices: after.size, revision: this.revision }, 'directory taken');
    for (const [terminal, key] of before) {
      if (after.get(terminal)?.keyId !== key.keyId) this.onRevoked(terminal);
    }
    await this.save();
  }

  private isOver({ atMs }: { readonly atMs: number }): boolean {
    return this.clock.monotonicMs() - atMs > GATEWAY_LIMITS.claimMemoryMs;
  }

  private take(devices: readonly Device[]): void {
    this.areas = new Map(devices.flatMap(({ terminal, areas }) => (areas === undefined ? [] : [[terminal, areas]])));
  }

  private async save(): Promise<void> {
    try {
      await this.cache.write([...this.keys].map(([terminal, key]) => {
        const areas = this.areas.get(terminal);
        return areas === undefined ? { terminal, key } : { terminal, key, areas: [...areas] };
      }));
    } catch (cause) {
      this.log.error({ code: 'DIRECTORY_CACHE', reason: String(cause) }, 'the directory could not be kept on disk');
    }
  }
}
