interface Waiting<Answer> {
  issuedAt: number;
  give: () => Promise<Answer>;
  readonly answer: Promise<Answer>;
}

/**
 * Stops of everything that come faster than anybody presses. None is refused; those of one moment share the one issued
 * last, which silences whatever the others would have.
 */
export class SharedStops<Answer> {
  private readonly waiting = new Map<string, Waiting<Answer>>();

  constructor(private readonly momentMs = 500) {}

  /** `name`: who stops where. */
  ask(name: string, issuedAt: number, give: () => Promise<Answer>): Promise<Answer> {
    const known = this.waiting.get(name);
    if (known === undefined) {
      const made: Waiting<Answer> = { issuedAt, give, answer: this.moment().then(() => {
        this.waiting.delete(name);
        return made.give();
      }) };
      this.waiting.set(name, made);
      return made.answer;
    }
    if (issuedAt >= known.issuedAt) Object.assign(known, { issuedAt, give });
    return known.answer;
  }

  private moment(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.momentMs));
  }
}
