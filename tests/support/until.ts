const EVERY_MS = 10;

/**
 * Asks until it holds, for what happens in another process, on a socket or in a worker: no test waits a fixed time. Gives up
 * after `limitMs`, shortly before the test's own time limit, and says what never came.
 */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 18_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`never came true: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
