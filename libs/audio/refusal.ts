/** Why an audio file was not taken. Closed list: the screens translate the code, the sentence is for logs and the command line. */
export const AUDIO_REFUSAL_CODES = [
  'AUDIO_UNLISTED_FORMAT',
  /** It is read with ffmpeg, and there is none here. */
  'AUDIO_NO_FFMPEG',
  /** What Safari records; the sentence says what to do instead. */
  'AUDIO_MP4',
  'AUDIO_UNREADABLE',
  'AUDIO_TOO_LARGE',
  'AUDIO_TOO_LONG',
  'AUDIO_EMPTY',
  'AUDIO_SILENT',
  /** It holds what people would take for a signal of others (reserved-signals.ts). */
  'AUDIO_RESERVED',
] as const;
export type AudioRefusalCode = (typeof AUDIO_REFUSAL_CODES)[number];

export type AudioRefusal = {
  readonly ok: false;
  readonly code: AudioRefusalCode;
  readonly sentence: string;
};

export function refuseAudio(code: AudioRefusalCode, sentence: string): AudioRefusal {
  return { ok: false, code, sentence };
}
