import { LIMITS, type Digest, type EnvelopeShape, type KeyId, type RefusalCode } from '#libs/contracts';
import { isTelling } from '#libs/domain';
import type { Clock } from '../clock';

/** What was turned away. `subject`: SHA-256 of the payload, or of the raw frame when there was none. */
export interface RefusedCommand {
  readonly code: RefusalCode;
  readonly subject: Digest | null;
  readonly payloadType: string | null;
  readonly keyIds: readonly KeyId[];
  /** Of an order: its dispatch, as it came. */
  readonly evidence?: EnvelopeShape;
}

/** The same code about the same thing is told once in this time. */
const SAME_AGAIN_MS = 600_000;
/** All in all a terminal tells of at most so many in a minute: an attacker must not fill its flash or the platform's log. */
const MOST_A_MINUTE = 120;
const MINUTE_MS = 60_000;
const MAX_REMEMBERED = 512;

/** Which refusals become signed events, and which of these carry the refused dispatch as proof. */
export class Refusals {
  private readonly told = new Map<string, number>();
  /** Keys whose misuse was shown, and when: one proof says it all, and a flood of them would fill the flash. */
  private readonly shown = new Map<string, number>();
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
    this.tell(this.withProof(command, now));
  }

  /** The keys are few: each held over what it signed. */
  private withProof({ evidence, ...command }: RefusedCommand, now: number): RefusedCommand {
    const [keyId] = command.keyIds;
    if (evidence === undefined || keyId === undefined || !isTelling(command.code) || evidence.payload.length > LIMITS.evidenceChars) return command;
    if (now - (this.shown.get(keyId) ?? -Infinity) < SAME_AGAIN_MS) return command;
    this.shown.set(keyId, now);
    return { ...command, evidence };
  }

  /** Only written down: a duplicate that the platform itself may send. */
  quietly(command: RefusedCommand): void {
    this.note(command);
  }
}
