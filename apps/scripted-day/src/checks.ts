/** One thing the scripted day asserts. */
export interface Check { readonly name: string; readonly ok: boolean; readonly detail: string }

/** Collects checks and says each as it is made. */
export class Checks {
  private readonly made: Check[] = [];

  constructor(private readonly say: (line: string) => void) {}

  add(name: string, ok: boolean, detail: string): void {
    this.made.push({ name, ok, detail });
    this.say(`${ok ? '  ok  ' : '  FAIL'} ${name}: ${detail}`);
  }

  all(): readonly Check[] {
    return this.made;
  }

  held(): boolean {
    return this.made.length > 0 && this.made.every((check) => check.ok);
  }
}
