import { platformRoutes, type TerminalId } from '#libs/contracts';
import type { z } from 'zod';
import type { Clock } from '../clock';
import { GATEWAY_LIMITS } from '../limits';
import type { Platform } from '../platform/platform-client';
import { Soon } from '../platform/soon';

type Alarm = z.infer<typeof platformRoutes.alarms.request>['alarms'][number];

const RETRY_MS = 1_000;
/** The same about the same terminal is told once in this time. */
const SAME_AGAIN_MS = 60_000;

/** Tells the platform what looks like an attack on the door: at once, or when it is back; bounded, for anybody may knock. */
export class AlarmLog {
  private alarms: readonly Alarm[] = [];
  private sending = false;
  private readonly told = new Map<string, number>();
  private readonly soon = new Soon(GATEWAY_LIMITS.gatherMs, () => void this.flush());
  private readonly later = new Soon(RETRY_MS, () => void this.flush());

  constructor(private readonly clock: Clock, private readonly platform: Platform) {
    platform.onBack(() => this.soon.ask());
  }

  raise(kind: Alarm['kind'], terminal: TerminalId, about: Pick<Alarm, 'code' | 'keyId'> = { code: null, keyId: null }): void {
    const now = this.clock.monotonicMs();
    const name = `${kind} ${terminal}`;
    if (now - (this.told.get(name) ?? -Infinity) < SAME_AGAIN_MS || this.alarms.length >= GATEWAY_LIMITS.alarmsQueued) return;
    for (const [known, at] of this.told) if (now - at >= SAME_AGAIN_MS || this.told.size >= GATEWAY_LIMITS.alarmsQueued) this.told.delete(known);
    this.told.set(name, now);
    this.alarms = [...this.alarms, { kind, terminal, ...about, at: Math.round(this.clock.now()) }];
    this.soon.ask();
  }

  close(): void {
    this.soon.cancel();
    this.later.cancel();
  }

  private async flush(): Promise<void> {
    if (this.sending || this.alarms.length === 0 || !this.platform.isUp) return;
    const alarms = this.alarms;
    this.sending = true;
    const answer = await this.platform.call(platformRoutes.alarms, { alarms: [...alarms] });
    this.sending = false;
    // What the platform will never take must not keep the others out.
    if (answer.ok || answer.why === 'refused') this.alarms = this.alarms.slice(alarms.length);
    else if (answer.why !== 'away') this.later.ask();
    if (answer.ok && this.alarms.length > 0) this.soon.ask();
  }
}
