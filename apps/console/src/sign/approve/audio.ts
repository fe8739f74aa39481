import type { Message, Segment } from '#libs/contracts';
import { filesOf } from '#libs/domain';
import type { Api } from '../api';
import { sha256Hex } from '../keys';
import { PageRefusal } from '../trust';

/** A recording whose bytes are those that the message names. Nothing else is ever played. */
export interface HeardSegment {
  readonly segment: Segment;
  /** A blob of this page's own memory. */
  readonly url: string;
}

/**
 * Fetches every recording of these messages once and holds it against the signed digest before it can be played. One list
 * for each message. Refuses PAGE_AUDIO with the segment's number.
 */
export async function fetchAudio(api: Api, messages: readonly Message[]): Promise<readonly (readonly HeardSegment[])[]> {
  const urls = new Map<string, string>();
  const heard: HeardSegment[][] = [];
  try {
    for (const { body } of messages) {
      const own: HeardSegment[] = [];
      heard.push(own);
      for (const [at, segment] of filesOf(body).entries()) {
        const url = urls.get(`${segment.sha256} ${segment.bytes}`) ?? await fetchOne(api, segment, at);
        urls.set(`${segment.sha256} ${segment.bytes}`, url);
        own.push({ segment, url });
      }
    }
  } catch (cause) {
    release(heard);
    throw cause;
  }
  return heard;
}

async function fetchOne(api: Api, { sha256, bytes }: Segment, at: number): Promise<string> {
  const got = await api.bytes(`/api/media/${sha256}`);
  if (got.length !== bytes || (await sha256Hex(got)) !== sha256) throw new PageRefusal('PAGE_AUDIO', String(at + 1));
  return URL.createObjectURL(new Blob([got], { type: 'audio/ogg' }));
}

export function release(heard: readonly (readonly HeardSegment[])[]): void {
  for (const { url } of heard.flat()) URL.revokeObjectURL(url);
}

/** Share of the whole that really played, in thousandths: what was skipped does not count, and what played twice counts once. */
export function listenedPermille(segments: readonly Pick<Segment, 'durationMs'>[], playedMs: readonly number[]): number {
  const whole = segments.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const played = segments.reduce((sum, { durationMs }, at) => sum + Math.min(durationMs, playedMs[at] ?? 0), 0);
  return whole === 0 ? 0 : Math.min(1000, Math.floor((played * 1000) / whole));
}

/** What an audio element has rendered so far, ms; within a tenth of a second of the end the rest is its rounding. */
export function playedOf(audio: Pick<HTMLAudioElement, 'played' | 'ended'>, durationMs: number): number {
  let sum = 0;
  for (let at = 0; at < audio.played.length; at += 1) sum += audio.played.end(at) - audio.played.start(at);
  const ms = Math.round(sum * 1000);
  return audio.ended && ms >= durationMs - END_ROUNDING_MS ? durationMs : Math.min(ms, durationMs);
}

const END_ROUNDING_MS = 150;
