import { LIMITS, serverFrameSchema, type ServerFrame } from '#libs/contracts';

/** A frame of the contract, or undefined: not JSON, too long, another shape. What is inside its envelopes is judged later. */
export type FrameParser = (text: string) => ServerFrame | undefined;

export const parseFrame: FrameParser = (text) => {
  if (text.length > LIMITS.deviceFrameBytes) return undefined;
  try {
    const json: unknown = JSON.parse(text);
    const parsed = serverFrameSchema.safeParse(json);
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};
