/** Exit codes by meaning (facts/ux 5.3). */
export const EXIT = { ok: 0, unexpected: 1, usage: 2, partial: 3, refused: 4, unreachable: 5 } as const;

/** A failure that the person at the keyboard can read: a stable code, a sentence, an exit code. */
export class CliError extends Error {
  constructor(
    readonly code: string,
    sentence: string,
    readonly exit: number = EXIT.refused,
    readonly fields: readonly { readonly path: string; readonly code: string; readonly message: string }[] = [],
  ) {
    super(sentence);
    this.name = 'CliError';
  }
}
