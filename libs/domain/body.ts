import { LIMITS, type Body, type Message, type Segment, type SegmentRole } from '#libs/contracts';

/** From this delay on blocks are twice as long. */
const LONG_DELAY_MS = 1_000;

/** One stretch of a body: a recording, or somebody's voice as it is spoken. */
export interface Part { readonly role: SegmentRole | 'live'; readonly durationMs: number }

/** The recordings that must lie ready before a body begins, in the order in which they sound: of a live one its chime. */
export function filesOf(body: Body): readonly Segment[] {
  if ('segments' in body) return body.segments;
  return body.live.chime === null ? [] : [body.live.chime];
}

/** What sounds in one repetition, in order: of a live body the chime, then the voice for as long as it may at most. */
export function partsOf(body: Body): readonly Part[] {
  return 'segments' in body ? body.segments : [...filesOf(body), { role: 'live', durationMs: body.live.maxDurationMs }];
}

/** How much voice one block of a grant holds: the longer it may take to be heard, the more. */
export function liveBlockMs(delayMs: number): 100 | 200 {
  return delayMs >= LONG_DELAY_MS ? 200 : 100;
}

/** Whether the platform's own server says it, from a source of its own, instead of a person at a microphone. */
export function isHeld(body: Body): boolean {
  return 'live' in body && body.live.held !== undefined;
}

/** What a grant of living voice may not be: said twice, or given for later than `LIMITS.liveWindowMs`. The first field at fault. */
export function liveFault({ body, repeats, gapMs, notBefore, notAfter }: Pick<Message, 'repeats' | 'gapMs' | 'notBefore' | 'notAfter'> & { readonly body: Body }): 'repeats' | 'gapMs' | 'notAfter' | undefined {
  if ('segments' in body) return undefined;
  if (repeats !== 1) return 'repeats';
  if (gapMs !== 0) return 'gapMs';
  return notAfter - notBefore > LIMITS.liveWindowMs ? 'notAfter' : undefined;
}
