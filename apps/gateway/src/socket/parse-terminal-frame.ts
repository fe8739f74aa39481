import { terminalFrameSchema, type TerminalFrame } from '#libs/contracts';

/**
 * The text of a frame as a typed terminal frame, or undefined for what is not JSON or not exactly a frame of the contract.
 * Signed payloads inside travel as base64 and are judged elsewhere, over their own bytes.
 */
export function parseTerminalFrame(text: string): TerminalFrame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = terminalFrameSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
