/** CRC-8 of a FLAC frame's header and CRC-16 of the whole frame (RFC 9639 9.1.8, 9.3). */
function crc(bytes: readonly number[], bits: 8 | 16, polynomial: number): number {
  const top = 1 << (bits - 1);
  const mask = 2 ** bits - 1;
  return bytes.reduce((start, byte) => Array.from({ length: 8 }).reduce<number>((value) => ((value & top) === 0 ? value << 1 : (value << 1) ^ polynomial) & mask, start ^ (byte << (bits - 8))), 0);
}

/** Block sizes least and most, frame sizes unknown, then 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples (RFC 9639 8.2). */
function head(rate: number, blockSamples: number, samples: bigint): readonly number[] {
  const block = [blockSamples >> 8, blockSamples & 255];
  const packed = (BigInt(rate) << 44n) | (15n << 36n) | (samples & 0xf_ffff_ffffn);
  return [0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34, ...block, ...block, 0, 0, 0, 0, 0, 0, ...Array.from({ length: 8 }, (_, at) => Number((packed >> BigInt(56 - 8 * at)) & 255n)), ...new Array<number>(16).fill(0)];
}

/** One value for a whole frame: mono, 16 bits, its rate as the head says, its number as UTF-8 writes numbers. */
function frame(number: number, samples: number): readonly number[] {
  const start = [0xff, 0xf8, 0x70, 0x08, ...new TextEncoder().encode(String.fromCodePoint(number)), (samples - 1) >> 8, (samples - 1) & 255];
  const whole = [...start, crc(start, 8, 0x07), 0x00, 0x20, 0x00];
  const check = crc(whole, 16, 0x8005);
  return [...whole, check >> 8, check & 255];
}

/**
 * A FLAC file of less than a line that stands for hours: one sample a second, one frame with one constant value for all of
 * them. `claims` is how long the head says that it is; the frame itself holds at most 65,535 samples.
 */
export function flacOfHours(hours: number, claims = hours): Uint8Array {
  const samples = Math.min(65_535, hours * 3_600);
  return Uint8Array.from([...head(1, samples, BigInt(claims) * 3_600n), ...frame(0, samples)]);
}

/** Hours at a rate that recordings have, in frames of eight seconds. */
export function flacOfFrames(hours: number): Uint8Array {
  const [rate, samples] = [8_000, 65_535];
  const frames = Math.ceil((hours * 3_600 * rate) / samples);
  return Uint8Array.from([...head(rate, samples, BigInt(frames) * BigInt(samples)), ...Array.from({ length: frames }, (_, number) => frame(number, samples)).flat()]);
}
