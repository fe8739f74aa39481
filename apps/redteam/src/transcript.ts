/** What parts that run beside each other say, always in the order of the parts: the first that is not over speaks at once, the others when it is their turn. */
export class Transcript {
  private readonly parts: { readonly waiting: string[]; isOver: boolean }[] = [];

  constructor(private readonly say: (line: string) => void) {}

  /** The next part: what it says, and that it has said everything. */
  part(): { readonly say: (line: string) => void; readonly over: () => void } {
    const part: { readonly waiting: string[]; isOver: boolean } = { waiting: [], isOver: false };
    this.parts.push(part);
    return {
      say: (line) => {
        part.waiting.push(line);
        this.flush();
      },
      over: () => {
        part.isOver = true;
        this.flush();
      },
    };
  }

  private flush(): void {
    for (const { waiting, isOver } of this.parts) {
      for (const line of waiting.splice(0)) this.say(line);
      if (!isOver) return;
    }
  }
}
