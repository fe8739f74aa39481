/** Gathers work: runs it at most `delayMs` after it was first asked for, or at once when told to. */
export class Soon {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly delayMs: number, private readonly work: () => void) {}

  ask(): void {
    this.timer ??= setTimeout(() => this.now(), this.delayMs);
  }

  now(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.work();
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
