import type { KeyId, RefusalCode, Digest } from '#libs/contracts';
import type { Clock } from '../clock';

/** What was turned away. `subject`: SHA-256 of the payload, or of the raw frame when there was none. */
export interface RefusedCommand {
  readonly code: RefusalCode;
  readonly subject: Digest | null;
  readonly payloadType: string | null;
  readonly keyIds: readonly KeyId[];
}

/** The same code about the same thing is told once in this time. */
const SAME_AGAIN_MS = 600_000;
/** All in all a terminal tells of at most so many in a minute: an attacker must not fill its flash or the platform's log. */
const MOST_A_MINUTE = 120;
const MINUTE_MS = 60_000;
const MAX_REMEMBERED = 512;

/** Which refusals become signed events. */
export class Refusals {
  private readonly told = new Map<string, number>();
  private minuteBegan = -Infinity;
  private inMinute = 0;

  constructor(private readonly clock: Clock, private readonly tell: (refused: RefusedCommand) => void, private readonly note: (refused: RefusedCommand) => void) {}

  refused(command: RefusedCommand): void {
    this.note(command);
    const now = this.clock.monotonicMs();
    const name = `${command.code} ${command.subject ?? ''}`;
    const before = this.told.get(name);
    if (before !== undefined && now - before < SAME_AGAIN_MS) return;
    if (now - this.minuteBegan >= MINUTE_MS) {
      this.minuteBegan = now;
      this.inMinute = 0;
    }
    if (this.inMinute >= MOST_A_MINUTE) return;
    this.inMinute += 1;
    this.told.delete(name);
    this.told.set(name, now);
    for (const oldest of this.told.keys()) {
      if (this.told.size <= MAX_REMEMBERED) break;
      this.told.delete(oldest);
    }
    this.tell(command);
  }

  /** Only written down: a duplicate that the platform itself may send. */
  quietly(command: RefusedCommand): void {
    this.note(command);
  }
}
