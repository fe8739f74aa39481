/** What a file from outside may cost before it is refused. */
export type AudioLimits = {
  readonly maxBytes: number;
  readonly maxDurationMs: number;
};

/** Ten minutes of 48 kHz 16 bit stereo and a little more: the longest single recording a message carries. */
export const DEFAULT_AUDIO_LIMITS: AudioLimits = {
  maxBytes: 128 * 1024 * 1024,
  maxDurationMs: 10 * 60 * 1000,
};

/** Sample rates we resample from, in Hz. */
export const MIN_INPUT_RATE = 8000;
export const MAX_INPUT_RATE = 96000;

/** A RIFF file with more chunks than this was made to waste our time. */
export const MAX_RIFF_CHUNKS = 1000;

/** Longest Opus packet of one stream: 120 ms in frames of at most 1275 bytes with their lengths (RFC 6716 3.2, 3.4). */
export const MAX_OPUS_PACKET_BYTES = 61440 / 8;

/** Elements of one WebM file: as many packets, and what stands around them. */
export const MAX_EBML_ELEMENTS = 500000;

/** Pages, and packets, of one Ogg file: 20 minutes even in packets of 2.5 ms. More is made to fill our memory. */
export const MAX_OGG_PARTS = 480000;
