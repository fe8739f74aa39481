import { platformRoutes } from '#libs/contracts';
import type { z } from 'zod';
import type { Clock } from '../clock';
import { GATEWAY_LIMITS } from '../limits';
import type { Platform } from '../platform/platform-client';
import { Soon } from '../platform/soon';
import type { Session } from './sessions';

type Change = z.infer<typeof platformRoutes.presence.request>['changes'][number];

/** Before the next try when the platform answers but fails. */
const RETRY_MS = 1_000;

/**
 * Tells the platform who came and who went, in order, gathered. Whenever it cannot be sure that the platform knows
 * everything (start, platform back, a failed request) it sends one `reset` with everyone present instead.
 */
export class PresenceLog {
  private changes: Change[] = [];
  private needsReset = true;
  private sending = false;
  private ended = false;
  private readonly soon = new Soon(GATEWAY_LIMITS.gatherMs, () => void this.flush());
  private readonly later = new Soon(RETRY_MS, () => void this.flush());

  constructor(
    private readonly gateway: string,
    private readonly clock: Clock,
    private readonly platform: Platform,
    private readonly present: () => Iterable<Session>,
  ) {
    platform.onBack(() => {
      this.needsReset = true;
      this.soon.ask();
    });
  }

  online(session: Session): void {
    this.note({ terminal: session.terminal, online: true, at: session.since, address: session.link.address });
  }

  offline(session: Session): void {
    this.note({ terminal: session.terminal, online: false, at: Math.round(this.clock.now()), address: session.link.address });
  }

  /** The gateway goes: nobody is connected through it any more. */
  async farewell(): Promise<void> {
    this.ended = true;
    this.soon.cancel();
    this.later.cancel();
    if (this.platform.isUp) await this.platform.call(platformRoutes.presence, { gateway: this.gateway, reset: true, changes: [] });
  }

  private note(change: Change): void {
    // A reset will carry it, being made from whoever is present when it is sent.
    if (this.needsReset || this.ended) return;
    this.changes.push(change);
    if (this.changes.length > GATEWAY_LIMITS.presenceChangesQueued) {
      this.needsReset = true;
      this.changes = [];
    }
    this.soon.ask();
  }

  private async flush(): Promise<void> {
    if (this.sending || this.ended || !this.platform.isUp) return;
    const reset = this.needsReset;
    const changes = reset ? [...this.present()].map(present) : this.changes;
    if (!reset && changes.length === 0) return;
    this.changes = [];
    this.needsReset = false;
    this.sending = true;
    const answer = await this.platform.call(platformRoutes.presence, { gateway: this.gateway, reset, changes });
    this.sending = false;
    if (answer.ok) {
      if (this.changes.length > 0 || this.needsReset) this.soon.ask();
      return;
    }
    this.needsReset = true;
    this.changes = [];
    // While the platform is away, `onBack` wakes us.
    if (answer.why !== 'away') this.later.ask();
  }
}

function present(session: Session): Change {
  return { terminal: session.terminal, online: true, at: session.since, address: session.link.address };
}
